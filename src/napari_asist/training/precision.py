"""The number format of convolutions."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch
from torch import nn

AMPERE, VOLTA = 8, 7
"""First major compute capability with fast bfloat16 and with fast float16."""

MIXED = {"bfloat16": torch.bfloat16, "float16": torch.float16}

CHANNELS_LAST = torch.channels_last
"""The memory layout in which CPUs and GPUs convolve fastest."""

WORTH_IT = 1.2
"""Factor by which bfloat16 has to be faster on a CPU, to rule out chance."""


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


@cache
def cpu_gains_from_bfloat16() -> bool:
    """Measure whether this CPU convolves clearly faster in bfloat16.

    CPUs without bfloat16 instructions emulate it, which is slower than float32.
    """
    if not _has_bfloat16():
        return False
    try:
        float32, bfloat16 = _convolution_time(None), _convolution_time(torch.bfloat16)
    except RuntimeError:
        return False
    return float32 > WORTH_IT * bfloat16


def _has_bfloat16() -> bool:
    """Whether the convolution library has bfloat16 kernels for this CPU."""
    supported: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return supported


def _convolution_time(dtype: torch.dtype | None) -> float:
    """Return the CPU seconds of the fastest of several training steps of a convolution.

    Measures the CPU time of one thread, so other work on the machine does not affect
    the result.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return min(_step_times(dtype))
    finally:
        torch.set_num_threads(threads)


def _step_times(dtype: torch.dtype | None) -> Iterator[float]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = nn.Conv2d(24, 24, 3, padding=1)
        images = torch.randn(4, 24, 96, 96).contiguous(memory_format=CHANNELS_LAST)
    layer.weight.data = layer.weight.data.contiguous(memory_format=CHANNELS_LAST)
    for _ in range(6):
        began = time.thread_time()
        with torch.autocast("cpu", dtype, enabled=dtype is not None):
            result = layer(layer(images).relu())
        result.float().square().mean().backward()
        yield time.thread_time() - began
