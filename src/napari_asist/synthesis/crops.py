"""Random crops for training."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_asist.errors import AsistError


def random_crop(
    frame: NDArray[np.float32], side: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Cut a square at a random place, mirrored and turned at random.

    Nothing is resized: the objects' size is what the networks are to learn.

    Parameters
    ----------
    frame : ndarray of float32, shape (Y, X)
    side : int
        In pixels; frames that are smaller are mirrored at their edges.
    rng : Generator

    Returns
    -------
    ndarray of float32, shape (side, side)
    """
    short = [(0, max(0, side - extent)) for extent in frame.shape]
    if any(after for _, after in short):
        frame = np.pad(frame, short, mode="symmetric")
    y, x = (int(rng.integers(extent - side + 1)) for extent in frame.shape)
    crop = frame[y : y + side, x : x + side]
    crop = np.rot90(crop, int(rng.integers(4)))
    return crop[:, ::-1] if rng.random() < 0.5 else crop


class CropSource:
    """Draws batches of crops from frames that stay in memory.

    Parameters
    ----------
    frames : sequence of ndarray of float32, shape (Y, X)
    side : int
        Side of the crops in pixels.
    """

    def __init__(self, frames: Sequence[NDArray[np.float32]], side: int) -> None:
        if not len(frames):
            raise AsistError("There is no frame to train on; give at least one video.")
        self._frames = frames
        self._side = side

    def batch(self, count: int, rng: np.random.Generator) -> Tensor:
        """Return ``count`` crops of random frames, shape (count, 1, side, side)."""
        crops = [
            random_crop(
                self._frames[int(rng.integers(len(self._frames)))], self._side, rng
            )
            for _ in range(count)
        ]
        return torch.from_numpy(np.stack(crops)[:, None])
