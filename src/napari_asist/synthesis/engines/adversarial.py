"""Shared by all adversarial trainings: schedule and sample images."""

import itertools

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_asist.synthesis.settings import SynthesisSettings

MULTIPLE, SMALLEST = 4, 32
"""Divisor of a patch's side, and the shortest useful side."""


def adam_of(
    settings: SynthesisSettings, device: torch.device, *networks: nn.Module
) -> torch.optim.Adam:
    """Return CycleGAN's optimizer for networks on a device."""
    weights = itertools.chain(*(network.parameters() for network in networks))
    is_fused = device.type in ("cpu", "cuda")
    return torch.optim.Adam(
        weights, settings.learning_rate, (0.5, 0.999), fused=is_fused
    )


def learning_rate(number: int, steps: int, settings: SynthesisSettings) -> float:
    """Return the learning rate at step ``number``: constant, then linear to zero."""
    start = settings.decay_from * steps
    left = (steps - number) / max(1.0, steps - start)
    return settings.learning_rate * min(1.0, left)


def multiple(settings: SynthesisSettings) -> int:
    """Return the divisor of the sides of patches."""
    return 2**settings.levels if settings.generator == "unet" else MULTIPLE


def strip(*columns: Tensor) -> NDArray[np.uint8]:
    """Show batches (N, 1, Y, X) as the columns of one image."""
    rows = torch.cat([column[:, 0] for column in columns], dim=-1)
    gray: Tensor = (rows.flatten(0, 1).clamp(-1, 1) + 1) * 127.5
    return gray.round().to(torch.uint8).cpu().numpy()
