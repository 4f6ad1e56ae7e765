"""The virtual microscope: a label video becomes what a camera would have seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from napari_asist.labels import LabelArray, LabelVideo, TrackTable
from napari_asist.settings import Settings
from napari_asist.simulation.borders import half_maximum_ratio, nearest_label
from napari_asist.simulation.brightness import track_brightness
from napari_asist.simulation.settings import COUNTS, PX, BrightnessSettings

Image = NDArray[np.float32]

BRIGHT_MOTHER = (1.0, 0.5)
BRIGHT_DAUGHTER = (1.0, 0.5, 0.25)
"""How much of the brightness of a division is left (as an exponent) going away from
it, frame by frame."""


class MicroscopeSettings(Settings):
    """Optics, camera and look of the objects."""

    brightness: BrightnessSettings = Field(
        BrightnessSettings(), description="Brightness of the objects."
    )
    psf_sigma: float = Field(
        1.2,
        ge=0,
        le=20,
        description="Standard deviation of the point spread function.",
        json_schema_extra=PX,
    )
    halo: float = Field(
        0.03,
        ge=0,
        le=0.5,
        description="Part of the light that is scattered into a wide halo.",
    )
    halo_sigma: float = Field(
        10,
        gt=0,
        le=200,
        description="Standard deviation of the halo.",
        json_schema_extra=PX,
    )
    falloff: float = Field(
        0.25,
        ge=0,
        le=0.9,
        description="How much thinner, hence dimmer, an object is at its border.",
    )
    texture: float = Field(
        0.22,
        ge=0,
        le=1,
        description="Standard deviation of the texture as a part of the brightness.",
    )
    texture_scale: float = Field(
        1.7,
        gt=0,
        le=50,
        description="Size of the texture's grains (sigma).",
        json_schema_extra=PX,
    )
    mitosis_brightness: float = Field(
        1.8,
        ge=1,
        le=10,
        description="How many times brighter an object is at its division.",
    )
    background: float = Field(
        100,
        ge=0,
        le=50_000,
        description="Light that comes from no object.",
        json_schema_extra=COUNTS,
    )
    unevenness: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Standard deviation of the background over the field, as a part "
        "of it.",
    )
    bleaching: float = Field(
        0.002,
        ge=0,
        le=0.5,
        description="Part of the light that is lost from one frame to the next.",
    )
    gain: float = Field(
        0.5,
        gt=0,
        le=1000,
        description="Counts for one photon; it sets the photon noise.",
        json_schema_extra={"unit": "counts/photon"},
    )
    offset: float = Field(
        500,
        ge=0,
        le=50_000,
        description="Counts of the camera in the dark.",
        json_schema_extra=COUNTS,
    )
    read_noise: float = Field(
        5,
        ge=0,
        le=10_000,
        description="Standard deviation of the camera's noise.",
        json_schema_extra=COUNTS,
    )


def render_video(
    video: LabelVideo, settings: MicroscopeSettings, seed: int
) -> NDArray[np.uint16]:
    """Render what a camera would have seen of a label video.

    Objects keep their brightness (bleaching and divisions aside) and their texture,
    which moves with them. The visible border, at half an object's own maximum, lies
    on the label's border.

    Parameters
    ----------
    video : LabelVideo
    settings : MicroscopeSettings
    seed : int

    Returns
    -------
    ndarray of uint16, shape (T, Y, X)
    """
    rng = np.random.default_rng(seed)
    brightness = track_brightness(video.tracks, settings.brightness, rng)
    look = fitted_look(video, settings, rng)
    background = settings.background * _uneven(
        video.labels.shape[1:], settings.unevenness, rng
    )
    frames = np.empty(video.labels.shape, np.uint16)
    for time, labels in enumerate(video.labels):
        level = np.zeros(len(look.origin), np.float32)
        level[video.tracks["label"]] = brightness * _division_factor(
            video.tracks, time, settings.mitosis_brightness
        )
        signal = render_signal(labels, level, settings, look)
        left = np.float32((1 - settings.bleaching) ** time)
        light = (signal + background) * left
        frames[time] = _photographed(light, settings, rng)
    return frames


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


def fitted_look(
    video: LabelVideo, settings: MicroscopeSettings, rng: np.random.Generator
) -> Look:
    """Draw the textures, and fit where and how bright objects have to be drawn.

    Parameters
    ----------
    video : LabelVideo
    settings : MicroscopeSettings
    rng : Generator
    """
    size = 256
    grain = _smooth_noise((size, size), settings.texture_scale, rng)
    highest = max(int(video.labels.max(initial=0)), *video.tracks["label"], 0)
    origin = rng.uniform(0, size, (highest + 1, 2)).astype(np.float32)
    look = Look(settings.texture * grain, origin)
    labels = next((part for part in video.labels if part.any()), None)
    if labels is None:
        return look
    labels = labels[:512, :512] if labels[:512, :512].any() else labels
    level = np.ones(highest + 1, np.float32)
    low, high = -2.0, 4.0
    for _ in range(9):
        growth = (low + high) / 2
        look = Look(look.grain, origin, growth)
        signal = render_signal(labels, level, settings, look)
        if np.median(half_maximum_ratio(signal, labels)) < 1:
            low = growth
        else:
            high = growth
    return Look(look.grain, origin, growth, float(signal[labels > 0].mean()))


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
    texture = 1 + _grain_at(rows, columns, owner, labels, look)
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


def _grain_at(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    owner: LabelArray,
    labels: LabelArray,
    look: Look,
) -> Image:
    """Return the texture, which is fixed to the center of each object."""
    from scipy.ndimage import map_coordinates

    y, x = np.nonzero(labels)
    area = np.bincount(labels[y, x], minlength=len(look.origin))
    center = np.stack(
        [
            np.bincount(labels[y, x], place, minlength=len(area)) / np.maximum(area, 1)
            for place in (y, x)
        ],
        axis=1,
    )
    start = look.origin - center
    where = [rows + start[owner, 0], columns + start[owner, 1]]
    grain = map_coordinates(look.grain, where, order=1, mode="grid-wrap")
    return np.asarray(np.maximum(grain, -0.7), np.float32)


def _division_factor(
    tracks: TrackTable, time: int, brightness: float
) -> NDArray[np.float64]:
    """Return how many times brighter each track is for the nearness of a division."""
    mothers = np.isin(tracks["label"], tracks["parent"])
    exponent = np.zeros(len(tracks))
    for frames, left in enumerate(BRIGHT_MOTHER):
        exponent[mothers & (tracks["end"] - frames == time)] = left
    for frames, left in enumerate(BRIGHT_DAUGHTER):
        exponent[(tracks["parent"] > 0) & (tracks["begin"] + frames == time)] = left
    return np.asarray(brightness**exponent)


def _uneven(
    field: tuple[int, ...], unevenness: float, rng: np.random.Generator
) -> Image:
    return np.clip(1 + unevenness * _smooth_noise(field, min(field) / 6, rng), 0, None)


def _smooth_noise(
    shape: tuple[int, ...], sigma: float, rng: np.random.Generator
) -> Image:
    from scipy.ndimage import gaussian_filter

    noise = rng.standard_normal(shape, np.float32)
    noise = gaussian_filter(noise, sigma, mode="wrap")
    return np.asarray((noise - noise.mean()) / max(float(noise.std()), 1e-12))


def _photographed(
    light: Image, settings: MicroscopeSettings, rng: np.random.Generator
) -> NDArray[np.uint16]:
    counts = rng.poisson(light / settings.gain) * settings.gain
    counts = counts + rng.normal(settings.offset, settings.read_noise, light.shape)
    return np.clip(np.rint(counts), 0, np.iinfo(np.uint16).max).astype(np.uint16)
