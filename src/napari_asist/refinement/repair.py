"""Repair over time: restore labels that blink, and keep lineages."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import (
    LabelArray,
    LaterPart,
    TrackTable,
    cut_at_gaps,
    track_table,
)

LEAST_FREE = 0.5
"""Fraction of a shape that must be free of other labels for it to be restored."""

FRAMES_WITHOUT_FAMILY = 1
"""Frames that may be missing at a division, at the mother's end or a daughter's
start."""


def blinking_labels(
    present: Iterable[NDArray[np.int64]], longest: int
) -> dict[int, list[int]]:
    """Find the labels that are absent only briefly.

    Parameters
    ----------
    present : iterable of ndarray of int64
        The labels of each frame, see `napari_asist.labels.presence`.
    longest : int
        Longest absence between two frames with the label, in frames.

    Returns
    -------
    dict of int to list of int
        The labels to restore in each frame, in the order of their first frames: the
        first one restored takes the space.
    """
    times: dict[int, list[int]] = {}
    for time, found in enumerate(present):
        for label in found.tolist():
            times.setdefault(label, []).append(time)
    absent: dict[int, list[int]] = {}
    for label, stayed in times.items():
        for before, after in pairwise(stayed):
            if 1 < after - before <= longest + 1:
                for time in range(before + 1, after):
                    absent.setdefault(time, []).append(label)
    return absent


def put_back(frame: LabelArray, original: LabelArray, labels: Iterable[int]) -> None:
    """Restore labels' original shapes where other labels leave them free.

    Parameters
    ----------
    frame : ndarray of unsigned int, shape (Y, X)
        Changed in place.
    original : ndarray of unsigned int, shape (Y, X)
        The frame before cleaning.
    labels : iterable of int
    """
    for label in labels:
        shape = original == label
        free = shape & (frame == 0)
        if free.sum() >= LEAST_FREE * max(shape.sum(), 1):
            frame[free] = label


def repaired_tracks(
    present: Sequence[NDArray[np.int64]], simulated: TrackTable
) -> tuple[TrackTable, list[LaterPart]]:
    """Return a valid table of the remaining tracks; cut those with gaps.

    The first part of a cut track keeps the number and the parent, the last part the
    daughters; see `with_families`.

    Parameters
    ----------
    present : sequence of ndarray of int64
        The labels of each frame after `put_back`.
    simulated : structured ndarray of `TRACK_DTYPE`
        The tracks before cleaning.

    Returns
    -------
    tracks : structured ndarray of `TRACK_DTYPE`
    parts : list of LaterPart
        Which labels have new numbers, and where.
    """
    # Keep the rows of lost tracks, so that their numbers are not reused for parts.
    unlinked = simulated.copy()
    unlinked["parent"] = 0
    tracks, parts = cut_at_gaps(present, unlinked)
    tracks = np.sort(tracks, order="label")
    survivors = {label for found in present for label in found.tolist()}
    return with_families(tracks, simulated, survivors), parts


def renamed(frame: LabelArray, time: int, parts: Iterable[LaterPart]) -> LabelArray:
    """Give the later parts of cut tracks their numbers in one frame.

    Parameters
    ----------
    frame : ndarray of unsigned int, shape (Y, X)
        With a dtype wide enough for all numbers; changed in place.
    time : int
    parts : iterable of LaterPart
    """
    for part in parts:
        if part.begin <= time <= part.end:
            frame[frame == part.old] = part.new
    return frame


def with_families(
    tracks: TrackTable, simulated: TrackTable, survivors: set[int]
) -> TrackTable:
    """Link the first parts of daughters to the last parts of their mothers.

    A daughter keeps its parent if at most `FRAMES_WITHOUT_FAMILY` frames of the two
    were lost at the division; a parent with only one daughter left is removed.

    Parameters
    ----------
    tracks : structured ndarray of `TRACK_DTYPE`
        Tracks after cutting, each part with the part before it as its parent.
    simulated : structured ndarray of `TRACK_DTYPE`
        The tracks as they were simulated.
    survivors : set of int
        Labels of simulated tracks that are still in some frame.
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
