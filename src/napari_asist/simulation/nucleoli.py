"""Nucleoli: dark holes in nuclei, which move and grow with them."""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from napari_asist.settings import Settings

MOST = 8
"""Nucleoli of a nucleus."""

FARTHEST = 0.6
"""Radii from the center within which they lie, so that also long nuclei hold them."""

SPREAD = 0.25
"""Standard deviation of the logarithm of their radii."""


class NucleoliSettings(Settings):
    """How many nucleoli nuclei have, how large and how dark they are."""

    number: float = Field(
        0,
        ge=0,
        le=MOST,
        description="Mean number in a nucleus (Poisson's distribution); 0 for none.",
    )
    radius: float = Field(
        0.2,
        gt=0,
        le=0.5,
        description="Typical radius, as a part of the nucleus's.",
    )
    depth: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Part of the light that is missing in them, before the blur. "
        "Labels have no holes there. At metaphase they are as faint as the texture.",
    )


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
    ndarray of float32, shape (count, `MOST`, 4)
        Place along y and x from the center and radius, in radii of the nucleus, and
        the part of the light that is missing: 0 where there is none. Without any
        nucleoli the second length is 0.
    """
    if not settings.number or not settings.depth:
        return np.zeros((count, 0, 4), np.float32)
    spots = np.zeros((count, MOST, 4), np.float32)
    away = FARTHEST * np.sqrt(rng.random((count, MOST)))
    way = rng.uniform(0, 2 * np.pi, (count, MOST))
    spots[..., 0], spots[..., 1] = away * np.sin(way), away * np.cos(way)
    factor = np.exp(rng.normal(0, SPREAD, (count, MOST)))
    spots[..., 2] = settings.radius * factor
    number = rng.poisson(settings.number, count)
    spots[..., 3] = settings.depth * (np.arange(MOST) < number[:, None])
    return spots
