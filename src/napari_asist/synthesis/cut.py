"""Contrastive translation: one generator, from annotations to images.

Park et al., Contrastive learning for unpaired image-to-image translation, ECCV 2020,
with the paper's name for the generator: B turns annotations into images.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_asist.synthesis.adversarial import (
    adam_of,
    build_generator,
    discriminator_loss,
    least_squares,
    set_learning_rate,
    strip,
)
from napari_asist.synthesis.contrast import (
    PatchHeads,
    contrastive_loss,
    random_places,
)
from napari_asist.synthesis.crops import CropSource
from napari_asist.synthesis.networks import PatchDiscriminator
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.checkpoint import optimizer_state, restore_optimizer


class ContrastiveTranslation:
    """A generator, a discriminator, the heads of the contrast, and how they learn.

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
            generator = build_generator(settings)
            empty = torch.zeros(1, 1, settings.patch, settings.patch)
            with torch.no_grad():
                channels = [depth.shape[1] for depth in generator.features(empty)]
            self.networks = nn.ModuleDict(
                {
                    "generator_b": generator,
                    "discriminator_images": PatchDiscriminator(
                        settings.discriminator_filters
                    ),
                    "heads": PatchHeads(channels, settings.contrast_features),
                }
            ).to(device)
        self._b = generator
        self._discriminator = self.networks["discriminator_images"]
        self._heads = self.networks["heads"]
        self._adam_generator = adam_of(settings, self._b, self._heads)
        self._adam_discriminator = adam_of(settings, self._discriminator)

    def step(self, number: int) -> Mapping[str, float]:
        """Train the discriminator, then generator and heads, on one batch.

        Parameters
        ----------
        number : int
            Number of the step; decides crops, places and the learning rate.

        Returns
        -------
        dict of str to float
            The losses.
        """
        rng = np.random.default_rng((self._seed, number))
        for adam in (self._adam_generator, self._adam_discriminator):
            set_learning_rate(adam, number, self._steps, self._settings)
        x = self._images.batch(self._settings.batch, rng).to(self._device)
        y = self._annotations.batch(self._settings.batch, rng).to(self._device)
        noise = rng.standard_normal(y.shape, np.float32) * self._settings.noise
        noisy = y + torch.from_numpy(noise).to(self._device)
        places = torch.Generator().manual_seed(int(rng.integers(2**63)))
        fake, same = self._b(torch.cat([noisy, x])).split(len(y))
        losses = {"discriminator_images": self._train_discriminator(x, fake)}
        losses |= self._train_generator(x, y, fake, same, places)
        return {name: loss.item() for name, loss in losses.items()}

    def _train_discriminator(self, x: Tensor, fake: Tensor) -> Tensor:
        self._discriminator.requires_grad_(True)
        loss = discriminator_loss(self._discriminator, x, fake.detach())
        self._adam_discriminator.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._adam_discriminator.step()
        return loss

    def _train_generator(
        self, x: Tensor, y: Tensor, fake: Tensor, same: Tensor, places: torch.Generator
    ) -> dict[str, Tensor]:
        self._discriminator.requires_grad_(False)
        losses = {
            "adversarial_b": least_squares(self._discriminator(fake), 1.0),
            "contrast": self._contrast(y, fake, places),
            # An image is a translation of itself, or B would change what is right.
            "contrast_identity": self._contrast(x, same, places),
        }
        contrast = (losses["contrast"] + losses["contrast_identity"]) / 2
        total = losses["adversarial_b"] + self._settings.contrast_weight * contrast
        self._adam_generator.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        self._adam_generator.step()
        return losses

    def _contrast(
        self, source: Tensor, translated: Tensor, places: torch.Generator
    ) -> Tensor:
        before, after = self._b.features(source), self._b.features(translated)
        where = random_places(before, self._settings.contrast_patches, places)
        depths = zip(self._heads(after, where), self._heads(before, where), strict=True)
        losses = [contrastive_loss(new, old) for new, old in depths]
        return torch.stack(losses).mean()

    def state(self) -> dict[str, Any]:
        """Return weights and optimisers."""
        return {
            "networks": self.networks.state_dict(),
            "adam_generator": optimizer_state(self._adam_generator),
            "adam_discriminator": optimizer_state(self._adam_discriminator),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self.networks.load_state_dict(state["networks"])
        restore_optimizer(self._adam_generator, state["adam_generator"])
        restore_optimizer(self._adam_discriminator, state["adam_discriminator"])

    @torch.no_grad()
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return two strips: annotation and image; image and what B leaves of it."""
        rng = np.random.default_rng(self._seed)
        x = self._images.batch(2, rng).to(self._device)
        y = self._annotations.batch(2, rng).to(self._device)
        return {"annotations": strip(y, self._b(y)), "images": strip(x, self._b(x))}
