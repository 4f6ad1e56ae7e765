"""The contrastive loss: each place of an image resembles the same place of another.

Park et al., Contrastive learning for unpaired image-to-image translation, ECCV 2020.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from napari_asist.synthesis.networks import initialise

TEMPERATURE = 0.07


class PatchHeads(nn.ModuleList):
    """One small network for each depth, from a place's channels to its features.

    Parameters
    ----------
    channels : sequence of int
        Channels at each depth.
    features : int
        Length of a place's features; 256 as published.
    """

    def __init__(self, channels: Sequence[int], features: int = 256) -> None:
        super().__init__(
            nn.Sequential(
                nn.Linear(count, features), nn.ReLU(), nn.Linear(features, features)
            )
            for count in channels
        )
        self.apply(initialise)

    def forward(
        self, depths: Sequence[Tensor], places: Sequence[Tensor]
    ) -> list[Tensor]:
        """Return unit features of some places at each depth, (N, places, features)."""
        found = []
        for head, depth, place in zip(self, depths, places, strict=True):
            chosen = depth.flatten(2)[:, :, place].transpose(1, 2)
            found.append(normalize(head(chosen), dim=2))
        return found


def random_places(
    depths: Sequence[Tensor], count: int, generator: torch.Generator
) -> list[Tensor]:
    """Draw at most ``count`` places of each depth's map, the same for all images."""
    return [
        torch.randperm(depth[0, 0].numel(), generator=generator)[:count].to(
            depth.device
        )
        for depth in depths
    ]


def contrastive_loss(translated: Tensor, source: Tensor) -> Tensor:
    """Return the cross entropy of finding each place of one image in another.

    All other places of the same image are the wrong answers.

    Parameters
    ----------
    translated, source : Tensor, shape (N, places, features)
        Unit vectors; only ``translated`` is learned from.
    """
    likeness = translated @ source.detach().transpose(1, 2) / TEMPERATURE
    answer = torch.arange(likeness.shape[1], device=likeness.device)
    return cross_entropy(likeness.flatten(0, 1), answer.repeat(len(likeness)))
