"""The device for networks, and why a better one cannot be used."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from napari_asist.errors import AsistError
from napari_asist.training.ranks import ranks

NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")
GIB = 2**30


@dataclass(frozen=True)
class Choice:
    """A device, and why a better one cannot be used, as part of a sentence.

    ``reason`` is empty if the device is the best of all or was requested.
    """

    device: torch.device
    reason: str = ""


def choose_device(name: str = "auto") -> torch.device:
    """Return a device by name, or the best one available.

    Parameters
    ----------
    name : str
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``. Under torchrun, ``auto`` and
        ``cuda`` give each process on a machine its own GPU.

    Raises
    ------
    AsistError
        The named device cannot be used; says why.
    """
    return explained_choice(name).device


def explained_choice(name: str = "auto") -> Choice:
    """Return the choice of `choose_device`, with the reason."""
    if name == "auto":
        return _best()
    try:
        device = torch.device(name)
        if name == "cuda" and torch.cuda.is_available():
            device = _own_gpu()
        _try_out(device)
    except (RuntimeError, AssertionError) as error:
        reason = _why_no_cuda() if name.startswith("cuda") else ""
        reason = reason or str(error).splitlines()[0]
        raise AsistError(
            f"Device {name!r} cannot be used ({reason}); choose auto or cpu."
        ) from error
    return Choice(device)


def available_devices() -> list[str]:
    """Return the names of the devices that can be chosen here, auto first."""
    names = ["auto", "cpu"]
    if torch.cuda.is_available():
        names += [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return names


def free_memory(device: torch.device) -> str:
    """Return a GPU's name and memory, or an empty text for other devices."""
    if device.type != "cuda":
        return ""
    free, total = torch.cuda.mem_get_info(device)
    name = torch.cuda.get_device_name(device)
    return f"{name}, {free / GIB:.1f} of {total / GIB:.1f} GiB free"


def empty_cache(device: torch.device) -> None:
    """Return the memory that PyTorch caches to the device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _best() -> Choice:
    reason = _why_no_cuda()
    if not reason:
        return Choice(_own_gpu())
    if torch.backends.mps.is_available():
        return Choice(torch.device("mps"))
    if sys.platform == "darwin":
        reason = _why_no_mps()
    return Choice(torch.device("cpu"), reason)


def _own_gpu() -> torch.device:
    count = torch.cuda.device_count()
    return torch.device("cuda", ranks().local % max(1, count))


def _try_out(device: torch.device) -> None:
    torch.ones(1, device=device).add(1).cpu()


def _why_no_cuda() -> str:
    """Return why networks cannot use an NVIDIA (or AMD) GPU; empty if they can."""
    if torch.cuda.is_available():
        try:
            _try_out(_own_gpu())
        except RuntimeError as error:
            return _unusable(error)
        return ""
    if not (NVIDIA_DRIVER.exists() or shutil.which("nvidia-smi")):
        return "PyTorch found no usable GPU"
    if torch.version.cuda is None and torch.version.hip is None:
        return (
            "there is an NVIDIA GPU, but this PyTorch was built without CUDA: install "
            "a version with CUDA"
        )
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return "CUDA_VISIBLE_DEVICES hides the GPU"
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except (RuntimeError, AssertionError) as error:
        return f"the NVIDIA driver does not work with this PyTorch: {_first(error)}"
    return "no NVIDIA GPU responds, although a driver is installed"


def _unusable(error: RuntimeError) -> str:
    name = torch.cuda.get_device_name()
    major, minor = torch.cuda.get_device_capability()
    if "kernel image" in str(error):
        return (
            f"{name} has compute capability {major}.{minor}, which this PyTorch does "
            "not support: install a version that does"
        )
    return f"{name} does not work: {_first(error)}"


def _why_no_mps() -> str:
    if not torch.backends.mps.is_built():
        return "this PyTorch was built without MPS: install a version with MPS"
    return "PyTorch has no MPS on this Mac; it needs an Apple GPU and macOS 12.3"


def _first(error: BaseException) -> str:
    return str(error).splitlines()[0].rstrip(".")
