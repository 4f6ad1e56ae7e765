"""Videos with pixels and frames that are no measurement, made from one clean video."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video

Frames = NDArray[Any]

NUCLEI = NucleiSettings(
    frames=12,
    height=200,
    width=240,
    objects=24,
    radius_mean=9,
    radius_max=11,
    mitoses=0,
)


def clean() -> NDArray[np.uint16]:
    return render_video(simulate_video(NUCLEI, 1), MicroscopeSettings(), 1)


def disc(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the largest round field in a frame."""
    height, width = shape
    row, column = np.indices(shape)
    away = np.hypot(row - (height - 1) / 2, column - (width - 1) / 2)
    inside: NDArray[np.bool_] = away <= min(shape) / 2
    return inside


def in_light(frames: Frames, light: NDArray[np.floating]) -> Frames:
    """Record the frames in less light, by a camera with an offset and noise."""
    offset, noise = 100, 8
    dim = offset + (frames - float(offset)) * light
    dim += np.random.default_rng(5).normal(0, noise, frames.shape) * np.sqrt(
        np.maximum(1 - light, 0)
    )
    recorded: Frames = np.maximum(dim, 0).round().astype(frames.dtype)
    return recorded


def octagon(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the opening of a field stop with eight blades."""
    row, column = (
        np.abs((index - (side - 1) / 2) / side)
        for index, side in zip(np.indices(shape), shape, strict=True)
    )
    inside: NDArray[np.bool_] = (
        np.maximum(np.maximum(row, column), (row + column) / 1.4) <= 0.47
    )
    return inside


def padded(frames: Frames) -> Frames:
    return np.pad(frames, ((0, 0), (20, 10), (15, 25)))


def on_a_canvas(frames: Frames) -> Frames:
    return np.pad(frames, ((0, 0), (300, 100), (100, 250)))


def registered(frames: Frames) -> Frames:
    """Shift each frame; what the shift uncovers is 0."""
    count, height, width = frames.shape
    result = np.zeros((count, height + 24, width + 24), frames.dtype)
    for time, frame in enumerate(frames):
        top, left = 2 * (time % 12), (7 * time) % 24
        result[time, top : top + height, left : left + width] = frame
    return result


def round_field(frames: Frames) -> Frames:
    return np.where(disc((frames.shape[1], frames.shape[2])), frames, 0).astype(
        frames.dtype
    )


def round_white_field(frames: Frames) -> Frames:
    inside = disc((frames.shape[1], frames.shape[2]))
    return np.where(inside, frames, 65535).astype(frames.dtype)


def field_stop(frames: Frames) -> Frames:
    inside = octagon((frames.shape[1], frames.shape[2]))
    return in_light(frames, gaussian_filter(inside.astype(float), 1))


def zero_mean_padded(frames: Frames) -> Frames:
    return padded(frames.astype(np.float32) - float(np.median(frames)))


def scale_bar(frames: Frames) -> Frames:
    result = frames.copy()
    result[:, 180:188, 160:225] = 65535
    return result


def never_written(frames: Frames) -> Frames:
    return np.concatenate([frames, np.zeros_like(frames)])


def dark_frames(frames: Frames) -> Frames:
    """Record frames 3, 4 and 8 behind a closed shutter: the camera's noise alone."""
    result = frames.copy()
    rng = np.random.default_rng(2)
    result[[3, 4, 8]] = rng.normal(100, 2, (3, *frames.shape[1:])).round()
    return result


def half_written(frames: Frames) -> Frames:
    result = frames.copy()
    result[5, 70:] = 0
    return result


def defective_pixels(frames: Frames) -> Frames:
    result = frames.copy()
    rng = np.random.default_rng(3)
    rows, columns = rng.integers(200, size=40), rng.integers(240, size=40)
    result[:, rows, columns] = np.arange(40) % 2 * 5000
    return result


def defective_lines(frames: Frames) -> Frames:
    result = frames.copy()
    result[:, :, 70] = 0
    result[:, 33] = 65535
    return result


def cosmic_rays(frames: Frames) -> Frames:
    hit = np.random.default_rng(4).random(frames.shape) < 0.001
    return np.where(hit, 65535, frames).astype(frames.dtype)


def time_stamp(frames: Frames) -> Frames:
    result = frames.copy()
    for time, frame in enumerate(result):
        frame[4:16, 4:70] = 0
        frame[6:14, 6 + 4 * time : 12 + 4 * time] = 4095
    return result


UNMEASURED: dict[str, Callable[[Frames], Frames]] = {
    each.__name__.replace("_", " "): each
    for each in (
        padded,
        on_a_canvas,
        registered,
        round_field,
        round_white_field,
        field_stop,
        zero_mean_padded,
        scale_bar,
        never_written,
        dark_frames,
        half_written,
        defective_pixels,
        defective_lines,
        time_stamp,
        cosmic_rays,
    )
}

UNITS: dict[str, Callable[[Frames], Frames]] = {
    "1e-9": lambda frames: (1e-9 * frames).astype(np.float32),
    "0 to 1": lambda frames: (frames / 65535).astype(np.float32),
    "1e9": lambda frames: 1e9 * frames.astype(np.float64),
    "negative": lambda frames: frames.astype(np.float32) - 3000,
    "negative integers": lambda frames: frames.astype(np.int16) - np.int16(3000),
    "all of uint32": lambda frames: (frames / frames.max() * (2**32 - 1)).astype(
        np.uint32
    ),
    "large offset": lambda frames: frames.astype(np.float32) + np.float32(1e6),
}
"""The clean video in other units of intensity."""


def vignetted(frames: Frames) -> Frames:
    """Return the video in light that falls to a quarter in the corners."""
    row, column = np.indices(frames.shape[1:])
    away = np.hypot(row - 99.5, column - 119.5) / np.hypot(99.5, 119.5)
    result: Frames = (frames * (1 - 0.75 * away**2)).round().astype(frames.dtype)
    return result
