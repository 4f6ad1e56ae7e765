"""Nuclei far from the focal plane: wide, dim, smooth light without labels."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image
from napari_asist.labels import LabelVideo
from napari_asist.microscope.debris import typical_radius
from napari_asist.microscope.settings import OutOfFocusSettings

REACH = 3
"""Standard deviations at which a blurred object ends."""


def out_of_focus_light(
    video: LabelVideo, settings: OutOfFocusSettings, rng: np.random.Generator
) -> Iterator[Image]:
    """Yield the light of out-of-focus objects in each frame.

    They are anywhere, next to and below the objects. A video without objects has none,
    because their size is relative to objects.

    Parameters
    ----------
    video : LabelVideo
    settings : OutOfFocusSettings
    rng : Generator

    Yields
    ------
    ndarray of float32, shape (Y, X)
        In counts over the background.
    """
    field = np.array(video.labels.shape[1:])
    typical = typical_radius(video) if settings.density else 0
    # A disc of radius r has the variance r² / 4 along each axis.
    sigma = typical * np.hypot(settings.blur, 0.5)
    beyond = REACH * sigma
    area = float(np.prod(field + 2 * beyond))
    count = round(settings.density * area / 100**2) if typical else 0
    places = rng.uniform(-beyond, field + beyond, (count, 2))
    light = settings.brightness * 10 ** -rng.random(count)
    for _ in video.labels:
        image = np.zeros(field, np.float32)
        for place, level in zip(places, light, strict=True):
            _add(image, place, sigma, level)
        yield image
        places += rng.normal(0, settings.drift, places.shape)


def _add(image: Image, place: NDArray[np.float64], sigma: float, level: float) -> None:
    low = np.maximum(np.ceil(place - REACH * sigma), 0).astype(int)
    high = np.minimum(np.floor(place + REACH * sigma) + 1, image.shape).astype(int)
    if (low >= high).any():
        return
    # Remove the step at its end.
    down, across = (
        np.exp(-0.5 * ((np.arange(first, last) - middle) / sigma) ** 2)
        - np.exp(-0.5 * REACH**2)
        for first, last, middle in zip(low, high, place, strict=True)
    )
    image[low[0] : high[0], low[1] : high[1]] += level * np.outer(down, across)
