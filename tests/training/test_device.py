import pytest
import torch

from napari_asist.errors import AsistError
from napari_asist.training.device import choose_device


def test_cpu_can_be_named() -> None:
    assert choose_device("cpu") == torch.device("cpu")


def test_auto_gives_a_device_that_works() -> None:
    assert torch.ones(1, device=choose_device("auto")).item() == 1


@pytest.mark.parametrize("name", ["cuda:97", "toaster"])
def test_device_that_cannot_be_used_says_why(name: str) -> None:
    with pytest.raises(AsistError, match=f"'{name}' cannot be used .*choose auto"):
        choose_device(name)
