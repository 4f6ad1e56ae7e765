"""Contrastive translation: one generator, from annotations to images.

Park et al., Contrastive learning for unpaired image-to-image translation, ECCV 2020,
with the paper's name for the generator: B turns annotations into images.
"""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_asist.synthesis.adversarial import (
    SMALLEST,
    adam_of,
    build_generator,
    discriminator_loss,
    learning_rate,
    least_squares,
    multiple,
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
from napari_asist.training.memory import Sizes
from napari_asist.training.network_training import NetworkTraining


class ContrastiveTranslation(NetworkTraining):
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
        self._settings, self._steps, self._seed = settings, steps, seed
        networks = build_networks(settings, seed).to(device)
        learners = networks["generator_b"], networks["heads"]
        super().__init__(
            networks,
            {
                "generator": adam_of(settings, device, *learners),
                "discriminator": adam_of(
                    settings, device, networks["discriminator_images"]
                ),
            },
            settings,
            device,
            Sizes(settings.batch, settings.patch),
            multiple(settings),
            SMALLEST,
        )
        self._b, self._discriminate = (
            self.compiled(networks[name])
            for name in ("generator_b", "discriminator_images")
        )
        self.resized()
        self.moved()

    def gradients(self, number: int) -> Mapping[str, Tensor]:
        """Compute the gradients of discriminator, generator and heads on one batch."""
        batch = self._settings.batch
        rngs = self.rngs(self._seed, number, batch)
        x = self._images.batch(rngs).to(self.device)
        y = self._annotations.batch(rngs).to(self.device)
        drawn = np.stack([rng.standard_normal(y.shape[1:], np.float32) for rng in rngs])
        noisy = y + torch.from_numpy(drawn * self._settings.noise).to(self.device)
        places = torch.Generator().manual_seed(int(rngs[0].integers(2**63)))
        losses: dict[str, Tensor] = {}
        for first in range(0, batch, self.sizes.at_once):
            part = slice(first, first + self.sizes.at_once)
            weight = len(x[part]) / batch
            fake, new = self._train_generator(
                x[part], y[part], noisy[part], weight, places
            )
            new["discriminator_images"] = self._train_discriminator(
                x[part], fake, weight
            )
            for name, loss in new.items():
                losses[name] = losses.get(name, 0.0) + loss.detach() * weight
        return losses

    def _train_generator(
        self,
        x: Tensor,
        y: Tensor,
        noisy: Tensor,
        weight: float,
        places: torch.Generator,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        self.networks["discriminator_images"].requires_grad_(False)
        with self.precision.autocast():
            fake, same = self._b(torch.cat([noisy, x])).float().split(len(y))
            losses = {
                "adversarial_b": least_squares(self._discriminate(fake).float(), 1.0),
                "contrast": self._contrast(y, fake, places),
                # An image is its own translation, or B would change what is right.
                "contrast_identity": self._contrast(x, same, places),
            }
        contrast = (losses["contrast"] + losses["contrast_identity"]) / 2
        total = losses["adversarial_b"] + self._settings.contrast_weight * contrast
        self.backward(total * weight)
        return fake.detach(), losses

    def _contrast(
        self, source: Tensor, translated: Tensor, places: torch.Generator
    ) -> Tensor:
        features, heads = self.networks["generator_b"].features, self.networks["heads"]
        before, after = features(source), features(translated)
        where = random_places(before, self._settings.contrast_patches, places)
        depths = zip(heads(after, where), heads(before, where), strict=True)
        losses = [contrastive_loss(new.float(), old.float()) for new, old in depths]
        return torch.stack(losses).mean()

    def _train_discriminator(self, x: Tensor, fake: Tensor, weight: float) -> Tensor:
        self.networks["discriminator_images"].requires_grad_(True)
        with self.precision.autocast():
            verdicts = self._discriminate(torch.cat([x, fake])).float()
        loss = discriminator_loss(verdicts)
        self.backward(loss * weight)
        return loss

    def learning_rate(self, number: int) -> float:
        """Return the learning rate: constant, then falling linearly to zero."""
        return learning_rate(number, self._steps, self._settings)

    def resized(self) -> None:
        """Draw crops of the new size."""
        for source in (self._images, self._annotations):
            source.side = self.sizes.patch

    def moved(self) -> None:
        """Keep the frames on the device too."""
        for source in (self._images, self._annotations):
            source.move(self.device)

    @torch.no_grad()
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return two strips: annotation and image; image and what B leaves of it."""
        rngs = [np.random.default_rng(self._seed)] * 2
        x = self._images.batch(rngs).to(self.device)
        y = self._annotations.batch(rngs).to(self.device)
        b = self.networks["generator_b"]
        return {"annotations": strip(y, b(y)), "images": strip(x, b(x))}


def build_networks(settings: SynthesisSettings, seed: int) -> nn.ModuleDict:
    """Return generator, discriminator and heads with the seed's fresh weights."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        generator = build_generator(settings)
        empty = torch.zeros(1, 1, settings.patch, settings.patch)
        with torch.no_grad():
            channels = [depth.shape[1] for depth in generator.features(empty)]
        return nn.ModuleDict(
            {
                "generator_b": generator,
                "discriminator_images": PatchDiscriminator(
                    settings.discriminator_filters
                ),
                "heads": PatchHeads(channels, settings.contrast_features),
            }
        )
