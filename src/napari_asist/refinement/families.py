"""Who descends from whom after tracks were cut or lost a few frames."""

from napari_asist.labels import TrackTable, track_table

FRAMES_WITHOUT_FAMILY = 1
"""Frames that a division may lack of its mother's end or its daughter's begin."""


def with_families(
    tracks: TrackTable, simulated: TrackTable, survivors: set[int]
) -> TrackTable:
    """Link the first parts of daughters to the last parts of their mothers.

    A daughter keeps its parent when at most `FRAMES_WITHOUT_FAMILY` frames of the two
    were lost at the division; a parent that would have one child is forgotten.

    Parameters
    ----------
    tracks : structured ndarray of `TRACK_DTYPE`
        Tracks after cutting, each part with the part before it as its parent.
    simulated : structured ndarray of `TRACK_DTYPE`
        The tracks as they were simulated.
    survivors : set of int
        Labels of simulated tracks that some frame still shows.
    """
    life = {int(row["label"]): row for row in simulated}
    last_part = _last_parts(tracks, survivors)
    begin_of = {int(row["label"]): int(row["begin"]) for row in tracks}
    parent_of: dict[int, int] = {}
    for label in survivors:
        parent = int(life[label]["parent"])
        if parent not in survivors:
            continue
        mother, end = last_part[parent]
        lost = begin_of[label] - int(life[label]["begin"])
        lost += int(life[parent]["end"]) - end
        if lost <= FRAMES_WITHOUT_FAMILY:
            parent_of[label] = mother
    mothers = list(parent_of.values())
    return track_table(
        (label, begin, end, mother if mothers.count(mother) > 1 else 0)
        for label, begin, end, _ in tracks.tolist()
        for mother in [parent_of.get(label, 0)]
    )


def _last_parts(tracks: TrackTable, survivors: set[int]) -> dict[int, tuple[int, int]]:
    """Return, for each label before the cut, its last part and that part's end."""
    rows = {int(row["label"]): row for row in tracks}
    earlier = {
        label: int(row["parent"]) for label, row in rows.items() if row["parent"]
    }
    last = {label: (label, int(rows[label]["end"])) for label in survivors}
    for label in sorted(set(rows) - survivors):
        first = label
        while first in earlier:
            first = earlier[first]
        end = int(rows[label]["end"])
        if end > last[first][1]:
            last[first] = (label, end)
    return last
