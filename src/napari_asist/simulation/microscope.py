"""The virtual microscope: a label video becomes what a camera would have seen."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelVideo, TrackTable
from napari_asist.simulation.brightness import track_brightness
from napari_asist.simulation.look import fitted_look
from napari_asist.simulation.microscope_settings import MicroscopeSettings
from napari_asist.simulation.optics import render_signal
from napari_asist.simulation.texture import Image, smooth_noise

__all__ = ["MicroscopeSettings", "render_video"]

BRIGHT_MOTHER = (1.0, 0.5)
BRIGHT_DAUGHTER = (1.0, 0.5, 0.25)
"""How much of the brightness of a division is left (as an exponent) going away from
it, frame by frame."""


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
    return np.clip(1 + unevenness * smooth_noise(field, min(field) / 6, rng), 0, None)


def _photographed(
    light: Image, settings: MicroscopeSettings, rng: np.random.Generator
) -> NDArray[np.uint16]:
    counts = rng.poisson(light / settings.gain) * settings.gain
    counts = counts + rng.normal(settings.offset, settings.read_noise, light.shape)
    return np.clip(np.rint(counts), 0, np.iinfo(np.uint16).max).astype(np.uint16)
