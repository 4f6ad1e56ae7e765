"""Training examples: crops of scenes, rotated, flipped and varied in brightness."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.depth.network import FACTOR, OFFSET_UNIT
from napari_asist.depth.scenes import Scene
from napari_asist.depth.settings import DepthSettings
from napari_asist.errors import AsistError

CONTRAST, LEVEL = 0.08, 0.06
"""Largest changes of an example's contrast and level, on the scale from -1 to 1."""

REPEATED = 0.06
"""Fraction of the examples in which a neighboring frame equals the middle one, as at
the first and last frame of a video, or if a camera has paused."""


@dataclass(frozen=True, eq=False)
class Example:
    """Input of the network and its target output.

    Parameters
    ----------
    clip : ndarray of float32, shape (frames, Y, X)
    foreground : ndarray of float32, shape (1, Y, X)
        0 or 1.
    depth : ndarray of float32, shape (1, Y / 2, X / 2)
    offset : ndarray of float32, shape (2, Y / 2, X / 2)
        Vector to the object's center in the previous frame, in units of `OFFSET_UNIT`;
        nan if there is none.
    """

    clip: NDArray[np.float32]
    foreground: NDArray[np.float32]
    depth: NDArray[np.float32]
    offset: NDArray[np.float32]


def draw_example(
    scenes: Sequence[Scene],
    side: int,
    settings: DepthSettings,
    rng: np.random.Generator,
) -> Example:
    """Draw one example: at a division, or the more crowded of two crops.

    Parameters
    ----------
    scenes : sequence of Scene
    side : int
        Side of the crop, in px.
    settings : DepthSettings
    rng : Generator

    Raises
    ------
    AsistError
        If the scene is smaller than the crop.
    """
    scene = scenes[int(rng.integers(len(scenes)))]
    height, width = scene.images.shape[1:]
    if min(height, width) < side:
        raise AsistError(
            f"The training videos have frames of {height} × {width} px, and examples "
            f"are cropped from them; lower depth.patch = {side}, or raise height and "
            "width of the simulation."
        )
    if len(scene.divisions) and rng.random() < settings.at_divisions:
        time, corner = _at_division(scene, side, rng)
    else:
        places = [_anywhere(scene, side, rng) for _ in range(2)]
        time, corner = max(places, key=lambda place: _covered(scene, place, side))
    return _varied(_cut(scene, time, corner, side, settings.context, rng), rng)


def _anywhere(
    scene: Scene, side: int, rng: np.random.Generator
) -> tuple[int, tuple[int, int]]:
    n_frames, height, width = scene.images.shape
    time = int(rng.integers(n_frames))
    return time, _even(rng.uniform(0, (height - side, width - side)), scene, side)


def _at_division(
    scene: Scene, side: int, rng: np.random.Generator
) -> tuple[int, tuple[int, int]]:
    time, *place = scene.divisions[rng.integers(len(scene.divisions))].tolist()
    away = rng.uniform(-side / 3, side / 3, 2)
    # Half of them show the mother, half show the daughters.
    return time - int(rng.integers(2)), _even(place - away - side / 2, scene, side)


def _even(corner: NDArray[np.float64], scene: Scene, side: int) -> tuple[int, int]:
    """Return a crop's corner inside the frame on a pixel of the half resolution."""
    most = np.array(scene.images.shape[1:]) - side
    top, left = (np.clip(corner, 0, most) // FACTOR * FACTOR).astype(int).tolist()
    return top, left


def _covered(scene: Scene, place: tuple[int, tuple[int, int]], side: int) -> int:
    time, (top, left) = place
    part = scene.foreground[time, top : top + side, left : left + side]
    return int(np.count_nonzero(part))


def _cut(
    scene: Scene,
    time: int,
    corner: tuple[int, int],
    side: int,
    context: int,
    rng: np.random.Generator,
) -> Example:
    top, left = corner
    whole = np.s_[top : top + side, left : left + side]
    half = np.s_[
        top // FACTOR : (top + side) // FACTOR, left // FACTOR : (left + side) // FACTOR
    ]
    times = np.clip(
        np.arange(time - context, time + context + 1), 0, len(scene.images) - 1
    )
    if context and rng.random() < REPEATED:
        times[int(rng.choice([0, -1]))] = time
    clip = np.stack([scene.images[t][whole] for t in times]).astype(np.float32)
    labels = scene.labels[time][half]
    rows, columns = np.indices(labels.shape, np.float32)
    # Centers of blocks of FACTOR × FACTOR pixels.
    place = np.stack([rows, columns]) * FACTOR + (FACTOR - 1) / 2
    place += np.array([top, left], np.float32)[:, None, None]
    displacement = np.moveaxis(scene.before[time][labels], -1, 0) - place
    offset = np.where(labels > 0, displacement / OFFSET_UNIT, np.nan)
    return Example(
        clip,
        scene.foreground[time][whole][None].astype(np.float32),
        scene.depth[time][half][None].astype(np.float32),
        offset.astype(np.float32),
    )


def _varied(example: Example, rng: np.random.Generator) -> Example:
    """Apply one of the eight symmetries of the square, and change the brightness."""
    symmetry = int(rng.integers(8))

    def moved(array: NDArray[np.float32]) -> NDArray[np.float32]:
        if symmetry & 1:
            array = array[:, ::-1]
        if symmetry & 2:
            array = array[:, :, ::-1]
        if symmetry & 4:
            array = array.transpose(0, 2, 1)
        return np.ascontiguousarray(array)

    offset = example.offset.copy()
    offset[0] *= -1 if symmetry & 1 else 1
    offset[1] *= -1 if symmetry & 2 else 1
    if symmetry & 4:
        offset = offset[::-1]
    contrast = rng.uniform(1 - CONTRAST, 1 + CONTRAST)
    level = rng.uniform(-LEVEL, LEVEL)
    clip = (example.clip + 1) * np.float32(contrast) - 1 + np.float32(level)
    return Example(
        moved(clip), moved(example.foreground), moved(example.depth), moved(offset)
    )
