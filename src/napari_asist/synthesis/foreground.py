"""How well the foreground that a generator draws agrees with an annotation's."""

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

SLOPE = 8.0
"""Steepness of the soft threshold: a tenth of the range off the level is .69."""

LARGEST_DILATION = 2
DECIDED = 0.1


def foreground_loss(drawn: Tensor, annotation: Tensor, level: float) -> Tensor:
    """Return 1 - Dice of the foregrounds, softened so that it can be learned from.

    Milletari et al., V-Net, 3DV 2016.

    Parameters
    ----------
    drawn, annotation : Tensor, shape (N, 1, Y, X)
    level : float
        Grey level that parts objects from background.
    """
    found = torch.sigmoid(SLOPE * (drawn - level))
    wanted = (annotation > level).to(found.dtype)
    return 1 - (2 * (found * wanted).sum() + 1) / (found.sum() + wanted.sum() + 1)


@torch.no_grad()
def foreground_agreement(drawn: Tensor, annotation: Tensor, level: float) -> float:
    """Return the Dice of the foregrounds, the annotation's widened by 0 to 2 px.

    The width that fits best counts, for where the border lies is another question.

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
    """Return the part of the pixels that lie clear of the level, on either side."""
    return float(((drawn - level).abs() > DECIDED).float().mean())
