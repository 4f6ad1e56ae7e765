"""What the detections of several frames tell: motion, growth, preferred direction."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.detect import Detections

UNIFORM_SPREAD = 60.0
"""Degrees; a spread of directions above this cannot be told from none preferred."""


def median_displacement(
    times: NDArray[np.int64], detections: tuple[Detections, ...], radius: float
) -> float:
    """Return the median move between neighboring frames.

    Objects are paired where each is the other's nearest, no farther than twice the
    typical inscribed radius; what all have in common (a shift of the stage) is left
    out.
    """
    from scipy.spatial import cKDTree

    lengths = [np.zeros(0)]
    for number in np.flatnonzero(np.diff(times) == 1):
        one, other = (
            np.stack([found["y"], found["x"]], axis=1)
            for found in detections[number : number + 2]
        )
        if not len(one) or not len(other):
            continue
        distance, partner = cKDTree(other).query(one)
        _, back = cKDTree(one).query(other)
        mutual = back[partner] == np.arange(len(one))
        move = (other[partner] - one)[mutual & (distance < 2 * radius)]
        if len(move):
            lengths.append(np.hypot(*(move - np.median(move, axis=0)).T))
    pooled = np.concatenate(lengths)
    return float(np.median(pooled)) if len(pooled) else 0.0


def growth_rate(times: NDArray[np.int64], detections: tuple[Detections, ...]) -> float:
    """Return the slope of the logarithm of the count, 0 where it is not clear."""
    counts = np.array([len(found) for found in detections])
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
