from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._dynamo.exc import BackendCompilerFailed, TorchDynamoException

from napari_asist.training.compiling import compiled

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[nn.Module]:
    """Record what is compiled, with a compiler that fails when used."""
    asked: list[nn.Module] = []

    def compile_in_vain(network: nn.Module) -> Callable[[Tensor], Any]:
        def fail(x: Tensor) -> Any:
            raise TorchDynamoException("no C compiler")

        asked.append(network)
        return fail

    monkeypatch.setattr(torch, "compile", compile_in_vain)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: True)
    return asked


def test_the_cpu_compiles_only_on_request(asked: list[nn.Module]) -> None:
    network = nn.Linear(2, 2)
    assert compiled(network, "auto", CPU) is network
    assert compiled(network, "no", GPU) is network
    assert not asked
    with pytest.raises(TorchDynamoException):
        compiled(network, "yes", CPU)(torch.ones(1, 2))


def test_networks_run_uncompiled_if_the_compiler_fails(asked: list[nn.Module]) -> None:
    network = nn.Linear(2, 2)
    function = compiled(network, "auto", GPU)
    x = torch.ones(1, 2)
    assert torch.equal(function(x), network(x))
    assert asked == [network]


def test_failures_of_the_backend_are_caught_too() -> None:
    assert issubclass(BackendCompilerFailed, TorchDynamoException)
