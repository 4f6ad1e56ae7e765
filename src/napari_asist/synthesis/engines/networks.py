"""Generators and discriminator: those of CycleGAN, and a U-Net generator.

Zhu et al., Unpaired image-to-image translation using cycle-consistent adversarial
networks, ICCV 2017, and the sizes of its reference implementation.
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from napari_asist.synthesis.settings import SynthesisSettings

MIRRORED = 16
"""Width of the mirrored margin of an image before translation; a multiple of 4."""


def _block(convolution: nn.Module, channels: int) -> list[nn.Module]:
    return [convolution, nn.InstanceNorm2d(channels), nn.ReLU(inplace=True)]


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions whose output is added to the input.

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
        starts as the identity, so objects stay in place and few steps suffice.
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
        self.apply(initialize)
        first_block = 10
        self._shown = (0, 4, 7, first_block, first_block + blocks // 2)

    def features(self, x: Tensor) -> list[Tensor]:
        """Return the network's features of images at five depths.

        The mirrored input, both downsampled levels, the first residual block and the
        middle one, as in contrastive translation (Park et al., ECCV 2020).
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
    """Common interface of generators of any architecture."""

    multiple: int
    """Divisor of the sides of an image."""

    def __call__(self, x: Tensor) -> Tensor:
        """Translate images, shape (N, 1, Y, X)."""

    def features(self, x: Tensor) -> list[Tensor]:
        """Return the network's features of images at several depths, (N, C, Y, X)."""


class PatchDiscriminator(nn.Sequential):
    """Rates how real each 70 × 70 patch looks: (N, 1, Y, X) to a smaller map.

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
        self.apply(initialize)


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


def initialize(module: nn.Module) -> None:
    """Initialize the weights of a layer as CycleGAN does."""
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

    It is mirrored at its edges by `MIRRORED` pixels and up to the generator's
    multiples, because generators draw artifacts along the edges of their input.

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


class UNetGenerator(nn.Module):
    """Image to image of one channel each, from -1 to 1, shape (N, 1, Y, X).

    Y and X are multiples of `multiple`.

    Parameters
    ----------
    filters : int
        Channels after the first convolution; up to eight times as many follow.
    levels : int
        Number of times the resolution is halved.
    adds_input : bool
        Whether the result is the input plus what the network draws.
    """

    def __init__(
        self, filters: int = 64, levels: int = 7, adds_input: bool = False
    ) -> None:
        super().__init__()
        self.multiple = 2**levels
        self.adds_input = adds_input
        widths = [filters * min(2**level, 8) for level in range(levels)]
        self.down = nn.ModuleList(
            _halved(before, width, is_inner=0 < level < levels - 1)
            for level, (before, width) in enumerate(
                zip([1, *widths], widths, strict=False)
            )
        )
        # The deepest level has no skip connection; at all others, it doubles the
        # channels.
        self.up = nn.ModuleList(
            _doubled(width * (1 if level == levels - 1 else 2), after)
            for level, (width, after) in reversed(
                list(enumerate(zip(widths[1:], widths, strict=False), 1))
            )
        )
        self.last = nn.Sequential(
            nn.ReLU(), nn.ConvTranspose2d(2 * filters, 1, 4, stride=2, padding=1)
        )
        self.apply(initialize)

    def features(self, x: Tensor) -> list[Tensor]:
        """Return the image and each level's features of it, (N, C, Y, X)."""
        shown = [x]
        for down in self.down:
            shown.append(down(shown[-1]))
        return shown

    def forward(self, x: Tensor) -> Tensor:
        """Translate images, shape (N, 1, Y, X)."""
        drawn: Tensor = self.last(self._expanded(self.features(x)[1:]))
        return x + drawn if self.adds_input else torch.tanh(drawn)

    def _expanded(self, contracted: Sequence[Tensor]) -> Tensor:
        *skips, x = contracted
        for up, skip in zip(self.up, reversed(skips), strict=True):
            x = torch.cat([skip, up(x)], dim=1)
        return x


def _halved(before: int, width: int, is_inner: bool) -> nn.Module:
    convolution = nn.Conv2d(before, width, 4, stride=2, padding=1)
    if before == 1:
        return convolution
    # The deepest level has too few pixels to normalize them.
    norm = nn.InstanceNorm2d(width) if is_inner else nn.Identity()
    return nn.Sequential(nn.LeakyReLU(0.2), convolution, norm)


def _doubled(width: int, after: int) -> nn.Module:
    return nn.Sequential(
        nn.ReLU(),
        nn.ConvTranspose2d(width, after, 4, stride=2, padding=1),
        nn.InstanceNorm2d(after),
    )


def build_generator(settings: SynthesisSettings) -> ResnetGenerator | UNetGenerator:
    """Return a generator of the settings' architecture and sizes with new weights."""
    if settings.generator == "unet":
        return UNetGenerator(settings.filters, settings.levels, settings.adds_input)
    return ResnetGenerator(settings.filters, settings.blocks, settings.adds_input)
