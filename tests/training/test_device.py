import shutil
import sys
from pathlib import Path

import pytest
import torch

from napari_asist.errors import AsistError
from napari_asist.training import device
from napari_asist.training.device import choose_device, explained_choice


def test_cpu_can_be_named() -> None:
    assert choose_device("cpu") == torch.device("cpu")


def test_auto_gives_a_device_that_works() -> None:
    assert torch.ones(1, device=choose_device("auto")).item() == 1


@pytest.mark.parametrize("name", ["cuda:97", "toaster"])
def test_device_that_cannot_be_used_says_why(name: str) -> None:
    with pytest.raises(AsistError, match=f"'{name}' cannot be used .*choose auto"):
        choose_device(name)


@pytest.fixture
def without_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Hide all GPUs; return the path where the NVIDIA driver would appear."""
    driver = tmp_path / "version"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(device, "NVIDIA_DRIVER", driver)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "platform", "linux")
    return driver


def test_a_missing_gpu_is_reported(without_gpu: Path) -> None:
    choice = explained_choice()
    assert choice.device.type == "cpu"
    assert choice.reason == "PyTorch found no usable GPU"


def test_a_pytorch_without_cuda_is_reported(
    without_gpu: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_gpu.write_text("NVRM version")
    monkeypatch.setattr(torch.version, "cuda", None)
    assert "built without CUDA" in explained_choice().reason
    with pytest.raises(AsistError, match=r"'cuda' cannot be used .*without CUDA"):
        choose_device("cuda")


def test_an_old_driver_is_reported(
    without_gpu: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise RuntimeError("The NVIDIA driver on your system is too old.\nUpdate it.")

    without_gpu.write_text("NVRM version")
    monkeypatch.setattr(torch.version, "cuda", "13.2")
    monkeypatch.setattr(torch.cuda, "init", refuse)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert explained_choice().reason.endswith("driver on your system is too old")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert explained_choice().reason == "CUDA_VISIBLE_DEVICES hides the GPU"


def test_a_gpu_that_pytorch_does_not_support_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(tried: torch.device) -> None:
        if tried.type == "cuda":
            raise RuntimeError("CUDA error: no kernel image is available")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda *_: "GeForce GTX 750")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: (5, 0))
    monkeypatch.setattr(device, "_try_out", refuse)
    choice = explained_choice()
    assert choice.device.type == "cpu"
    assert "GeForce GTX 750 has compute capability 5.0" in choice.reason


def test_a_mac_without_mps_is_reported(
    without_gpu: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: False)
    assert "built without MPS" in explained_choice().reason
