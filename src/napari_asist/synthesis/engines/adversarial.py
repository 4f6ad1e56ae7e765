"""What all adversarial trainings share: schedule and sample images."""

import itertools

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_asist.synthesis.settings import SynthesisSettings

MULTIPLE, SMALLEST = 4, 32
"""Of which a patch's side is a multiple, and the shortest that is of use."""


def adam_of(
    settings: SynthesisSettings, device: torch.device, *networks: nn.Module
) -> torch.optim.Adam:
    """Return CycleGAN's optimizer of some networks on a device."""
    weights = itertools.chain(*(network.parameters() for network in networks))
    is_fused = device.type in ("cpu", "cuda")
    return torch.optim.Adam(
        weights, settings.learning_rate, (0.5, 0.999), fused=is_fused
    )


def learning_rate(number: int, steps: int, settings: SynthesisSettings) -> float:
    """Return the step size of step ``number``: constant, then linear to zero."""
    start = settings.decay_from * steps
    left = (steps - number) / max(1.0, steps - start)
    return settings.learning_rate * min(1.0, left)


def multiple(settings: SynthesisSettings) -> int:
    """Return what the sides of patches must be a multiple of."""
    return 2**settings.levels if settings.generator == "unet" else MULTIPLE


def strip(*columns: Tensor) -> NDArray[np.uint8]:
    """Show batches (N, 1, Y, X) as the columns of one picture."""
    rows = torch.cat([column[:, 0] for column in columns], dim=-1)
    gray: Tensor = (rows.flatten(0, 1).clamp(-1, 1) + 1) * 127.5
    return gray.round().to(torch.uint8).cpu().numpy()
