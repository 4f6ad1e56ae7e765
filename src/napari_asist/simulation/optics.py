"""The light of the objects: textured, thinner at the border, and blurred."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.borders import Outlines
from napari_asist.simulation.microscope_settings import MicroscopeSettings
from napari_asist.simulation.texture import Image, grain_at


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
        Of the frame's labels.
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
    from scipy.ndimage import gaussian_filter

    labels, outside, depth = outlines.labels, outlines.outside, outlines.depth
    if not labels.any():
        return np.zeros(labels.shape, np.float32)
    condensed = np.zeros_like(level) if condensed is None else condensed
    deepest = np.zeros(len(level))
    np.maximum.at(deepest, labels.ravel(), depth.ravel())
    growth = _between(look.loose.growth, look.condensed.growth, condensed)
    drawn = outside < growth.max() + 1
    rows, columns = np.nonzero(drawn)
    owner, inside = outlines.nearest[drawn], depth[drawn]
    reach = np.where(inside > 0, inside + 0.5, 1 - outside[drawn])
    covered = np.clip(growth[owner] + reach, 0, 1)
    loose = 1 - settings.condensation * condensed
    thinness = 1 - np.clip(inside / deepest[owner], 0, 1)
    thickness = 1 - settings.falloff * thinness**2 * loose[owner]
    grain = grain_at(rows, columns, owner, labels, look.grain, look.origin)
    texture = 1 + loose[owner] * grain
    scaled = level / _between(look.loose.unit, look.condensed.unit, condensed)
    image = np.zeros(labels.shape, np.float32)
    image[drawn] = scaled[owner] * covered * thickness * texture
    light = gaussian_filter(image, settings.psf_sigma)
    if settings.halo:
        halo = gaussian_filter(image, settings.halo_sigma, truncate=3)
        light = (1 - settings.halo) * light + settings.halo * halo
    if settings.mitotic_halo and condensed[owner].any():
        image[drawn] *= settings.mitotic_halo * condensed[owner]
        light += gaussian_filter(image, settings.mitotic_halo_sigma, truncate=3)
    return np.asarray(light)


def _between(
    loose: float, dense: float, condensed: NDArray[np.float32]
) -> NDArray[np.float32]:
    return loose + condensed * (dense - loose)
