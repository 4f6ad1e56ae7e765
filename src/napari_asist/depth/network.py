"""The depth network: a compact U-Net for a frame and its neighbors in time."""

from itertools import pairwise
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d, pixel_shuffle, pixel_unshuffle

FACTOR = 2
"""The network works at half the frame's resolution."""

HEAD = 16
OFFSET_UNIT = 13.0
"""Unit of the offsets in standard px: the radius of a typical object."""


class Output(NamedTuple):
    """Output of the network for frames of height Y and width X.

    Parameters
    ----------
    foreground : Tensor, shape (N, 1, Y, X)
        Logits of the probability that a pixel belongs to an object.
    depth : Tensor, shape (N, 1, Y / 2, X / 2)
        Distance to the object's border, relative to the largest in the object.
    offset : Tensor, shape (N, 2, Y / 2, X / 2)
        Vector (y, x) from each pixel to the center of its object, or of its mother, in
        the previous frame, in units of `OFFSET_UNIT`.
    """

    foreground: Tensor
    depth: Tensor
    offset: Tensor


class DepthNetwork(nn.Module):
    """Outline the objects of a frame.

    A U-Net (Ronneberger et al., MICCAI 2015) that first folds blocks of 2 × 2 pixels
    into channels (Shi et al., CVPR 2016), so that half the resolution loses no detail
    of the outlines.

    Parameters
    ----------
    channels : tuple of int
        Number at each resolution, finest first.
    frames : int
        Number of input frames.
    """

    def __init__(self, channels: tuple[int, ...], frames: int) -> None:
        super().__init__()
        folded = FACTOR**2
        widths = (folded * frames, *channels)
        self.down = nn.ModuleList(
            _block(before, after)
            for before, after in zip(widths, channels, strict=False)
        )
        self.up = nn.ModuleList(
            _block(fine + coarse, fine) for fine, coarse in pairwise(channels)
        )
        self.head = nn.Sequential(
            nn.Conv2d(channels[0], HEAD, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(HEAD, folded + 1 + 2, 1),
        )

    @property
    def reach(self) -> int:
        """Radius of the receptive field around a pixel of the frame."""
        # Two convolutions down and two up at each resolution, except the coarsest.
        sides = [FACTOR << level for level in range(len(self.down))]
        return 2 * sum(sides) + 2 * sum(sides[:-1]) + 2 * FACTOR + sides[-1]

    def moved_to(self, device: torch.device) -> Self:
        """Move the network to a device, in the layout fastest for convolutions."""
        self.to(device)
        for weight in self.parameters():
            if weight.ndim == 4:
                weight.data = weight.data.contiguous(memory_format=torch.channels_last)
        return self

    def forward(self, clip: Tensor) -> Output:
        """Outline the middle frames of clips.

        Parameters
        ----------
        clip : Tensor, shape (N, frames, Y, X)
            On the networks' intensity scale; Y and X are multiples of 2 to the power
            of the number of resolutions.
        """
        x = pixel_unshuffle(clip, FACTOR)
        skipped: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(max_pool2d(x, 2) if level else x)
            skipped.append(x)
        for level in reversed(range(len(self.up))):
            finer = interpolate(x, scale_factor=2.0, mode="nearest")
            x = self.up[level](torch.cat([finer, skipped[level]], dim=1))
        # With fewer bits, depths would have steps, which a watershed treats as valleys.
        with torch.autocast(x.device.type, enabled=False):
            output = self.head(x.float())
        folded, depth, offset = output.split([FACTOR**2, 1, 2], dim=1)
        return Output(pixel_shuffle(folded, FACTOR), depth, offset)


def _block(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
        nn.Conv2d(after, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )
