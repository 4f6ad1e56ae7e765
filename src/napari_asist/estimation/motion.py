"""Measure motion and growth in runs of frames, and the spread of directions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.frame_pairs import Run
from napari_asist.estimation.quantity import Spread, spread_of

FARTHEST = 3.0
"""Displacement, in multiples of the median, above which persistence treats a pair as
wrong."""

UNIFORM_SPREAD = 60.0
"""Degrees; a larger spread of directions is indistinguishable from no preference."""


@dataclass(frozen=True)
class Motion:
    """Motion of objects from one frame to the next.

    Parameters
    ----------
    displacement : Spread
        Median displacement of an object in px, without the common shift. The value is
        the mean of the frames' medians: displacements differ from frame to frame, and
        for few frames the mean is more stable than the median.
    shift : Spread
        Displacement in px that all objects share: the shift of the stage.
    persistence : Spread
        Correlation of an object's displacements in successive frames, 0 if negative.
    """

    displacement: Spread
    shift: Spread
    persistence: Spread


def measured_motion(runs: Sequence[Run]) -> Motion:
    """Measure motion; it is 0 without two successive frames."""
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
    """Return the sum of products of successive displacements, and of their squares."""
    here = np.flatnonzero(run.before[number - 1] >= 0)
    one, other = before[run.before[number - 1][here]], moves[here]
    lengths = np.hypot(one[:, 0], one[:, 1]), np.hypot(other[:, 0], other[:, 1])
    most = FARTHEST * float(np.nanmedian(np.concatenate(lengths)))
    near = (lengths[0] <= most) & (lengths[1] <= most)
    one, other = one[near], other[near]
    return float((one * other).sum()), float((one**2).sum() + (other**2).sum()) / 2


def growth_rate(times: NDArray[np.int64], counts: NDArray[np.int64]) -> float:
    """Return the slope of the logarithm of the count, 0 if it is not significant.

    Parameters
    ----------
    times, counts : ndarray of int, shape (n,)
    """
    if len(times) < 4 or counts.min() == 0:
        return 0.0
    (slope, _), covariance = np.polyfit(times, np.log(counts), 1, cov=True)
    return float(slope) if abs(slope) > 3 * np.sqrt(covariance[0, 0]) else 0.0


def mean_direction(angles: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean and spread of directions in degrees, by doubling the angles.

    Mardia and Jupp, Directional Statistics, 2000, section 2.3.
    """
    mean = np.exp(2j * np.radians(angles)).mean()
    spread = np.degrees(np.sqrt(-2 * np.log(max(abs(mean), 1e-12))) / 2)
    direction = float(np.degrees(np.angle(mean)) / 2 % 180)
    return direction, 90.0 if spread > UNIFORM_SPREAD else float(spread)
