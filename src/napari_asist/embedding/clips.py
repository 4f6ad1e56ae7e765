"""Draw new training clips for every step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.nn.functional import avg_pool2d

from napari_asist.embedding.augment import vary_intensity, warp, warp_grid
from napari_asist.embedding.neighbors import neighbor_table
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo

TRIES = 8


@dataclass(frozen=True, eq=False)
class Clip:
    """One training example.

    Parameters
    ----------
    images : Tensor of float32, shape (T, Y, X)
    labels : Tensor of int64, shape (T, Y, X)
        0, 1, …, K without gaps.
    neighbors : Tensor of bool, shape (K, K)
    """

    images: Tensor
    labels: Tensor
    neighbors: Tensor


class ClipSource:
    """Draws augmented clips from training videos.

    Parameters
    ----------
    videos : sequence of (ndarray of float32 (T, Y, X), LabelVideo)
        Frames from -1 to 1 and their labels.
    settings : EmbeddingSettings
        Its ``patch`` is the side of the clips until `side` is changed.
    """

    def __init__(
        self,
        videos: Sequence[tuple[NDArray[np.float32], LabelVideo]],
        settings: EmbeddingSettings,
    ) -> None:
        if not videos:
            raise AsistError(
                "There is no training video; run the stages synthesize and refine."
            )
        self._settings = settings
        self.side = settings.patch
        self._videos = [
            (blurred(images, settings.blur), video.labels.astype(np.int32))
            for images, video in videos
        ]

    def clip(self, rng: np.random.Generator) -> Clip:
        """Draw one clip, if possible with an object in it."""
        for _ in range(TRIES):
            images, labels = self._draw(rng)
            if (labels > 0).any():
                break
        images = vary_intensity(images, self._settings.augmentation, rng)
        names, numbers = np.unique(labels.numpy(), return_inverse=True)
        if names[0] != 0:  # an object fills the whole clip
            numbers = numbers + 1
        radius = self._settings.neighbor_radius / self._settings.downsampling
        table = neighbor_table(numbers.reshape(labels.shape), radius)
        compact = torch.from_numpy(numbers.reshape(labels.shape).astype(np.int64))
        return Clip(images, compact, torch.from_numpy(table))

    def _draw(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        settings = self._settings
        images, labels = self._videos[int(rng.integers(len(self._videos)))]
        n_frames = min(settings.frames, len(images))
        start = int(rng.integers(len(images) - n_frames + 1))
        times = np.arange(start, start + n_frames)
        if rng.random() < 0.5 and settings.augmentation.reverses_time:
            times = times[::-1]
        grid = warp_grid(n_frames, self.side, settings.augmentation, rng)
        center = _random_center(images.shape[1:], self.side, rng)
        warped, chosen = warp(images[times], labels[times], center, grid)
        return shrink(warped, chosen, settings.downsampling, rng)


def _random_center(
    shape: tuple[int, ...], side: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Draw a center for which a clip of this side is mostly inside the frame."""
    y, x = (
        rng.uniform(min(side, extent) / 2, extent - min(side, extent) / 2)
        for extent in shape
    )
    return float(y), float(x)


def blurred(images: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blur each frame, shape (T, Y, X), as the network expects."""
    if not sigma:
        return images
    return np.stack([gaussian_filter(frame, sigma) for frame in images])


def shrink(
    images: Tensor, labels: Tensor, factor: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Downsample a clip: mean intensities, and the label of one pixel in each block.

    The pixel's position in its block is random, so that borders are right on average.

    Parameters
    ----------
    images, labels : Tensor, shape (T, Y, X)
    factor : int
    rng : Generator
    """
    if factor == 1:
        return images, labels
    down, right = (int(offset) for offset in rng.integers(factor, size=2))
    return (
        avg_pool2d(images[:, None], factor)[:, 0],
        labels[:, down::factor, right::factor],
    )
