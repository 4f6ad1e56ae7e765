"""Sources of adversarial training data: random crops, pairs, and an image pool."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_asist.errors import AsistError
from napari_asist.synthesis.engines.networks import Generator
from napari_asist.synthesis.settings import SynthesisSettings

MOST_OF_A_GPU = 0.25
"""Fraction of a GPU's free memory that frames may use."""


def random_crop(frame: Tensor, side: int, rng: np.random.Generator) -> Tensor:
    """Crop a square at a random position, randomly flipped and rotated.

    Nothing is resized, because the networks must learn the objects' size.

    Parameters
    ----------
    frame : Tensor, shape (Y, X)
        On any device; the random numbers are the same on all devices.
    side : int
        In pixels; smaller frames are mirrored at their edges.
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
            raise AsistError("There are no frames to train on; add at least one video.")
        self._frames = [
            torch.from_numpy(np.ascontiguousarray(frame)) for frame in frames
        ]
        self.side = side

    def batch(self, rngs: Sequence[np.random.Generator]) -> Tensor:
        """Return one random crop per generator, shape (N, 1, side, side).

        They are on the frames' device.
        """
        crops = [
            random_crop(
                self._frames[int(rng.integers(len(self._frames)))], self.side, rng
            )
            for rng in rngs
        ]
        return torch.stack(crops)[:, None]

    def move(self, device: torch.device) -> None:
        """Move the frames to a device if they use little of its memory."""
        if device.type == "cuda":
            size = sum(frame.nbytes for frame in self._frames)
            if size > MOST_OF_A_GPU * torch.cuda.mem_get_info(device)[0]:
                return
        self._frames = [frame.to(device) for frame in self._frames]


def _mirrored(frame: Tensor, side: int) -> Tensor:
    """Mirror a frame at its far edges up to a side length."""
    for axis, extent in enumerate(frame.shape):
        short = max(0, side - extent)
        places = np.pad(np.arange(extent), (0, short), mode="symmetric")
        index = torch.from_numpy(places).to(frame.device)
        frame = frame.index_select(axis, index)
    return frame


class SyntheticPairs:
    """Draws pairs of crops with generator B.

    Parameters
    ----------
    generator_b : Generator
        On the device.
    blurred, plain : CropSource
        The same frames, drawn as B was trained on them and as A* should draw them.
    settings : SynthesisSettings
    device : torch.device
    """

    def __init__(
        self,
        generator_b: Generator,
        blurred: CropSource,
        plain: CropSource,
        settings: SynthesisSettings,
        device: torch.device,
    ) -> None:
        self._b, self._blurred, self._plain = generator_b, blurred, plain
        self._settings, self.device = settings, device
        self.move(device)

    @torch.no_grad()
    def batch(self, rngs: Sequence[np.random.Generator]) -> tuple[Tensor, Tensor]:
        """Return synthetic images and plain annotations, (N, 1, side, side).

        Parameters
        ----------
        rngs : sequence of Generator
            One for each crop.
        """
        # Random generators in the same state draw the same crop.
        plain = self._plain.batch(deepcopy(rngs)).to(self.device)
        y = self._blurred.batch(rngs).to(self.device)
        noise = np.stack([rng.standard_normal(y.shape[1:], np.float32) for rng in rngs])
        noise *= self._settings.noise
        drawn = self._b(y + torch.from_numpy(noise).to(self.device))
        return drawn.clamp(-1, 1), plain

    def move(self, device: torch.device) -> None:
        """Keep generator and frames on a device."""
        self.device = device
        if isinstance(self._b, torch.nn.Module):
            self._b.to(device)
        for source in (self._blurred, self._plain):
            source.move(device)

    def resize(self, side: int) -> None:
        """Change the side of the crops."""
        for source in (self._blurred, self._plain):
            source.side = side


class ImagePool:
    """Mixes new generated images with older ones.

    Shrivastava et al., Learning from simulated and unsupervised images through
    adversarial training, CVPR 2017; 50 images in CycleGAN.

    Parameters
    ----------
    size : int
        Number of images kept. 0 passes new images through.
    """

    def __init__(self, size: int = 50) -> None:
        self._size = size
        self._images: list[Tensor] = []

    def mix(self, images: Tensor, rngs: Sequence[np.random.Generator]) -> Tensor:
        """Exchange each image for an older one with probability one half.

        Parameters
        ----------
        images : Tensor, shape (N, 1, Y, X)
        rngs : sequence of Generator
            One for each image.
        """
        fresh = zip(images.detach(), rngs, strict=True)
        return torch.stack([self._mix_one(image, rng) for image, rng in fresh])

    def crop(self, side: int) -> None:
        """Crop the kept images to a smaller side."""
        self._images = [image[..., :side, :side] for image in self._images]

    def _mix_one(self, image: Tensor, rng: np.random.Generator) -> Tensor:
        if len(self._images) < self._size:
            self._images.append(image)
            return image
        if self._size == 0 or rng.random() < 0.5:
            return image
        place = int(rng.integers(self._size))
        old, self._images[place] = self._images[place], image
        return old

    def state(self) -> list[Any]:
        """Return the kept images."""
        return list(self._images)

    def restore(self, state: list[Any], device: torch.device) -> None:
        """Restore kept images."""
        self._images = [image.to(device) for image in state]
