"""The history of generated images that discriminators are trained on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor


class ImagePool:
    """Mixes fresh generated images with older ones.

    Shrivastava et al., Learning from simulated and unsupervised images through
    adversarial training, CVPR 2017; 50 images in CycleGAN.

    Parameters
    ----------
    size : int
        Images kept. 0 passes fresh images through.
    """

    def __init__(self, size: int = 50) -> None:
        self._size = size
        self._images: list[Tensor] = []

    def mix(self, images: Tensor, rngs: Sequence[np.random.Generator]) -> Tensor:
        """Exchange each image with probability one half for an older one.

        Parameters
        ----------
        images : Tensor, shape (N, 1, Y, X)
        rngs : sequence of Generator
            One for each image.
        """
        fresh = zip(images.detach(), rngs, strict=True)
        return torch.stack([self._mix_one(image, rng) for image, rng in fresh])

    def crop(self, side: int) -> None:
        """Cut the kept images to a smaller side."""
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
        """Put kept images back."""
        self._images = [image.to(device) for image in state]
