"""The virtual microscope: render a label video as a camera would have recorded it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image, blurred, smooth_noise
from napari_asist.estimation.borders import Outlines, outlines_of
from napari_asist.labels import LabelArray, LabelVideo
from napari_asist.microscope.brightness import track_brightness
from napari_asist.microscope.calibrated_optics import fitted_look
from napari_asist.microscope.camera import photographed
from napari_asist.microscope.debris import debris_light
from napari_asist.microscope.optics import DRAWN_REACH, render_light, render_signal
from napari_asist.microscope.out_of_focus import out_of_focus_light
from napari_asist.microscope.phase_contrast import phase_contrast
from napari_asist.microscope.processes import Processes
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.simulation.cell_cycle import condensation, cycle_brightness

__all__ = [
    "Exposure",
    "MicroscopeSettings",
    "exposures",
    "render_video",
    "rendered_frames",
]


NOISE = 2**16
"""First part of the spawn keys of the frames' noise; other streams have lower ones."""


class Exposure(NamedTuple):
    """A frame, and the light of its objects only.

    Parameters
    ----------
    counts : ndarray of float32, shape (Y, X)
        Counts of the camera; neither rounded nor clipped to its range.
    signal : ndarray of float32, shape (Y, X)
        The part from the objects, without noise, in counts.
    even : ndarray of float32, shape (Y, X)
        The light in which outlines are drawn, near the objects (see
        `napari_asist.microscope.optics.Light`); the signal itself if this light was not
        requested.
    outlines : Outlines
        Those of the labels, up to the requested reach.
    """

    counts: Image
    signal: Image
    even: Image
    outlines: Outlines


def render_video(
    video: LabelVideo, settings: MicroscopeSettings, seed: int
) -> NDArray[np.uint16]:
    """Render a label video as a camera would have recorded it.

    Objects keep their brightness (except for bleaching and the cell cycle) and their
    texture, which moves with them. The visible border, at half an object's own maximum,
    is on the label's border.

    Parameters
    ----------
    video : LabelVideo
    settings : MicroscopeSettings
    seed : int

    Returns
    -------
    ndarray of uint16, shape (T, Y, X)
    """
    frames = np.empty(video.labels.shape, np.uint16)
    highest = np.iinfo(np.uint16).max
    for time, counts in enumerate(rendered_frames(video, settings, seed)):
        frames[time] = np.clip(np.rint(counts), 0, highest)
    return frames


def rendered_frames(
    video: LabelVideo, settings: MicroscopeSettings, seed: int, first: int = 0
) -> Iterator[Image]:
    """Yield the frames of `render_video` one by one, in counts that are not rounded.

    Parameters
    ----------
    video : LabelVideo
    settings : MicroscopeSettings
    seed : int
    first : int
        The frame to begin with. It looks the same as if the frames before it had been
        drawn.

    Yields
    ------
    ndarray of float32, shape (Y, X)
    """
    for exposure in exposures(video, settings, seed, first):
        yield exposure.counts


