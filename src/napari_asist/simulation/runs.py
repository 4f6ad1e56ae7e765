"""Runs of successive frames: which are looked at, and who is who in them."""

from dataclasses import dataclass
from dataclasses import field as filled_in
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.detect import Detections
from napari_asist.simulation.pairing import REACH, inverse, paired, positions

RUN_LENGTH = 6
"""Frames of a run: an event needs two frames before it and two after it."""


@dataclass(frozen=True, eq=False)
class Run:
    """Detections in successive frames, each paired with those of the next.

    Parameters
    ----------
    frames : tuple of structured ndarray of `DETECTION_DTYPE`
    radius : float
        Typical inscribed radius in px.
    field : tuple of int
        Height and width of a frame.
    """

    frames: tuple[Detections, ...]
    radius: float
    field: tuple[int, int]
    after: tuple[NDArray[np.int64], ...] = filled_in(init=False)
    """For each frame but the last, each detection's row in the next frame, or -1."""
    before: tuple[NDArray[np.int64], ...] = filled_in(init=False)
    """For each frame but the first, each detection's row in the one before, or -1."""

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
        """Largest move that is believed, in px."""
        return REACH * self.radius

    def inside(self, found: Detections) -> NDArray[np.bool_]:
        """Tell which detections are too far from the border to have crossed it."""
        place, most = positions(found), np.array(self.field) - self.reach
        return np.asarray(((place > self.reach) & (place < most)).all(axis=1))

    def moves(self, number: int) -> NDArray[np.float64]:
        """Return each object's move after a frame, shape (n, 2), nan where unknown."""
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
        Frames to look at in all, about.
    """
    length = max(1, min(RUN_LENGTH, n_frames, sampled))
    number = max(1, min(sampled, n_frames) // length)
    starts = np.linspace(0, n_frames - length, number).round().astype(int)
    return [np.arange(start, start + length) for start in starts]
