"""The light of the objects: textured, thinner at the border, and blurred."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled
from napari_asist.labels import LabelArray
from napari_asist.simulation.blur import Image, blurred
from napari_asist.simulation.borders import Outlines
from napari_asist.simulation.microscope_settings import MicroscopeSettings
from napari_asist.simulation.texture import grain_at

LEAST_GROWTH, MOST_GROWTH = -2, 4
"""Pixels by which objects are drawn smaller or larger than their labels at most."""

DRAWN_REACH = MOST_GROWTH + 1
"""Pixels around a label beyond which nothing of its object is drawn."""


@dataclass(frozen=True)
class Fit:
    """How objects have to be drawn to look as their labels say.

    Parameters
    ----------
    growth : float
        Pixels by which an object is drawn larger than its label, so that its visible
        border is the label's after dimming and blur.
    unit : float
        Mean intensity inside a label for objects of level 1.
    """

    growth: float = 0
    unit: float = 1


@dataclass(frozen=True)
class Look:
    """What is fixed for all frames of a video.

    Parameters
    ----------
    grain : ndarray of float32, shape (N, N)
        Texture of mean 0 that repeats itself.
    origin : ndarray of float32, shape (highest label + 1, 2)
        Where each object's own part of the texture begins.
    loose, condensed : Fit
        For objects in interphase and at metaphase; those between lie between.
    """

    grain: Image
    origin: Image
    loose: Fit = Fit()
    condensed: Fit = Fit()


def render_signal(
    outlines: Outlines,
    level: NDArray[np.float32],
    settings: MicroscopeSettings,
    look: Look,
    condensed: NDArray[np.float32] | None = None,
) -> Image:
    """Render the light of the objects in one frame, without background and noise.

    Parameters
    ----------
    outlines : Outlines
        Of the frame's labels; a reach of `DRAWN_REACH` is enough.
    level : ndarray of float32, shape (highest label + 1,)
        Mean intensity of each object, in counts; its entry 0 is not used.
    settings : MicroscopeSettings
    look : Look
    condensed : ndarray of float32, shape (highest label + 1,), optional
        How condensed each object is, from 0 (interphase) to 1 (metaphase).

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    if not outlines.labels.any():
        return np.zeros(outlines.labels.shape, np.float32)
    condensed = np.zeros_like(level) if condensed is None else condensed
    image = _drawn(
        outlines.labels,
        outlines.nearest,
        outlines.outside,
        outlines.depth,
        _between(look.loose.growth, look.condensed.growth, condensed),
        level / _between(look.loose.unit, look.condensed.unit, condensed),
        np.asarray(1 - settings.condensation * condensed, np.float32),
        look.origin,
        look.grain,
        settings.falloff,
    )
    light = blurred(image, settings.psf_sigma)
    if settings.halo:
        halo = blurred(image, settings.halo_sigma, truncate=3)
        light *= np.float32(1 - settings.halo)
        light += np.float32(settings.halo) * halo
    if settings.mitotic_halo and condensed.any():
        shares = np.asarray(settings.mitotic_halo * condensed, np.float32)
        scattered = shares[outlines.nearest] * image
        light += blurred(scattered, settings.mitotic_halo_sigma, truncate=3)
    return light


@compiled
def _drawn(
    labels: LabelArray,
    nearest: LabelArray,
    outside: Image,
    depth: Image,
    growth: Image,
    level: Image,
    loose: Image,
    origin: Image,
    grain: Image,
    falloff: float,
) -> Image:
    """Draw objects before all blur, thinner and dimmer at their borders."""
    height, width = labels.shape
    count = len(level)
    deepest, area = np.zeros(count), np.zeros(count)
    middle = np.zeros((count, 2))
    for row in range(height):
        for column in range(width):
            label = labels[row, column]
            if label:
                area[label] += 1
                middle[label, 0] += row
                middle[label, 1] += column
                deepest[label] = max(deepest[label], depth[row, column])
    for label in range(count):
        for axis in range(2):
            middle[label, axis] /= max(area[label], 1)
    image = np.zeros((height, width), np.float32)
    for row in range(height):
        for column in range(width):
            owner = nearest[row, column]
            if owner == 0:
                continue
            inside = depth[row, column]
            reach = inside + 0.5 if inside > 0 else 1 - outside[row, column]
            # Smaller than its label, an object still keeps its deepest pixels.
            grown = max(growth[owner], 0.5 - deepest[owner])
            covered = min(grown + reach, 1.0)
            if covered <= 0:
                continue
            thinness = 1 - min(inside / deepest[owner], 1.0)
            thickness = 1 - falloff * thinness * thinness * loose[owner]
            # The texture is fixed to the center of each object.
            texture = grain_at(
                grain,
                row - middle[owner, 0] + origin[owner, 0],
                column - middle[owner, 1] + origin[owner, 1],
            )
            shine = (1 + loose[owner] * texture) * thickness
            image[row, column] = level[owner] * covered * shine
    return image


def _between(
    loose: float, dense: float, condensed: NDArray[np.float32]
) -> NDArray[np.float32]:
    return np.asarray(loose + condensed * (dense - loose), np.float32)
