"""Synthetic crops beside the annotations that they were drawn from."""

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor

from napari_asist.synthesis.crops import CropSource
from napari_asist.synthesis.networks import Generator
from napari_asist.synthesis.settings import SynthesisSettings


class SyntheticPairs:
    """Draws crops by generator B.

    Parameters
    ----------
    generator_b : Generator
        On the device.
    blurred, plain : CropSource
        The same frames as B was trained on, and as A* is to draw them.
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
        # Generators of one state cut the same crop.
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
        """Cut crops of another side."""
        for source in (self._blurred, self._plain):
            source.side = side
