"""Repair over time: cleaning works on frames, so labels would blink."""

from itertools import pairwise

from napari_asist.labels import (
    LabelArray,
    LabelVideo,
    presence,
    split_gaps,
    track_table,
)

LEAST_FREE = 0.5
"""Part of a shape that other labels must leave free where it is put back."""

FRAMES_WITHOUT_FAMILY = 1
"""Frames that a division may lack of its mother's end or its daughter's begin."""


def repair(video: LabelVideo, originals: LabelVideo, longest: int) -> LabelVideo:
    """Return a valid video in which no label blinks.

    A label that is absent for at most `longest` frames between frames in which it
    stayed gets its original shape back there. At a longer absence its track is cut:
    the first part keeps the number and the parent, the last part the daughters. A
    daughter keeps its parent when at most `FRAMES_WITHOUT_FAMILY` frames of the two
    were lost at the division; a parent that would have one child is forgotten.

    Parameters
    ----------
    video : LabelVideo
        Cleaned labels. Its table is not looked at.
    originals : LabelVideo
        A valid video of the same labels before cleaning.
    longest : int
        In frames; 0 only cuts.
    """
    labels = video.labels.copy()
    times = _frames_of_labels(labels)
    for label, present in times.items():
        for before, after in pairwise(present):
            if 1 < after - before <= longest + 1:
                for time in range(before + 1, after):
                    _put_back(labels[time], originals.labels[time], label)
    # The rows of lost tracks stay, so that no part of another gets their numbers.
    unlinked = originals.tracks.copy()
    unlinked["parent"] = 0
    parts = split_gaps(LabelVideo(labels, unlinked, video.first_frame))
    return _with_families(parts, originals, set(times))


def _frames_of_labels(labels: LabelArray) -> dict[int, list[int]]:
    times: dict[int, list[int]] = {}
    for time, found in enumerate(presence(labels)):
        for label in found.tolist():
            times.setdefault(label, []).append(time)
    return times


def _put_back(frame: LabelArray, original: LabelArray, label: int) -> None:
    shape = original == label
    free = shape & (frame == 0)
    if free.sum() >= LEAST_FREE * max(shape.sum(), 1):
        frame[free] = label


def _with_families(
    parts: LabelVideo, originals: LabelVideo, survivors: set[int]
) -> LabelVideo:
    """Link the first parts of daughters to the last parts of their mothers."""
    life = {int(row["label"]): row for row in originals.tracks}
    last_part = _last_parts(parts, survivors)
    begin_of = {int(row["label"]): int(row["begin"]) for row in parts.tracks}
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
    rows = [
        (label, begin, end, mother if mothers.count(mother) > 1 else 0)
        for label, begin, end, _ in parts.tracks.tolist()
        for mother in [parent_of.get(label, 0)]
    ]
    return LabelVideo(parts.labels, track_table(rows), parts.first_frame)


def _last_parts(parts: LabelVideo, survivors: set[int]) -> dict[int, tuple[int, int]]:
    """Return, for each label before the cut, its last part and that part's end."""
    rows = {int(row["label"]): row for row in parts.tracks}
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
