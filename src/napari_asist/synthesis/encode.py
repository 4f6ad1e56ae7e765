"""Encode annotations as images: the domain that CycleGAN translates from and to."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_asist.estimation.borders import depth_inside
from napari_asist.labels import LabelVideo
from napari_asist.microscope.brightness import track_brightness
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.cell_cycle import cycle_brightness
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.synthesis.settings import Encoding, Profile

BACKGROUND = -1.0
DIMMEST = -0.5
"""Gray level of the dimmest objects: well above the background, because an
annotation marks an object no matter how dim it is."""


def mask_level(encoding: Encoding) -> float:
    """Return the gray level that separates objects from background in an annotation.

    It is halfway between the background and the dimmest objects.
    """
    return 0.0 if encoding == "binary" else (BACKGROUND + DIMMEST) / 2


def object_levels(
    video: LabelVideo,
    simulator: SimulatorSettings,
    scaling: IntensityScaling,
    encoding: Encoding,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return the gray level of each label in each frame.

    A label keeps its level over its lifetime, except when the simulator's cell cycle
    brightens nuclei around their division.

    Parameters
    ----------
    video : LabelVideo
    simulator : SimulatorSettings
        Contains the distribution of the objects' brightness, and their cell cycle.
    scaling : IntensityScaling
        The networks' scale.
    encoding : {"binary", "brightness"}
    rng : Generator

    Returns
    -------
    ndarray of float32, shape (T, largest label + 1)
        -1 for the background, up to 1 for the brightest objects.
    """
    tracks = video.tracks
    highest = int(tracks["label"].max(initial=0))
    levels = np.full((len(video), highest + 1), 1.0, np.float32)
    levels[:, 0] = BACKGROUND
    if encoding == "brightness" and len(tracks):
        counts = track_brightness(tracks, simulator.brightness, rng)
        for time, level in enumerate(levels):
            factor = cycle_brightness(tracks, time, simulator.brightening)
            scaled = scaling.of_counts(counts * factor)
            level[tracks["label"]] = np.clip(scaled, DIMMEST, 1)
    return levels


def encode(
    labels: NDArray[np.unsignedinteger],
    levels: NDArray[np.float32],
    blur: float,
    profile: Profile = "flat",
) -> NDArray[np.float32]:
    """Draw one annotation frame.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    levels : ndarray of float32, shape (largest label + 1,)
        One frame of `object_levels`.
    blur : float
        Standard deviation of the Gaussian blur, in pixels.
    profile : {"flat", "rim", "distance"}
        Profile of the level inside an object: constant; half of it above the background
        where the depth is less than half of the object's (the three levels of AD-GAN,
        arXiv 2107.11022); or rising from half of it at the border to all of it in the
        center.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        -1 to 1.
    """
    image = levels[labels]
    if profile != "flat":
        depth = _relative_depth(labels)
        part = np.where(depth < 0.5, 0.5, 1) if profile == "rim" else (1 + depth) / 2
        image = BACKGROUND + (image - BACKGROUND) * part
    if blur:
        image = gaussian_filter(image, blur)
    return np.asarray(image, np.float32)


def _relative_depth(labels: NDArray[np.unsignedinteger]) -> NDArray[np.float64]:
    """Return each pixel's distance to its object's border, relative to the largest."""
    depth = depth_inside(labels)
    deepest = np.zeros(int(labels.max(initial=0)) + 1)
    np.maximum.at(deepest, labels.ravel(), depth.ravel())
    return np.asarray(depth / np.maximum(deepest, 1)[labels])
