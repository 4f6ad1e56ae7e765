"""Nucleoli: dark holes in nuclei, which move and grow with them."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.microscope.settings import MOST_NUCLEOLI, NucleoliSettings

FARTHEST = 0.6
"""Largest distance from the center in radii, so that nucleoli fit into elongated
nuclei."""

SPREAD = 0.25
"""Standard deviation of the logarithm of their radii."""


def drawn_nucleoli(
    settings: NucleoliSettings, count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw the nucleoli of some nuclei.

    Parameters
    ----------
    settings : NucleoliSettings
    count : int
    rng : Generator

    Returns
    -------
    ndarray of float32, shape (count, `MOST_NUCLEOLI`, 4)
        Position along y and x relative to the center and radius, in radii of the
        nucleus, and the missing fraction of the light: 0 where there is none. Without
        any nucleoli, the second length is 0.
    """
    if not settings.number or not settings.depth:
        return np.zeros((count, 0, 4), np.float32)
    spots = np.zeros((count, MOST_NUCLEOLI, 4), np.float32)
    away = FARTHEST * np.sqrt(rng.random((count, MOST_NUCLEOLI)))
    angle = rng.uniform(0, 2 * np.pi, (count, MOST_NUCLEOLI))
    spots[..., 0], spots[..., 1] = away * np.sin(angle), away * np.cos(angle)
    factor = np.exp(rng.normal(0, SPREAD, (count, MOST_NUCLEOLI)))
    spots[..., 2] = settings.radius * factor
    number = rng.poisson(settings.number, count)
    spots[..., 3] = settings.depth * (np.arange(MOST_NUCLEOLI) < number[:, None])
    return spots
