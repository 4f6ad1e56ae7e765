"""Motion and growth in runs of frames, and the spread of directions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.frame_pairs import Run
from napari_asist.estimation.quantity import Spread, spread_of

FARTHEST = 3.0
"""Median moves above which a pair counts as a mistake where persistence is measured."""

UNIFORM_SPREAD = 60.0
"""Degrees; a spread of directions above this cannot be told from none preferred."""


@dataclass(frozen=True)
class Motion:
    """How objects move from one frame to the next.

    Parameters
    ----------
    displacement : Spread
        Median move of an object in px, without what all have in common. The value is
        the mean of the medians of the frames: moves differ from frame to frame, and
        of few frames the mean is steadier than the median.
    shift : Spread
        Move in px that all objects have in common: the stage's.
    persistence : Spread
        Correlation of an object's moves in successive frames, 0 where it is negative.
    """

    displacement: Spread
    shift: Spread
    persistence: Spread


def measured_motion(runs: Sequence[Run]) -> Motion:
    """Measure motion; without two successive frames it is 0."""
    lengths, shifts = [], []
    products, squares = [], []
    for run in runs:
        before = None
        for number in range(len(run.after)):
            moves = run.moves(number)
            known = np.isfinite(moves[:, 0])
            if not known.any():
                before = None
                continue
            common = np.median(moves[known], axis=0)
            moves -= common
            lengths.append(float(np.median(np.hypot(*moves[known].T))))
            shifts.append(float(np.hypot(*common)))
            if before is not None:
                product, square = _successive(run, number, before, moves)
                products.append(product)
                squares.append(square)
            before = moves
    total = sum(squares)
    persistence = spread_of(
        max(0.0, sum(products) / total) if total else 0.0,
        [
            product / square
            for product, square in zip(products, squares, strict=True)
            if square
        ],
    )
    return Motion(
        spread_of(float(np.mean(lengths)) if lengths else 0.0, lengths),
        spread_of(float(np.mean(shifts)) if shifts else 0.0, shifts),
        persistence,
    )


def _successive(
    run: Run, number: int, before: NDArray[np.float64], moves: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the sum of products of successive moves, and that of their squares."""
    here = np.flatnonzero(run.before[number - 1] >= 0)
    one, other = before[run.before[number - 1][here]], moves[here]
    lengths = np.hypot(one[:, 0], one[:, 1]), np.hypot(other[:, 0], other[:, 1])
    most = FARTHEST * float(np.nanmedian(np.concatenate(lengths)))
    near = (lengths[0] <= most) & (lengths[1] <= most)
    one, other = one[near], other[near]
    return float((one * other).sum()), float((one**2).sum() + (other**2).sum()) / 2


def growth_rate(times: NDArray[np.int64], counts: NDArray[np.int64]) -> float:
    """Return the slope of the logarithm of the count, 0 where it is not clear.

    Parameters
    ----------
    times, counts : ndarray of int, shape (n,)
    """
    if len(times) < 4 or counts.min() == 0:
        return 0.0
    (slope, _), covariance = np.polyfit(times, np.log(counts), 1, cov=True)
    return float(slope) if abs(slope) > 3 * np.sqrt(covariance[0, 0]) else 0.0


def mean_direction(angles: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and spread of directions in degrees, by doubling the angles.

    Mardia and Jupp, Directional Statistics, 2000, section 2.3.
    """
    mean = np.exp(2j * np.radians(angles)).mean()
    spread = np.degrees(np.sqrt(-2 * np.log(max(abs(mean), 1e-12))) / 2)
    direction = float(np.degrees(np.angle(mean)) / 2 % 180)
    return direction, 90.0 if spread > UNIFORM_SPREAD else float(spread)
