"""The numbers that convolutions are computed with."""

from contextlib import AbstractContextManager, nullcontext

import torch

AMPERE, VOLTA = 8, 7
"""First major compute capabilities with fast bfloat16 and fast float16."""

MIXED = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Precision:
    """Mixed precision: autocast, and for float16 the scaling of losses.

    Weights, optimisers, losses and samples stay in float32.

    Parameters
    ----------
    name : {"auto", "float32", "bfloat16", "float16"}
    device : torch.device
    """

    def __init__(self, name: str, device: torch.device) -> None:
        self.name = best_precision(device) if name == "auto" else name
        self._device = device
        # float16 has no small numbers: gradients vanish unless losses are scaled up.
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.name == "float16")

    @property
    def is_mixed(self) -> bool:
        """Whether convolutions run in fewer bits than float32."""
        return self.name in MIXED

    def autocast(self) -> AbstractContextManager[object]:
        """Return the context in which networks are called."""
        if not self.is_mixed:
            return nullcontext()
        return torch.autocast(self._device.type, MIXED[self.name])


def best_precision(device: torch.device) -> str:
    """Return the fastest precision that loses nothing worth having.

    CPUs stay at float32: bfloat16 pays on few of them, and the same recipe shall
    give the same tracks on all.
    """
    if device.type != "cuda" or torch.version.hip:
        return "float32"
    major, _ = torch.cuda.get_device_capability(device)
    if major >= AMPERE:
        return "bfloat16"
    return "float16" if major >= VOLTA else "float32"
