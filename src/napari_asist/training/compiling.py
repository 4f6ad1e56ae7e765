"""Networks compiled by PyTorch."""

import importlib.util
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def compiled(
    network: nn.Module, wanted: str, device: torch.device
) -> Callable[[Tensor], Any]:
    """Return a network as a function, compiled if requested.

    Parameters
    ----------
    network : Module
        Not changed; shares its weights with the function.
    wanted : {"auto", "yes", "no"}
        ``auto`` compiles on NVIDIA GPUs; if that fails, the network runs uncompiled.
    device : torch.device
    """
    if wanted == "yes":
        function: Callable[[Tensor], Any] = torch.compile(network)
        return function
    # PyTorch generates GPU code with triton, which not every system has.
    has_triton = importlib.util.find_spec("triton") is not None
    if wanted == "auto" and device.type == "cuda" and has_triton:
        return _FallbackNetwork(network)
    return network


class _FallbackNetwork:
    """A compiled network that runs uncompiled if the compiler fails."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._function: Callable[[Tensor], Any] = torch.compile(network)

    def __call__(self, x: Tensor) -> Any:
        from torch._dynamo.exc import TorchDynamoException

        try:
            return self._function(x)
        except TorchDynamoException:
            self._function = self._network
            return self._network(x)
