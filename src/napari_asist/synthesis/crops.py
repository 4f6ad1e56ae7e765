"""Random crops for training."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_asist.errors import AsistError

MOST_OF_A_GPU = 0.25
"""Part of a GPU's free memory that frames may take."""


def random_crop(frame: Tensor, side: int, rng: np.random.Generator) -> Tensor:
    """Cut a square at a random place, mirrored and turned at random.

    Nothing is resized: the objects' size is what the networks are to learn.

    Parameters
    ----------
    frame : Tensor, shape (Y, X)
        On any device; the random numbers are the same on all.
    side : int
        In pixels; frames that are smaller are mirrored at their edges.
    rng : Generator

    Returns
    -------
    Tensor, shape (side, side)
    """
    if min(frame.shape) < side:
        frame = _mirrored(frame, side)
    y, x = (int(rng.integers(extent - side + 1)) for extent in frame.shape)
    crop = frame[y : y + side, x : x + side]
    crop = torch.rot90(crop, int(rng.integers(4)))
    return crop.flip(1) if rng.random() < 0.5 else crop


class CropSource:
    """Draws batches of crops from frames that stay in memory.

    Parameters
    ----------
    frames : sequence of ndarray of float32, shape (Y, X)
    side : int
        Side of the crops in pixels; may be changed.
    """

    def __init__(self, frames: Sequence[NDArray[np.float32]], side: int) -> None:
        if not len(frames):
            raise AsistError("There is no frame to train on; give at least one video.")
        self._frames = [
            torch.from_numpy(np.ascontiguousarray(frame)) for frame in frames
        ]
        self.side = side

    def batch(self, rngs: Sequence[np.random.Generator]) -> Tensor:
        """Return a crop of a random frame by each generator, shape (N, 1, side, side).

        They lie on the frames' device.
        """
        crops = [
            random_crop(
                self._frames[int(rng.integers(len(self._frames)))], self.side, rng
            )
            for rng in rngs
        ]
        return torch.stack(crops)[:, None]

    def move(self, device: torch.device) -> None:
        """Keep the frames on a device, where they take up little of its memory."""
        if device.type == "cuda":
            size = sum(frame.nbytes for frame in self._frames)
            if size > MOST_OF_A_GPU * torch.cuda.mem_get_info(device)[0]:
                return
        self._frames = [frame.to(device) for frame in self._frames]


def _mirrored(frame: Tensor, side: int) -> Tensor:
    """Mirror a frame at its far edges up to a side."""
    for axis, extent in enumerate(frame.shape):
        short = max(0, side - extent)
        places = np.pad(np.arange(extent), (0, short), mode="symmetric")
        index = torch.from_numpy(places).to(frame.device)
        frame = frame.index_select(axis, index)
    return frame
