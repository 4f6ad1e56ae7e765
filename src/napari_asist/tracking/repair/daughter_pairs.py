"""Find divisions as two daughters on either side of their mother."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from napari_asist.tracking.repair.plausibility import (
    are_daughters,
    areas_before,
    goes_on,
)
from napari_asist.tracking.repair.settings import RepairSettings
from napari_asist.tracking.repair.tracks import Tracks

SHRUNK = 0.9
"""Fraction of their mother's earlier area below which daughters together are clearly
smaller: when an object merely appears next to another, the other keeps its size."""


@dataclass(frozen=True)
class Division:
    """A possible division.

    Parameters
    ----------
    mother : int
    daughters : (int, int)
        One of them may be the mother's own track, which continues.
    lopsided : float
        0 if her center is midway between theirs.
    """

    mother: int
    daughters: tuple[int, int]
    lopsided: float


def find_daughters(tracks: Tracks, settings: RepairSettings) -> None:
    """Assign mothers to new tracks.

    Daughters often do not overlap their mother's position in the previous frame, so
    that overlap finds no parent, or a neighbor. Two objects are the daughters of a
    track if its center is between theirs, they are near and of similar size, and they
    do not merely share its outline, like the halves of a nucleus that was cut in two.
    One daughter may continue with the mother's label; the mother is cut there. A single
    new track of the same size where another has ended continues that track.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    settings : RepairSettings
        Uses ``division_…``.
    """
    for time, labels in groupby(
        tracks.labels_after_start(), key=tracks.begin.__getitem__
    ):
        children = list(labels)
        found = list(_divisions(tracks, children, time, settings))
        taken: set[int] = set()
        for division in sorted(found, key=lambda one: (one.lopsided, one.daughters)):
            members = {division.mother, *division.daughters}
            if not members & taken:
                taken |= members
                _divide(tracks, division, time)
        for child in children:
            if child not in taken:
                _continue(tracks, child, time, settings)


def _divisions(
    tracks: Tracks, children: list[int], time: int, settings: RepairSettings
) -> Iterator[Division]:
    """Yield the possible divisions that began new tracks."""
    divided = set(tracks.parent.values())
    here = {child: tracks.center(child, time) for child in children}
    places = np.stack([here[child] for child in children])
    for mother in _near(tracks, places, time, settings):
        if mother in divided:
            continue
        middle = tracks.center(mother, time - 1)
        largest = max(areas_before(tracks, mother, time, settings))
        reach = settings.division_reach * np.sqrt(largest / np.pi)
        near = [c for c in children if np.linalg.norm(here[c] - middle) <= reach]
        pairs = list(combinations(near, 2))
        if tracks.end[mother] >= time:
            pairs = [(mother, child) for child in near]
        for pair in pairs:
            one, other = (tracks.center(label, time) - middle for label in pair)
            lopsided = _lopsided(one, other)
            together = sum(tracks.area(label, time) for label in pair)
            has_shrunk = together <= SHRUNK * largest
            most = settings.division_off_middle if has_shrunk else 0.0
            if (
                lopsided <= max(settings.division_middle, most)
                and are_daughters(tracks, mother, pair, time, settings)
                and _shared(tracks, mother, pair, time) <= settings.division_shared
            ):
                yield Division(mother, pair, lopsided)


def _near(
    tracks: Tracks,
    places: NDArray[np.float64],
    time: int,
    settings: RepairSettings,
) -> list[int]:
    """Return the tracks whose boxes may be within reach of a position.

    Boxes are available, whereas pixels must be read, so only the few tracks near a new
    one take time.
    """
    boxes = tracks.boxes[time - 1]
    if not boxes:
        return []
    names = list(boxes)
    sides = np.array(
        [(y.start, y.stop, x.start, x.stop) for y, x in boxes.values()], np.float64
    )
    middles = (sides[:, ::2] + sides[:, 1::2]) / 2
    extents = sides[:, 1::2] - sides[:, ::2]
    largest = extents.prod(axis=1)
    for earlier in range(max(time - settings.division_look_back, 0), time - 1):
        before = tracks.boxes[earlier]
        for index, name in enumerate(names):
            if name in before:
                y, x = before[name]
                area = (y.stop - y.start) * (x.stop - x.start)
                largest[index] = max(largest[index], area)
    # A center is inside its box, and no area is larger than its box.
    reach = settings.division_reach * np.sqrt(largest / np.pi)
    reach += np.linalg.norm(extents, axis=1) / 2
    distances, _ = cKDTree(places).query(middles)
    return [names[index] for index in np.flatnonzero(distances <= reach)]


def _lopsided(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the mother's distance from the midpoint, in distances of the daughters."""
    apart = float(np.linalg.norm(one - other))
    return float(np.linalg.norm(one + other)) / 2 / max(apart, 1e-9)


def _shared(
    tracks: Tracks, mother: int, daughters: tuple[int, int], time: int
) -> float:
    """Return the Jaccard index of the mother with both daughters together."""
    box, mask = tracks.cut_out(mother, time - 1)
    both = sum(tracks.area(daughter, time) for daughter in daughters)
    inside = dict(tracks.under(box, mask, time))
    shared = sum(inside.get(daughter, 0) for daughter in daughters)
    return shared / (int(mask.sum()) + both - shared)


def _divide(tracks: Tracks, division: Division, time: int) -> None:
    mother, daughters = division.mother, list(division.daughters)
    if mother in daughters:
        daughters[daughters.index(mother)] = tracks.cut(mother, time)
    for daughter in daughters:
        tracks.parent[daughter] = mother


def _continue(tracks: Tracks, child: int, time: int, settings: RepairSettings) -> None:
    """Join a new track to a similar one that has just ended at its position."""
    box, mask = tracks.cut_out(child, time)
    ended = [
        (shared, label)
        for label, shared in tracks.under(box, mask, time - 1)
        if tracks.end[label] == time - 1 and label not in tracks.parent.values()
    ]
    if not ended:
        return
    _, label = max(ended)
    if goes_on(tracks, label, child, settings):
        tracks.join(child, label)
