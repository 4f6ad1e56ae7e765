"""Variation of training clips in space and intensity (Payer et al. 2019)."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate

from napari_asist.embedding.settings import AugmentationSettings

ELASTIC_GRID = (4, 6, 6)
"""Nodes of the elastic grid over time, rows and columns."""


def warp_grid(
    n_frames: int, side: int, settings: AugmentationSettings, rng: np.random.Generator
) -> Tensor:
    """Return the source position of each pixel of an augmented clip.

    Flips, a rotation, changes of size, and an elastic deformation that drifts over
    time.

    Parameters
    ----------
    n_frames, side : int
        Size of the augmented clip.
    settings : AugmentationSettings
    rng : Generator

    Returns
    -------
    Tensor, shape (T, Y, X, 2)
        Offsets x, y in pixels from the clip's center.
    """
    axis = torch.arange(side, dtype=torch.float32) - (side - 1) / 2
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    points = torch.stack([x, y], dim=-1).expand(n_frames, side, side, 2)
    if settings.elastic:
        points = points + _elastic(n_frames, side, settings.elastic, rng)
    angle = math.radians(rng.uniform(-settings.rotation, settings.rotation))
    turn = torch.tensor(
        [
            [math.cos(angle), -math.sin(angle)],
            [math.sin(angle), math.cos(angle)],
        ]
    )
    overall = rng.uniform(1 - settings.scale, 1 + settings.scale)
    each = rng.uniform(1 - settings.scale, 1 + settings.scale, 2)
    flips = rng.choice([-1.0, 1.0], 2)
    sizes = torch.tensor(flips / (overall * each), dtype=torch.float32)
    return (points * sizes) @ turn.T


def _elastic(
    n_frames: int, side: int, largest: float, rng: np.random.Generator
) -> Tensor:
    nodes = rng.uniform(-largest, largest, (1, 2, *ELASTIC_GRID))
    # Cubic in space, so that borders stay smooth; linear in time.
    field = torch.from_numpy(nodes.astype(np.float32))
    frames = interpolate(
        field, size=(n_frames, *ELASTIC_GRID[1:]), mode="trilinear", align_corners=True
    )[0].transpose(0, 1)
    smooth = interpolate(frames, size=(side, side), mode="bicubic", align_corners=True)
    return smooth.permute(0, 2, 3, 1)


def warp(
    images: NDArray[np.float32],
    labels: NDArray[np.integer],
    center: tuple[float, float],
    grid: Tensor,
) -> tuple[Tensor, Tensor]:
    """Cut an augmented clip out of a video.

    Parameters
    ----------
    images : ndarray of float32, shape (T, Y, X)
    labels : ndarray of int, shape (T, Y, X)
    center : tuple of float
        Row and column of the clip's center in the video.
    grid : Tensor, shape (T, side, side, 2)
        From `warp_grid`.

    Returns
    -------
    images, labels : Tensor
        Float32 and int64, shape (T, side, side). Outside the video is background, with
        intensity -1.
    """
    height, width = images.shape[1:]
    places = grid + torch.tensor([center[1], center[0]], dtype=torch.float32)
    relative = (places + 0.5) * torch.tensor([2 / width, 2 / height]) - 1
    # Outside the video, the grid sampler returns zeros: the darkest intensity, and no
    # object.
    brightness = torch.from_numpy(images + 1)[:, None]
    names = torch.from_numpy(labels.astype(np.float32))[:, None]
    warped = grid_sample(brightness, relative, "bilinear", align_corners=False) - 1
    chosen = grid_sample(names, relative, "nearest", align_corners=False)
    return warped[:, 0], chosen[:, 0].round().long()


def vary_intensity(
    images: Tensor, settings: AugmentationSettings, rng: np.random.Generator
) -> Tensor:
    """Change the gamma, contrast and level of a clip and, slightly, of each frame.

    Parameters
    ----------
    images : Tensor, shape (T, Y, X)
        Intensities from -1 to 1, a few above.

    Returns
    -------
    Tensor, shape (T, Y, X)
        May exceed the range.
    """
    gamma = rng.uniform(1 - settings.gamma, 1 + settings.gamma)
    varied = ((images.clamp(min=-1) + 1) / 2) ** gamma * 2 - 1
    n_frames = len(images)
    scale = rng.uniform(1 - settings.clip_scale, 1 + settings.clip_scale) * rng.uniform(
        1 - settings.frame_scale, 1 + settings.frame_scale, n_frames
    )
    shift = rng.uniform(-settings.clip_shift, settings.clip_shift) + rng.uniform(
        -settings.frame_shift, settings.frame_shift, n_frames
    )
    varied = varied * _per_frame(scale) + _per_frame(shift)
    if settings.noise:
        deviation = rng.uniform(0, settings.noise)
        noise = rng.standard_normal(images.shape, np.float32)
        varied = varied + deviation * torch.from_numpy(noise)
    return varied


def _per_frame(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))[:, None, None]
