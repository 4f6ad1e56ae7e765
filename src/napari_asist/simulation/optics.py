"""The light of the objects: textured, thinner at the border, and blurred."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray
from napari_asist.simulation.borders import nearest_label
from napari_asist.simulation.microscope_settings import MicroscopeSettings
from napari_asist.simulation.texture import Image, grain_at


@dataclass(frozen=True)
class Look:
    """What is fixed for all frames of a video.

    Parameters
    ----------
    grain : ndarray of float32, shape (N, N)
        Texture of mean 0 that repeats itself.
    origin : ndarray of float32, shape (highest label + 1, 2)
        Where each object's own part of the texture begins.
    growth : float
        Pixels by which an object is drawn larger than its label, so that its visible
        border is the label's after dimming and blur.
    unit : float
        Mean intensity inside a label for objects of level 1.
    """

    grain: Image
    origin: Image
    growth: float = 0
    unit: float = 1


def render_signal(
    labels: LabelArray,
    level: NDArray[np.float32],
    settings: MicroscopeSettings,
    look: Look,
) -> Image:
    """Render the light of the objects in one frame, without background and noise.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    level : ndarray of float32, shape (highest label + 1,)
        Mean intensity of each object, in counts; its entry 0 is not used.
    settings : MicroscopeSettings
    look : Look

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    from scipy.ndimage import gaussian_filter

    nearest, outside = nearest_label(labels)
    if not labels.any():
        return np.zeros(labels.shape, np.float32)
    depth = _depth(labels)
    deepest = np.zeros(len(level))
    np.maximum.at(deepest, labels.ravel(), depth.ravel())
    drawn = np.where(labels > 0, depth > -look.growth - 0.5, outside < look.growth + 1)
    rows, columns = np.nonzero(drawn)
    owner, inside = nearest[drawn], depth[drawn]
    covered = np.clip(
        look.growth + np.where(inside > 0, inside + 0.5, 1 - outside[drawn]), 0, 1
    )
    thinness = 1 - np.clip(inside / deepest[owner], 0, 1)
    thickness = 1 - settings.falloff * thinness**2
    texture = 1 + grain_at(rows, columns, owner, labels, look.grain, look.origin)
    image = np.zeros(labels.shape, np.float32)
    image[drawn] = level[owner] / look.unit * covered * thickness * texture
    sharp = gaussian_filter(image, settings.psf_sigma)
    if settings.halo == 0:
        return np.asarray(sharp)
    halo = gaussian_filter(image, settings.halo_sigma, truncate=3)
    return np.asarray((1 - settings.halo) * sharp + settings.halo * halo)


def _depth(labels: LabelArray) -> NDArray[np.float64]:
    """Return the distance of each labeled pixel to its object's border, 0 outside."""
    from scipy.ndimage import distance_transform_edt

    inner = labels > 0
    for axis in (0, 1):
        differs = np.diff(labels.astype(np.int64), axis=axis) != 0
        before = (slice(None),) * axis + (slice(None, -1),)
        after = (slice(None),) * axis + (slice(1, None),)
        inner[before] &= ~differs
        inner[after] &= ~differs
    return np.asarray(np.where(labels > 0, distance_transform_edt(inner) + 0.5, 0))
