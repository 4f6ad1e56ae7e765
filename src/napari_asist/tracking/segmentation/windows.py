"""Embed a video in windows of time and space, and find the objects of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from napari_asist.embedding.embedder import Embed
from napari_asist.errors import AsistError
from napari_asist.events import each_unless_stopped
from napari_asist.scaling import IntensityScaling
from napari_asist.tracking.segmentation.instances import instances
from napari_asist.tracking.segmentation.tiles import (
    Span,
    Tile,
    merge_tiles,
    paint_tiles,
    spans,
)
from napari_asist.tracking.settings import TrackingSettings


@dataclass(frozen=True)
class Piece:
    """The objects of a few consecutive frames.

    Parameters
    ----------
    first : int
        The piece's first frame.
    labels : ndarray of int32, shape (k, Y, X)
        0 is background; an object has one label in all frames of the piece.
    embedding : ndarray of float32, shape (k, D, Y, X)
        Unit vectors; those of different tiles are not comparable.
    """

    first: int
    labels: NDArray[np.int32] = field(repr=False)
    embedding: NDArray[np.float32] = field(repr=False)


@dataclass(frozen=True)
class Window:
    """Frames that are embedded together, and the ones that are clustered."""

    embedded: Span
    kept: Span


def plan_windows(n_frames: int, settings: TrackingSettings) -> list[Window]:
    """Plan the windows of a video.

    Pieces of `kept` frames share one frame with the next. Each ends where its window
    ends, so that it is preceded by as many frames as a window allows; pieces in the
    first window share that window.
    """
    plan = []
    for first in range(0, max(n_frames - 1, 1), settings.kept - 1):
        last = min(first + settings.kept, n_frames)
        end = max(last, min(settings.window, n_frames))
        plan.append(Window((max(0, end - settings.window), end), (first, last)))
    return plan


def pieces(
    frames: NDArray[np.generic],
    embed: Embed,
    scaling: IntensityScaling,
    settings: TrackingSettings,
    seed: int = 0,
    device: torch.device | None = None,
) -> Iterator[Piece]:
    """Find the objects of a video, a few frames at a time.

    Parameters
    ----------
    frames : array, shape (T, Y, X)
        Raw intensities, numpy or dask; only one window of frames is kept in memory.
    embed : Embed
    scaling : IntensityScaling
    settings : TrackingSettings
    seed : int
    device : torch.device, optional
        Where pixels are clustered; the CPU by default.

    Yields
    ------
    Piece
        Consecutive pieces share one frame.

    Raises
    ------
    AsistError
        If `embed` does not return what `Embed` specifies.
    """
    rows = spans(frames.shape[1], settings.tile, settings.overlap)
    columns = spans(frames.shape[2], settings.tile, settings.overlap)
    tiles = [(row, column) for row in rows for column in columns]
    clip = _Clip(frames, scaling)
    embedded: Span | None = None
    embeddings: dict[Tile, NDArray[np.float32]] = {}
    for window in plan_windows(len(frames), settings):
        if window.embedded != embedded:
            embedded = window.embedded
            scaled = clip.read(embedded)
            embeddings = {
                tile: _embedding(embed, scaled[:, slice(*tile[0]), slice(*tile[1])])
                for tile in each_unless_stopped(tiles)
            }
        start, stop = (time - embedded[0] for time in window.kept)
        entropy = np.random.SeedSequence([seed, window.kept[0]])
        own_seed = int(entropy.generate_state(1)[0])
        kept = {tile: embeddings[tile][start:stop] for tile in tiles}
        labels = {
            tile: instances(kept[tile], settings, own_seed, device) for tile in tiles
        }
        yield Piece(
            window.kept[0],
            merge_tiles(labels, rows, columns),
            paint_tiles(kept, rows, columns),
        )


class _Clip:
    """Scaled frames, each read once although windows overlap."""

    def __init__(self, frames: NDArray[np.generic], scaling: IntensityScaling) -> None:
        self.frames = frames
        self.scaling = scaling
        self.held: dict[int, NDArray[np.float32]] = {}

    def read(self, span: Span) -> NDArray[np.float32]:
        """Return the frames of a span, shape (T, Y, X), and release all others."""
        self.held = {
            time: self.held[time]
            if time in self.held
            else self.scaling.apply(np.asarray(self.frames[time]))
            for time in range(*span)
        }
        return np.stack([self.held[time] for time in range(*span)])


def _embedding(embed: Embed, clip: NDArray[np.float32]) -> NDArray[np.float32]:
    result = embed(np.ascontiguousarray(clip))
    if result.ndim != 4 or result[:, 0].shape != clip.shape or result.shape[1] < 2:
        raise AsistError(
            f"The embedding of a clip of shape {clip.shape} has the shape "
            f"{result.shape}, not (T, D, Y, X); check the network."
        )
    return result
