"""Debris: small bright specks next to objects, without labels."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image, blurred
from napari_asist.estimation.borders import nearest_label
from napari_asist.labels import LabelArray, LabelVideo
from napari_asist.microscope.settings import DebrisSettings

SPECK_DTYPE = np.dtype(
    [
        ("y", "f8"),
        ("x", "f8"),
        ("radius", "f8"),
        ("brightness", "f8"),
        ("ring", "?"),
    ]
)
RING_WIDTH = 1.5
"""Width of a ring in pixels before the blur; a speck's light is spread over it."""
CLEARANCE = 2
"""Gap between a speck and an object, in standard deviations of the point spread
function."""


def debris_light(
    video: LabelVideo,
    settings: DebrisSettings,
    psf_sigma: float,
    rng: np.random.Generator,
) -> Iterator[Image]:
    """Yield the light of the debris in each frame.

    Specks stay or drift, and keep away from objects: when an object reaches one, it
    disappears and another appears elsewhere. A frame without room has fewer. A video
    without objects has none, because specks are sized relative to objects.

    Parameters
    ----------
    video : LabelVideo
    settings : DebrisSettings
    psf_sigma : float
        Standard deviation of the point spread function, in pixels.
    rng : Generator

    Yields
    ------
    ndarray of float32, shape (Y, X)
        In counts over the background.
    """
    field = video.labels.shape[1:]
    typical = typical_radius(video) if settings.density else 0
    count = round(settings.density * np.prod(field) / 100**2) if typical else 0
    clearance = CLEARANCE * psf_sigma + 1
    largest = settings.radius_max
    if settings.rings:
        largest = max(largest, settings.ring_radius)
    specks = np.zeros(count, SPECK_DTYPE)
    gone = np.ones(count, bool)
    for labels in video.labels:
        if not count:
            yield np.zeros(field, np.float32)
            continue
        room = _room(labels, clearance + typical * largest) - clearance
        for name in ("y", "x"):
            specks[name] += rng.normal(0, settings.drift, count)
        gone |= rng.random(count) < settings.renewal
        gone |= _at(room, specks) < specks["radius"]
        specks[gone] = _drawn(count, settings, typical, rng)[gone]
        homeless = _settled(specks, gone, room, rng)
        yield blurred(_painted(specks[~homeless], field), psf_sigma)
        gone = homeless


def typical_radius(video: LabelVideo) -> float:
    """Return the median radius in the first frame with objects, or 0 without any."""
    for labels in video.labels:
        area = np.bincount(labels.ravel())[1:]
        if area.any():
            return float(np.sqrt(np.median(area[area > 0]) / np.pi))
    return 0.0


def _room(labels: LabelArray, reach: float) -> Image:
    """Return each pixel's distance to the nearest object; infinite from `reach`."""
    return nearest_label(labels, int(reach) + 1)[1]


def _at(room: Image, specks: NDArray[np.void]) -> NDArray[np.floating]:
    """Return the room around each speck, none outside the field."""
    row, column = (np.rint(specks[name]).astype(int) for name in ("y", "x"))
    height, width = room.shape
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    found = room[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
    return np.where(inside, found, -np.inf)


def _drawn(
    count: int, settings: DebrisSettings, typical: float, rng: np.random.Generator
) -> NDArray[np.void]:
    """Draw specks without positions."""
    specks = np.zeros(count, SPECK_DTYPE)
    radius = rng.uniform(settings.radius_min, settings.radius_max, count)
    dimmest, brightest = np.log([settings.brightness_min, settings.brightness_max])
    specks["radius"] = typical * radius
    specks["brightness"] = np.exp(rng.uniform(dimmest, brightest, count))
    if settings.rings:
        specks["ring"] = rng.random(count) < settings.rings
        wide = typical * settings.ring_radius * rng.uniform(0.5, 1, count)
        # The light of the disc, over the area of the ring.
        part = specks["radius"] ** 2 / (2 * wide * RING_WIDTH)
        specks["brightness"] *= np.where(specks["ring"], np.minimum(part, 1), 1)
        specks["radius"] = np.where(specks["ring"], wide, specks["radius"])
    return specks


def _settled(
    specks: NDArray[np.void],
    new: NDArray[np.bool_],
    room: Image,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Place new specks, and return which ones found no room."""
    free = np.flatnonzero(room >= specks["radius"].max())
    if not len(free):
        return new
    row, column = np.divmod(rng.choice(free, len(specks)), room.shape[1])
    specks["y"][new], specks["x"][new] = row[new], column[new]
    return np.zeros(len(specks), bool)


def _painted(specks: NDArray[np.void], field: tuple[int, ...]) -> Image:
    """Paint discs and rings; where two overlap, the brighter one is visible."""
    image = np.zeros(field, np.float32)
    for y, x, radius, brightness, ring in specks.tolist():
        reach = int(radius) + 3
        top, left = max(0, round(y) - reach), max(0, round(x) - reach)
        window = image[top : round(y) + reach + 1, left : round(x) + reach + 1]
        rows, columns = np.indices(window.shape)
        distance = np.hypot(rows + top - y, columns + left - x)
        covered = np.clip(radius + 0.5 - distance, 0, 1)
        if ring:
            covered = np.clip(RING_WIDTH - np.abs(radius - distance), 0, 1)
        np.maximum(window, brightness * covered, out=window)
    return image
