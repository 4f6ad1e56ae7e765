"""Networks that stop amid a step, because a step on a CPU may take many seconds."""

from typing import Any

from torch import Tensor, nn

from napari_asist.events import raise_if_stopped


def heed_stops(network: nn.Module) -> None:
    """Let a network raise `Stopped` between its layers, forward and backward.

    Only while it works for `stoppable` work that was asked to stop. Processes that
    train together do not do so, because each would stop in another place.

    Parameters
    ----------
    network : Module
        Its results do not change. Compiled networks only stop between two calls.
    """
    for module in network.modules():
        if not any(module.children()):
            module.register_forward_pre_hook(_look_before)
            module.register_forward_hook(_look_on_the_way_back)


def _look_before(module: nn.Module, inputs: Any) -> None:
    raise_if_stopped()


def _look_on_the_way_back(module: nn.Module, inputs: Any, output: Any) -> None:
    if isinstance(output, Tensor) and output.requires_grad:
        output.register_hook(_look)  # type: ignore[no-untyped-call]


def _look(gradient: Tensor) -> None:
    raise_if_stopped()
