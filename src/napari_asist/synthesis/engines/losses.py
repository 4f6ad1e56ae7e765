"""Losses of the engines: adversarial, contrastive, and foreground.

The contrastive loss makes each position in an image resemble the same position in
another: Park et al., Contrastive learning for unpaired image-to-image translation, ECCV
2020.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, max_pool2d, normalize

from napari_asist.synthesis.engines.networks import initialize

TEMPERATURE = 0.07

SLOPE = 8.0
"""Steepness of the soft threshold: a tenth of the range above the level gives .69."""

LARGEST_DILATION = 2

DECIDED = 0.1


class PatchHeads(nn.ModuleList):
    """One small network for each depth, from a position's channels to its features.

    Parameters
    ----------
    channels : sequence of int
        Channels at each depth.
    features : int
        Length of a position's features; 256 as published.
    """

    def __init__(self, channels: Sequence[int], features: int = 256) -> None:
        super().__init__(
            nn.Sequential(
                nn.Linear(count, features), nn.ReLU(), nn.Linear(features, features)
            )
            for count in channels
        )
        self.apply(initialize)

    def forward(
        self, depths: Sequence[Tensor], places: Sequence[Tensor]
    ) -> list[Tensor]:
        """Return unit features of positions at each depth, (N, places, features)."""
        found = []
        for head, depth, place in zip(self, depths, places, strict=True):
            chosen = depth.flatten(2)[:, :, place].transpose(1, 2)
            found.append(normalize(head(chosen), dim=2))
        return found


def random_places(
    depths: Sequence[Tensor], count: int, generator: torch.Generator
) -> list[Tensor]:
    """Draw at most ``count`` positions in each depth's map, the same for all images."""
    return [
        torch.randperm(depth[0, 0].numel(), generator=generator)[:count].to(
            depth.device
        )
        for depth in depths
    ]


def contrastive_loss(translated: Tensor, source: Tensor) -> Tensor:
    """Return the cross entropy of finding each position of one image in another.

    All other positions of the same image are the negatives.

    Parameters
    ----------
    translated, source : Tensor, shape (N, places, features)
        Unit vectors; only ``translated`` receives gradients.
    """
    likeness = translated @ source.detach().transpose(1, 2) / TEMPERATURE
    answer = torch.arange(likeness.shape[1], device=likeness.device)
    return cross_entropy(likeness.flatten(0, 1), answer.repeat(len(likeness)))


def foreground_loss(drawn: Tensor, annotation: Tensor, level: float) -> Tensor:
    """Return 1 - Dice of the foregrounds, softened to be differentiable.

    Milletari et al., V-Net, 3DV 2016.

    Parameters
    ----------
    drawn, annotation : Tensor, shape (N, 1, Y, X)
    level : float
        Gray level that separates objects from background.
    """
    found = torch.sigmoid(SLOPE * (drawn - level))
    wanted = (annotation > level).to(found.dtype)
    return 1 - (2 * (found * wanted).sum() + 1) / (found.sum() + wanted.sum() + 1)


@torch.no_grad()
def foreground_agreement(drawn: Tensor, annotation: Tensor, level: float) -> float:
    """Return the Dice of the foregrounds, with the annotation's dilated by 0 to 2 px.

    The best width is used, because the border's position is measured separately.

    Parameters
    ----------
    drawn, annotation : Tensor, shape (N, 1, Y, X)
    level : float
    """
    found, wanted = drawn > level, (annotation > level).float()
    best = 0.0
    for width in range(LARGEST_DILATION + 1):
        wide = max_pool2d(wanted, 2 * width + 1, stride=1, padding=width) > 0
        both, total = (found & wide).sum(), found.sum() + wide.sum()
        best = max(best, float(2 * both / total) if total else 1.0)
    return best


@torch.no_grad()
def decided_part(drawn: Tensor, level: float) -> float:
    """Return the fraction of the pixels that are well above or below the level."""
    return float(((drawn - level).abs() > DECIDED).float().mean())


def least_squares(verdict: Tensor, target: float) -> Tensor:
    """Return the error of a discriminator's verdict from a target (Mao et al. 2017)."""
    return torch.mean((verdict - target) ** 2)


def discriminator_loss(verdicts: Tensor) -> Tensor:
    """Return half of the loss of distinguishing real images from generated ones.

    Parameters
    ----------
    verdicts : Tensor, shape (2 N, 1, Y, X)
        For the real images, then for the same number of generated ones.
    """
    real, fake = verdicts.chunk(2)
    return 0.5 * (least_squares(real, 1.0) + least_squares(fake, 0.0))
