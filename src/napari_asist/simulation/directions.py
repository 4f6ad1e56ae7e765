"""Mean and spread of directions that have no head and no tail."""

import numpy as np
from numpy.typing import NDArray

UNIFORM_SPREAD = 60.0
"""Degrees; a spread of directions above this cannot be told from none preferred."""


def mean_direction(angles: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and spread of directions in degrees, by doubling the angles.

    Mardia and Jupp, Directional Statistics, 2000, section 2.3.
    """
    mean = np.exp(2j * np.radians(angles)).mean()
    spread = np.degrees(np.sqrt(-2 * np.log(max(abs(mean), 1e-12))) / 2)
    direction = float(np.degrees(np.angle(mean)) / 2 % 180)
    return direction, 90.0 if spread > UNIFORM_SPREAD else float(spread)