def exposures(
    video: LabelVideo,
    settings: MicroscopeSettings,
    seed: int,
    first: int = 0,
    reach: int | None = None,
) -> Iterator[Exposure]:
    """Yield the frames of `rendered_frames`, each with the light of its objects.

    Parameters
    ----------
    video, settings, seed, first
        As for `rendered_frames`.
    reach : int, optional
        Distance from the labels in pixels within which outlines will be drawn.

    Yields
    ------
    Exposure
    """
    rng = np.random.default_rng(seed)
    tracks = video.tracks
    brightness = track_brightness(tracks, settings.brightness, rng)
    # With separate random streams, debris and clouds do not affect anything else; the
    # streams of the look follow them.
    debris_rng, cloud_rng, blurred_rng = rng.spawn(3)
    look = fitted_look(video, settings, rng)
    background = settings.background * _uneven(
        video.labels.shape[1:], settings.unevenness, rng
    )
    # Spawned separately, so that the earlier streams stay the same.
    (process_rng,) = rng.spawn(1)
    processes = Processes(len(look.origin) - 1, settings.processes, process_rng)
    specks = debris_light(video, settings.debris, settings.psf_sigma, debris_rng)
    faint = out_of_focus_light(video, settings.out_of_focus, blurred_rng)
    if settings.clouds:
        drawn = smooth_noise(background.shape, settings.cloud_sigma, cloud_rng)
        background = np.clip(background + settings.clouds * drawn, 0, None)
    stray = (debris + wide for debris, wide in zip(specks, faint, strict=True))
    for time, (labels, beside) in enumerate(zip(video.labels, stray, strict=True)):
        if time < first:
            continue
        level = np.zeros(len(look.origin), np.float32)
        condensed = np.zeros(len(look.origin), np.float32)
        level[tracks["label"]] = brightness * cycle_brightness(
            tracks, time, settings.cell_cycle
        )
        condensed[tracks["label"]] = condensation(tracks, time, settings.cell_cycle)
        outlines = outlines_of(labels, max(DRAWN_REACH, reach or 0))
        objects = (outlines, level, settings, look, condensed, look.shattered(time))
        left = np.float32((1 - settings.bleaching) ** time)
        if reach is None:
            signal = even = left * render_signal(*objects)
        else:
            signal, even = (left * part for part in render_light(*objects))
        if settings.phase.shadow and reach is not None:
            # A shadow hides one side of an object from people.
            shadow = settings.phase.changed(strength=0, glow=0)
            even = phase_contrast(even, labels > 0, shadow)
        own = signal
        if settings.processes.chance:
            thin = blurred(processes.light(labels, level), settings.psf_sigma)
            own = np.maximum(signal, left * thin)
        light = light_of(own, left * (beside + background), labels, settings)
        counts = saturated(
            photographed(light, settings, frame_noise(seed, time)), settings
        )
        shown, even = (_shown(part, background, settings) for part in (signal, even))
        yield Exposure(counts, shown, even, outlines)


def frame_noise(seed: int, time: int) -> np.random.Generator:
    """Return the random stream of a frame's noise, which is separate for each frame."""
    own = np.random.SeedSequence(seed, spawn_key=(NOISE, time))
    return np.random.default_rng(own)


def light_of(
    own: Image,
    beside: Image | np.float32,
    labels: LabelArray,
    settings: MicroscopeSettings,
) -> Image:
    """Return the light that reaches the camera.

    Parameters
    ----------
    own : ndarray of float32, shape (Y, X)
        Light of objects.
    beside : ndarray of float32, shape (Y, X), or float
        Light of everything else.
    labels : ndarray of unsigned int, shape (Y, X)
        Where objects are.
    settings : MicroscopeSettings

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    phase = settings.phase
    if phase.is_on:
        own = phase_contrast(own, labels > 0, phase)
    light = beside - own if phase.objects == "dark" else own + beside
    return np.asarray(np.maximum(light, 0), np.float32)


def saturated(counts: Image, settings: MicroscopeSettings) -> Image:
    """Clip counts where the camera saturates."""
    if settings.saturation is None:
        return counts
    return np.minimum(counts, np.float32(settings.saturation))


def _shown(signal: Image, ground: Image, settings: MicroscopeSettings) -> Image:
    """Return the fraction of the objects' light that a frame can show."""
    if settings.phase.objects == "dark":
        return np.minimum(signal, ground)
    if settings.saturation is None:
        return signal
    most = settings.saturation - settings.offset - ground
    return np.asarray(np.minimum(signal, np.maximum(most, 0)), np.float32)


def _uneven(
    field: tuple[int, ...], unevenness: float, rng: np.random.Generator
) -> Image:
    return np.clip(1 + unevenness * smooth_noise(field, min(field) / 6, rng), 0, None)
