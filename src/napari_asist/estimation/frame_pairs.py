"""Match objects in pairs and runs of successive frames."""

from dataclasses import dataclass
from dataclasses import field as filled_in
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.detect import Detections

REACH = 2.0
"""Largest displacement from one frame to the next, in inscribed radii."""

RUN_LENGTH = 6
"""Frames of a run: an event needs two frames before it and two after it."""


def positions(found: Detections) -> NDArray[np.float64]:
    """Return the positions of detections, shape (n, 2), as y and x in px."""
    return np.stack([found["y"], found["x"]], axis=1)


def paired(one: Detections, other: Detections, farthest: float) -> NDArray[np.int64]:
    """Pair detections with the smallest sum of squared distances.

    The linear assignment of Jaqaman et al., Nature Methods 5, 2008, in which an
    unpaired object costs as much as the farthest pair: unlike nearest neighbors, it
    does not favor short displacements in crowded regions.

    Parameters
    ----------
    one, other : structured ndarray of `DETECTION_DTYPE`
        Detections in one frame and in a later frame.
    farthest : float
        Largest distance of a pair in px.

    Returns
    -------
    ndarray of int, shape (len(one),)
        Row in ``other``, or -1.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    partner = np.full(len(one), -1)
    if not len(one) or not len(other):
        return partner
    cost = cdist(positions(one), positions(other), "sqeuclidean")
    cost = np.minimum(cost, farthest**2)
    rows, columns = linear_sum_assignment(cost)
    near = cost[rows, columns] < farthest**2
    partner[rows[near]] = columns[near]
    return partner


def _distance_at(
    hidden: NDArray[np.bool_], place: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the distances of positions, shape (n, 2), to hidden pixels, in px."""
    from scipy.ndimage import distance_transform_edt

    distance = np.asarray(distance_transform_edt(~hidden))
    row, column = np.clip(place.round(), 0, np.array(hidden.shape) - 1).astype(int).T
    return np.asarray(distance[row, column])


def inverse(partner: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return the pairs as seen from the other frame, given its number of detections."""
    back = np.full(length, -1)
    rows = np.flatnonzero(partner >= 0)
    back[partner[rows]] = rows
    return back


@dataclass(frozen=True, eq=False)
class Run:
    """Detections in successive frames, paired from each frame to the next.

    Parameters
    ----------
    frames : tuple of structured ndarray of `DETECTION_DTYPE`
    radius : float
        Typical inscribed radius in px.
    field : tuple of int
        Height and width of a frame.
    hidden : ndarray of bool, shape (Y, X), optional
        Pixels that are no measurement, if there are any.
    """

    frames: tuple[Detections, ...]
    radius: float
    field: tuple[int, int]
    hidden: NDArray[np.bool_] | None = None
    after: tuple[NDArray[np.int64], ...] = filled_in(init=False)
    """For each frame but the last, each detection's row in the next frame, or -1."""
    before: tuple[NDArray[np.int64], ...] = filled_in(init=False)
    """For each frame but the first, each detection's row in the previous frame, or
    -1."""

    def __post_init__(self) -> None:
        """Pair the frames."""
        following = list(pairwise(self.frames))
        after = tuple(paired(one, other, self.reach) for one, other in following)
        before = tuple(
            inverse(partner, len(other))
            for partner, (_, other) in zip(after, following, strict=True)
        )
        object.__setattr__(self, "after", after)
        object.__setattr__(self, "before", before)

    @property
    def reach(self) -> float:
        """Largest plausible displacement, in px."""
        return REACH * self.radius

    def inside(self, found: Detections) -> NDArray[np.bool_]:
        """Return which detections are too far from the border to have crossed it.

        The border is that of the measured part of the frame.
        """
        place, most = positions(found), np.array(self.field) - self.reach
        inside = ((place > self.reach) & (place < most)).all(axis=1)
        if self.hidden is not None:
            inside &= _distance_at(self.hidden, place) > self.reach
        return np.asarray(inside)

    def present(self, number: int) -> float:
        """Return the number of objects in a frame, had all of it been measured."""
        found = self.frames[number]
        part = np.prod(np.clip(1 - 2 * self.reach / np.array(self.field), 0, 1))
        if self.hidden is None or not part:
            return len(found)
        return float(self.inside(found).sum() / part)

    def moves(self, number: int) -> NDArray[np.float64]:
        """Return the displacements after a frame, shape (n, 2), nan if unknown."""
        one, other = self.frames[number : number + 2]
        partner = self.after[number]
        move = np.full((len(one), 2), np.nan)
        known = partner >= 0
        move[known] = positions(other)[partner[known]] - positions(one)[known]
        return move


def sampled_runs(n_frames: int, sampled: int) -> list[NDArray[np.int64]]:
    """Return the times of runs of successive frames, spread over a video.

    Parameters
    ----------
    n_frames : int
        Length of the video.
    sampled : int
        Approximate number of frames to measure in total.
    """
    length = max(1, min(RUN_LENGTH, n_frames, sampled))
    number = max(1, min(sampled, n_frames) // length)
    starts = np.linspace(0, n_frames - length, number).round().astype(int)
    return [np.arange(start, start + length) for start in starts]
