"""Contrastive translation: one generator, from annotations to images.

Park et al., Contrastive learning for unpaired image-to-image translation, ECCV 2020,
with the paper's name for the generator: B turns annotations into images.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_asist.synthesis.engines.adversarial import strip
from napari_asist.synthesis.engines.losses import (
    PatchHeads,
    contrastive_loss,
    discriminator_loss,
    least_squares,
    random_places,
)
from napari_asist.synthesis.engines.networks import PatchDiscriminator, build_generator
from napari_asist.synthesis.engines.training_data import CropSource
from napari_asist.synthesis.engines.unpaired import UnpairedTraining
from napari_asist.synthesis.settings import SynthesisSettings


class ContrastiveTranslation(UnpairedTraining):
    """A generator, a discriminator, the contrastive heads, and their training step.

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
        networks = build_networks(settings, seed)
        super().__init__(
            networks,
            {
                "generator": [networks["generator_b"], networks["heads"]],
                "discriminator": [networks["discriminator_images"]],
            },
            images,
            annotations,
            settings,
            steps,
            seed,
            device,
        )
        self._b, self._discriminate = (
            self.compiled(networks[name])
            for name in ("generator_b", "discriminator_images")
        )
        self.resized()
        self.moved()

    def part_gradients(
        self,
        x: Tensor,
        y: Tensor,
        noisy: Tensor,
        rngs: Sequence[np.random.Generator],
        weight: float,
    ) -> Mapping[str, Tensor]:
        """Add the gradients of generator, heads and discriminator."""
        places = torch.Generator().manual_seed(int(rngs[0].integers(2**63)))
        fake, losses = self._train_generator(x, y, noisy, weight, places)
        losses["discriminator_images"] = self._train_discriminator(x, fake, weight)
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
                # An image is its own translation; otherwise, B would change correct
                # images.
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

    @torch.no_grad()
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return two strips: annotation and image; image and B's output for it."""
        x, y = self.examples(2)
        b = self.networks["generator_b"]
        return {"annotations": strip(y, b(y)), "images": strip(x, b(x))}


def build_networks(settings: SynthesisSettings, seed: int) -> nn.ModuleDict:
    """Return generator, discriminator and heads with new weights from the seed."""
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
