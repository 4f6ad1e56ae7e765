"""Shared by trainings on unpaired images and annotations."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from napari_asist.synthesis.engines.adversarial import (
    SMALLEST,
    adam_of,
    learning_rate,
    multiple,
)
from napari_asist.synthesis.engines.training_data import CropSource
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.memory import Sizes
from napari_asist.training.network_training import NetworkTraining


class UnpairedTraining(NetworkTraining):
    """A training that draws crops of frames, and crops of annotations.

    Parameters
    ----------
    networks : ModuleDict
    learners : mapping of str to sequence of Module
        Networks that share an optimizer, by its name.
    images, annotations : CropSource
    settings : SynthesisSettings
    steps : int
        Length of the schedule.
    seed : int
    device : torch.device
    """

    def __init__(
        self,
        networks: nn.ModuleDict,
        learners: Mapping[str, Sequence[nn.Module]],
        images: CropSource,
        annotations: CropSource,
        settings: SynthesisSettings,
        steps: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self._images, self._annotations = images, annotations
        self._settings, self._steps, self._seed = settings, steps, seed
        networks.to(device)
        if device.type == "cuda":
            # 16 bits are faster there, but slightly slower on CPUs.
            networks.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        super().__init__(
            networks,
            {
                name: adam_of(settings, device, *modules)
                for name, modules in learners.items()
            },
            settings,
            device,
            Sizes(settings.batch, settings.patch),
            multiple(settings),
            SMALLEST,
        )

    @abstractmethod
    def part_gradients(
        self,
        x: Tensor,
        y: Tensor,
        noisy: Tensor,
        rngs: Sequence[np.random.Generator],
        weight: float,
    ) -> Mapping[str, Tensor]:
        """Add the gradients of a part of the batch and return its losses.

        Parameters
        ----------
        x, y, noisy : Tensor, shape (N, 1, side, side)
            Images, annotations, and annotations with the noise for generator B.
        rngs : sequence of Generator
            One for each example.
        weight : float
            The part's fraction of the batch.
        """

    def gradients(self, number: int) -> Mapping[str, Tensor]:
        """Add the gradients of one batch, in parts as large as memory allows."""
        batch = self._settings.batch
        rngs = self.rngs(self._seed, number, batch)
        x = self._images.batch(rngs).to(self.device)
        y = self._annotations.batch(rngs).to(self.device)
        drawn = np.stack([rng.standard_normal(y.shape[1:], np.float32) for rng in rngs])
        noisy = y + torch.from_numpy(drawn * self._settings.noise).to(self.device)
        losses: dict[str, Tensor] = {}
        for first in range(0, batch, self.sizes.at_once):
            part = slice(first, first + self.sizes.at_once)
            weight = len(x[part]) / batch
            new = self.part_gradients(x[part], y[part], noisy[part], rngs[part], weight)
            for name, loss in new.items():
                losses[name] = losses.get(name, 0.0) + loss.detach() * weight
        return losses

    def examples(self, count: int) -> tuple[Tensor, Tensor]:
        """Return images and annotations to display, the same ones each time."""
        rngs = [np.random.default_rng(self._seed)] * count
        x = self._images.batch(rngs).to(self.device)
        return x, self._annotations.batch(rngs).to(self.device)

    def learning_rate(self, number: int) -> float:
        """Return the learning rate: constant, then falling linearly to zero."""
        return learning_rate(number, self._steps, self._settings)

    def resized(self) -> None:
        """Draw crops with the new size."""
        for source in (self._images, self._annotations):
            source.side = self.sizes.patch

    def moved(self) -> None:
        """Keep the frames on the device too."""
        for source in (self._images, self._annotations):
            source.move(self.device)
