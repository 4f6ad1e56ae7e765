"""CycleGAN's training step.

Zhu et al., ICCV 2017, with the paper's names: generator A turns images into
annotations, generator B annotations into images.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from napari_asist.synthesis.adversarial import (
    adam_of,
    build_generator,
    discriminator_loss,
    least_squares,
    set_learning_rate,
    strip,
)
from napari_asist.synthesis.crops import CropSource
from napari_asist.synthesis.encode import mask_level
from napari_asist.synthesis.foreground import foreground_loss
from napari_asist.synthesis.networks import PatchDiscriminator
from napari_asist.synthesis.pool import ImagePool
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.checkpoint import optimizer_state, restore_optimizer

NETWORKS = (
    "generator_a",
    "generator_b",
    "discriminator_images",
    "discriminator_annotations",
)


class CycleGAN:
    """Two generators, two discriminators, and how they learn.

    Parameters
    ----------
    images, annotations : CropSource
        Unpaired crops of microscope frames and of annotation frames.
    settings : SynthesisSettings
    steps : int
        Length of the schedule.
    seed : int
    device : torch.device
    """

    def __init__(
        self,
        images: CropSource,
        annotations: CropSource,
        settings: SynthesisSettings,
        steps: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self._images, self._annotations = images, annotations
        self._settings, self._steps = settings, steps
        self._seed, self._device = seed, device
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.networks = nn.ModuleDict(
                {
                    "generator_a": build_generator(settings),
                    "generator_b": build_generator(settings),
                    "discriminator_images": PatchDiscriminator(
                        settings.discriminator_filters
                    ),
                    "discriminator_annotations": PatchDiscriminator(
                        settings.discriminator_filters
                    ),
                }
            ).to(device)
        self.networks.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._a, self._b, self._discriminator_x, self._discriminator_y = (
            self.networks[name] for name in NETWORKS
        )
        self._adam_generators = adam_of(settings, self._a, self._b)
        self._adam_discriminators = adam_of(
            settings, self._discriminator_x, self._discriminator_y
        )
        self._pool_x, self._pool_y = (ImagePool(settings.pool) for _ in range(2))

    def step(self, number: int) -> Mapping[str, float]:
        """Train the generators, then the discriminators, on one batch.

        Parameters
        ----------
        number : int
            Number of the step; decides the crops and the learning rate.

        Returns
        -------
        dict of str to float
            The losses.
        """
        rng = np.random.default_rng((self._seed, number))
        for adam in (self._adam_generators, self._adam_discriminators):
            set_learning_rate(adam, number, self._steps, self._settings)
        x = self._images.batch(self._settings.batch, rng).to(self._device)
        y = self._annotations.batch(self._settings.batch, rng).to(self._device)
        noise = rng.standard_normal(y.shape, np.float32) * self._settings.noise
        noisy = y + torch.from_numpy(noise).to(self._device)
        fake_x, fake_y, losses = self._train_generators(x, y, noisy)
        fake_x = self._pool_x.mix(fake_x, rng)
        fake_y = self._pool_y.mix(fake_y, rng)
        losses |= self._train_discriminators(x, fake_x, y, fake_y)
        return {name: loss.item() for name, loss in losses.items()}

    def _train_generators(
        self, x: Tensor, y: Tensor, noisy: Tensor
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        self._discriminator_x.requires_grad_(False)
        self._discriminator_y.requires_grad_(False)
        fake_x, fake_y = self._b(noisy), self._a(x)
        losses = {
            "adversarial_a": least_squares(self._discriminator_y(fake_y), 1.0),
            "adversarial_b": least_squares(self._discriminator_x(fake_x), 1.0),
            "cycle_images": l1_loss(self._b(fake_y), x),
            "cycle_annotations": l1_loss(found_y := self._a(fake_x), y),
        }
        weight = self._settings.cycle_weight
        total = losses["adversarial_a"] + losses["adversarial_b"]
        total = total + weight * (losses["cycle_images"] + losses["cycle_annotations"])
        if self._settings.identity_weight:
            losses["identity"] = l1_loss(self._a(y), y)
            total = total + weight * self._settings.identity_weight * losses["identity"]
        if self._settings.consistency_weight:
            losses["consistency"] = foreground_loss(
                found_y, y, mask_level(self._settings.encoding)
            )
            total = total + self._settings.consistency_weight * losses["consistency"]
        self._adam_generators.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        self._adam_generators.step()
        return fake_x, fake_y, losses

    def _train_discriminators(
        self, x: Tensor, fake_x: Tensor, y: Tensor, fake_y: Tensor
    ) -> dict[str, Tensor]:
        self._discriminator_x.requires_grad_(True)
        self._discriminator_y.requires_grad_(True)
        losses = {
            "discriminator_images": discriminator_loss(
                self._discriminator_x, x, fake_x
            ),
            "discriminator_annotations": discriminator_loss(
                self._discriminator_y, y, fake_y
            ),
        }
        self._adam_discriminators.zero_grad()
        sum(losses.values(), torch.zeros((), device=x.device)).backward()  # type: ignore[no-untyped-call]
        self._adam_discriminators.step()
        return losses

    def state(self) -> dict[str, Any]:
        """Return weights, optimisers and pools."""
        return {
            "networks": self.networks.state_dict(),
            "adam_generators": optimizer_state(self._adam_generators),
            "adam_discriminators": optimizer_state(self._adam_discriminators),
            "pool_images": self._pool_x.state(),
            "pool_annotations": self._pool_y.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self.networks.load_state_dict(state["networks"])
        restore_optimizer(self._adam_generators, state["adam_generators"])
        restore_optimizer(self._adam_discriminators, state["adam_discriminators"])
        self._pool_x.restore(state["pool_images"], self._device)
        self._pool_y.restore(state["pool_annotations"], self._device)

    @torch.no_grad()
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return two strips: image, annotation, cycled image; and the other way."""
        rng = np.random.default_rng(self._seed)
        x = self._images.batch(2, rng).to(self._device)
        y = self._annotations.batch(2, rng).to(self._device)
        fake_x, fake_y = self._b(y), self._a(x)
        return {
            "images": strip(x, fake_y, self._b(fake_y)),
            "annotations": strip(y, fake_x, self._a(fake_x)),
        }
