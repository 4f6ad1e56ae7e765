"""A U-Net as generator, the other architecture that CycleGAN offers.

Isola et al., Image-to-image translation with conditional adversarial networks, CVPR
2017. Its skips copy places well, but shapes too freely for unpaired work.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from napari_asist.synthesis.networks import initialise


class UNetGenerator(nn.Module):
    """Image to image of one channel each, from -1 to 1, shape (N, 1, Y, X).

    Y and X are multiples of `multiple`.

    Parameters
    ----------
    filters : int
        Channels after the first convolution; up to eight times as many follow.
    levels : int
        How often the resolution is halved.
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
        # The deepest level gets no skip, all others get as many channels again.
        self.up = nn.ModuleList(
            _doubled(width * (1 if level == levels - 1 else 2), after)
            for level, (width, after) in reversed(
                list(enumerate(zip(widths[1:], widths, strict=False), 1))
            )
        )
        self.last = nn.Sequential(
            nn.ReLU(), nn.ConvTranspose2d(2 * filters, 1, 4, stride=2, padding=1)
        )
        self.apply(initialise)

    def features(self, x: Tensor) -> list[Tensor]:
        """Return the image and what each level makes of it, (N, C, Y, X)."""
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
    # Too few pixels are left at the bottom to normalise them.
    norm = nn.InstanceNorm2d(width) if is_inner else nn.Identity()
    return nn.Sequential(nn.LeakyReLU(0.2), convolution, norm)


def _doubled(width: int, after: int) -> nn.Module:
    return nn.Sequential(
        nn.ReLU(),
        nn.ConvTranspose2d(width, after, 4, stride=2, padding=1),
        nn.InstanceNorm2d(after),
    )
