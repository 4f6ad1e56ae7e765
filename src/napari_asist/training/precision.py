"""The number format of convolutions."""

from contextlib import AbstractContextManager, nullcontext

import torch

AMPERE, VOLTA = 8, 7
"""First major compute capability with fast bfloat16 and with fast float16."""

MIXED = {"bfloat16": torch.bfloat16, "float16": torch.float16}

CHANNELS_LAST = torch.channels_last
"""The memory layout in which CPUs and GPUs convolve fastest."""


class Precision:
    """Mixed precision: autocast, and for float16 the scaling of losses.

    Weights, optimizers, losses and samples stay in float32.

    Parameters
    ----------
    name : {"auto", "float32", "bfloat16", "float16"}
    device : torch.device
    mixed_on_cpu : bool
        Whether ``auto`` may choose bfloat16 on a CPU.
    """

    def __init__(
        self, name: str, device: torch.device, mixed_on_cpu: bool = False
    ) -> None:
        self.name = best_precision(device, mixed_on_cpu) if name == "auto" else name
        self._device = device
        # float16 has no very small numbers: gradients vanish unless losses are scaled
        # up.
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.name == "float16")

    @property
    def is_mixed(self) -> bool:
        """Whether convolutions use fewer bits than float32."""
        return self.name in MIXED

    def autocast(self) -> AbstractContextManager[object]:
        """Return the context in which networks are called."""
        if not self.is_mixed:
            return nullcontext()
        return torch.autocast(self._device.type, MIXED[self.name])


def best_precision(device: torch.device, mixed_on_cpu: bool = False) -> str:
    """Return the fastest precision without a relevant loss.

    Parameters
    ----------
    device : torch.device
    mixed_on_cpu : bool
        Whether bfloat16 may be used on a CPU; otherwise float32.
    """
    if device.type == "cpu" and mixed_on_cpu:
        return "bfloat16" if cpu_gains_from_bfloat16() else "float32"
    if device.type != "cuda" or torch.version.hip:
        return "float32"
    major, _ = torch.cuda.get_device_capability(device)
    if major >= AMPERE:
        return "bfloat16"
    return "float16" if major >= VOLTA else "float32"


def cpu_gains_from_bfloat16() -> bool:
    """Return whether this CPU has instructions for bfloat16.

    CPUs without them emulate it, which is slower than float32. Nothing is measured:
    the result of a run must not depend on what else the machine does.
    """
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    return bool(
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )
