"""Generator and discriminator of CycleGAN.

Zhu et al., Unpaired image-to-image translation using cycle-consistent adversarial
networks, ICCV 2017, and the sizes of its reference implementation.
"""

from typing import Protocol

import torch
from torch import Tensor, nn


def _block(convolution: nn.Module, channels: int) -> list[nn.Module]:
    return [convolution, nn.InstanceNorm2d(channels), nn.ReLU(inplace=True)]


MIRRORED = 16
"""Pixels by which an image is mirrored before it is translated; a multiple of 4."""


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions whose result is added to the input.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(1),
            *_block(nn.Conv2d(channels, channels, 3), channels),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, Y, X) to the same shape."""
        result: Tensor = x + self.body(x)
        return result


class ResnetGenerator(nn.Sequential):
    """Image to image of one channel each, from -1 to 1, shape (N, 1, Y, X).

    Y and X are multiples of `multiple`. The published generator has 64 filters and 9
    blocks.

    Parameters
    ----------
    filters : int
        Channels after the first convolution; twice and four times as many follow.
    blocks : int
        Residual blocks at a quarter of the resolution.
    adds_input : bool
        Whether the result is the input plus what the network draws. Such a generator
        starts as the identity, so objects stay where they are and few steps suffice.
    """

    multiple = 4

    def __init__(
        self, filters: int = 64, blocks: int = 9, adds_input: bool = False
    ) -> None:
        wide, wider = 2 * filters, 4 * filters
        super().__init__(
            nn.ReflectionPad2d(3),
            *_block(nn.Conv2d(1, filters, 7), filters),
            *_block(nn.Conv2d(filters, wide, 3, stride=2, padding=1), wide),
            *_block(nn.Conv2d(wide, wider, 3, stride=2, padding=1), wider),
            *(ResidualBlock(wider) for _ in range(blocks)),
            *_block(_upward(wider, wide), wide),
            *_block(_upward(wide, filters), filters),
            nn.ReflectionPad2d(3),
            nn.Conv2d(filters, 1, 7),
            nn.Identity() if adds_input else nn.Tanh(),
        )
        self.adds_input = adds_input
        self.apply(initialise)
        first_block = 10
        self._shown = (0, 4, 7, first_block, first_block + blocks // 2)

    def features(self, x: Tensor) -> list[Tensor]:
        """Return what the network makes of images at five depths.

        The mirrored input, both halvings, the first residual block and the middle one,
        as in contrastive translation (Park et al., ECCV 2020).
        """
        shown = []
        for number, layer in enumerate(self):
            x = layer(x)
            if number in self._shown:
                shown.append(x)
            if number == max(self._shown):
                break
        return shown

    def forward(self, x: Tensor) -> Tensor:
        """Translate images, shape (N, 1, Y, X)."""
        drawn: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        return x + drawn if self.adds_input else drawn


class Generator(Protocol):
    """What generators have in common, whatever their architecture."""

    multiple: int
    """What the sides of an image must be a multiple of."""

    def __call__(self, x: Tensor) -> Tensor:
        """Translate images, shape (N, 1, Y, X)."""

    def features(self, x: Tensor) -> list[Tensor]:
        """Return what the network makes of images at several depths, (N, C, Y, X)."""


class PatchDiscriminator(nn.Sequential):
    """Says of each 70 × 70 patch how real it looks: (N, 1, Y, X) to a smaller map.

    Parameters
    ----------
    filters : int
        Channels after the first convolution; 64 as published.
    """

    def __init__(self, filters: int = 64) -> None:
        super().__init__(
            nn.Conv2d(1, filters, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            *_strided(filters, 2 * filters, stride=2),
            *_strided(2 * filters, 4 * filters, stride=2),
            *_strided(4 * filters, 8 * filters, stride=1),
            nn.Conv2d(8 * filters, 1, 4, padding=1),
        )
        self.apply(initialise)


def _upward(channels_in: int, channels_out: int) -> nn.Module:
    return nn.ConvTranspose2d(
        channels_in, channels_out, 3, stride=2, padding=1, output_padding=1
    )


def _strided(channels_in: int, channels_out: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, 4, stride=stride, padding=1),
        nn.InstanceNorm2d(channels_out),
        nn.LeakyReLU(0.2, inplace=True),
    ]


def initialise(module: nn.Module) -> None:
    """Draw the weights of a layer, as CycleGAN does."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def count_parameters(network: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(weight.numel() for weight in network.parameters())


@torch.no_grad()
def translate(generator: Generator, image: Tensor) -> Tensor:
    """Translate one image of any size.

    It is mirrored at its edges by `MIRRORED` pixels and up to multiples of what the
    generator halves, for generators draw ghosts along the edges of what they see.

    Parameters
    ----------
    generator : Generator
    image : Tensor, shape (Y, X)
        Intensities from -1 to 1.

    Returns
    -------
    Tensor, shape (Y, X)
    """
    height, width = image.shape
    before, multiple = MIRRORED, generator.multiple
    down, right = (-(size + 2 * before) % multiple for size in (height, width))
    # Mirroring needs more pixels than it adds; tiny images repeat their edge.
    added = before + max(down, right)
    mode = "reflect" if min(height, width) > added else "replicate"
    padded = nn.functional.pad(
        image[None, None],
        (before, MIRRORED + right, before, MIRRORED + down),
        mode=mode,
    )
    result: Tensor = generator(padded)[0, 0]
    inside = result[before : before + height, before : before + width]
    return inside.clamp(-1, 1)
