"""CycleGAN's training step.

Zhu et al., ICCV 2017, with the paper's names: generator A turns images into
annotations, generator B annotations into images.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from napari_asist.synthesis.encode import mask_level
from napari_asist.synthesis.engines.adversarial import strip
from napari_asist.synthesis.engines.losses import (
    discriminator_loss,
    foreground_loss,
    least_squares,
)
from napari_asist.synthesis.engines.networks import PatchDiscriminator, build_generator
from napari_asist.synthesis.engines.training_data import CropSource, ImagePool
from napari_asist.synthesis.engines.unpaired import UnpairedTraining
from napari_asist.synthesis.settings import SynthesisSettings

NETWORKS = (
    "generator_a",
    "generator_b",
    "discriminator_images",
    "discriminator_annotations",
)


class CycleGAN(UnpairedTraining):
    """Two generators, two discriminators, and their training step.

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
        modules = [networks[name] for name in NETWORKS]
        generators, discriminators = modules[:2], modules[2:]
        super().__init__(
            networks,
            {"generators": generators, "discriminators": discriminators},
            images,
            annotations,
            settings,
            steps,
            seed,
            device,
        )
        self._discriminators = discriminators
        self._a, self._b, self._discriminate_x, self._discriminate_y = (
            self.compiled(networks[name]) for name in NETWORKS
        )
        self._pool_x, self._pool_y = (ImagePool(settings.pool) for _ in range(2))
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
        """Add the gradients of generators and discriminators.

        The discriminators' gradients do not depend on the generators' update, so both
        can be computed before either is applied.
        """
        fake_x, fake_y, losses = self._train_generators(x, y, noisy, weight)
        fake_x, fake_y = self._pool_x.mix(fake_x, rngs), self._pool_y.mix(fake_y, rngs)
        return losses | self._train_discriminators(x, fake_x, y, fake_y, weight)

    def _train_generators(
        self, x: Tensor, y: Tensor, noisy: Tensor, weight: float
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        for discriminator in self._discriminators:
            discriminator.requires_grad_(False)
        has_identity = self._settings.identity_weight > 0
        with self.precision.autocast():
            fake_x = self._b(noisy).float()
            # Images do not interact within a network, so one call is faster than three.
            inputs = [x, fake_x, y] if has_identity else [x, fake_x]
            fake_y, cycled_y, *same_y = self._a(torch.cat(inputs)).float().split(len(x))
            cycled_x = self._b(fake_y).float()
            verdict_x = self._discriminate_x(fake_x).float()
            verdict_y = self._discriminate_y(fake_y).float()
        losses = {
            "adversarial_a": least_squares(verdict_y, 1.0),
            "adversarial_b": least_squares(verdict_x, 1.0),
            "cycle_images": l1_loss(cycled_x, x),
            "cycle_annotations": l1_loss(cycled_y, y),
        }
        cycle_weight = self._settings.cycle_weight
        total = losses["adversarial_a"] + losses["adversarial_b"]
        total = total + cycle_weight * (
            losses["cycle_images"] + losses["cycle_annotations"]
        )
        if has_identity:
            losses["identity"] = l1_loss(same_y[0], y)
            identity_weight = cycle_weight * self._settings.identity_weight
            total = total + identity_weight * losses["identity"]
        if self._settings.consistency_weight:
            losses["consistency"] = foreground_loss(
                cycled_y, y, mask_level(self._settings.encoding)
            )
            total = total + self._settings.consistency_weight * losses["consistency"]
        self.backward(total * weight)
        return fake_x.detach(), fake_y.detach(), losses

    def _train_discriminators(
        self, x: Tensor, fake_x: Tensor, y: Tensor, fake_y: Tensor, weight: float
    ) -> dict[str, Tensor]:
        for discriminator in self._discriminators:
            discriminator.requires_grad_(True)
        with self.precision.autocast():
            verdicts_x = self._discriminate_x(torch.cat([x, fake_x])).float()
            verdicts_y = self._discriminate_y(torch.cat([y, fake_y])).float()
        losses = {
            "discriminator_images": discriminator_loss(verdicts_x),
            "discriminator_annotations": discriminator_loss(verdicts_y),
        }
        self.backward(sum(losses.values(), x.new_zeros(())) * weight)
        return losses

    def own_state(self) -> dict[str, Any]:
        """Return the pools of generated images."""
        return {"images": self._pool_x.state(), "annotations": self._pool_y.state()}

    def restore_own(self, state: dict[str, Any]) -> None:
        """Restore the pools."""
        self._pool_x.restore(state["images"], self.device)
        self._pool_y.restore(state["annotations"], self.device)

    def resized(self) -> None:
        """Draw crops with the new size, and crop the pools' images to it."""
        super().resized()
        for pool in (self._pool_x, self._pool_y):
            pool.crop(self.sizes.patch)

    @torch.no_grad()
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return two strips: image, annotation, cycled image; and the reverse."""
        x, y = self.examples(2)
        # Not compiled: batches of another size would be recompiled.
        a, b = (self.networks[name] for name in NETWORKS[:2])
        fake_x, fake_y = b(y), a(x)
        return {
            "images": strip(x, fake_y, b(fake_y)),
            "annotations": strip(y, fake_x, a(fake_x)),
        }


def build_networks(settings: SynthesisSettings, seed: int) -> nn.ModuleDict:
    """Return generators and discriminators with new weights from the seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.ModuleDict(
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
        )
