"""Where networks run, and why not elsewhere."""

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
    """A device, and what speaks against a better one, as a part of a sentence.

    ``reason`` is empty where the device is the best of all or was asked for.
    """

    device: torch.device
    reason: str = ""


def choose_device(name: str = "auto") -> torch.device:
    """Return a device by name, or the best one there is.

    Parameters
    ----------
    name : str
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``. Under torchrun, ``auto``
        and ``cuda`` give each process of a machine a GPU of its own.

    Raises
    ------
    AsistError
        When the named device cannot be used; says why.
    """
    return explained_choice(name).device


def explained_choice(name: str = "auto") -> Choice:
    """Return what `choose_device` does, with the reason."""
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


def free_memory(device: torch.device) -> str:
    """Return a GPU's name and its memory, or nothing for other devices."""
    if device.type != "cuda":
        return ""
    free, total = torch.cuda.mem_get_info(device)
    name = torch.cuda.get_device_name(device)
    return f"{name}, {free / GIB:.1f} of {total / GIB:.1f} GiB free"


def empty_cache(device: torch.device) -> None:
    """Give memory that PyTorch keeps for later back to the device."""
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
    """Return what keeps networks off an NVIDIA (or AMD) GPU; nothing if all is well."""
    if torch.cuda.is_available():
        try:
            _try_out(_own_gpu())
        except RuntimeError as error:
            return _unusable(error)
        return ""
    if not (NVIDIA_DRIVER.exists() or shutil.which("nvidia-smi")):
        return "there is no GPU that PyTorch could use"
    if torch.version.cuda is None and torch.version.hip is None:
        return (
            "an NVIDIA GPU is there, but this PyTorch was built without CUDA: install "
            "one that was built with it"
        )
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return "CUDA_VISIBLE_DEVICES hides the GPU"
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except (RuntimeError, AssertionError) as error:
        return f"the NVIDIA driver does not serve this PyTorch: {_first(error)}"
    return "no NVIDIA GPU answers, although there is a driver"


def _unusable(error: RuntimeError) -> str:
    name = torch.cuda.get_device_name()
    major, minor = torch.cuda.get_device_capability()
    if "kernel image" in str(error):
        return (
            f"{name} has compute capability {major}.{minor}, for which this PyTorch "
            "was not built: install one that was"
        )
    return f"{name} does not work: {_first(error)}"


def _why_no_mps() -> str:
    if not torch.backends.mps.is_built():
        return "this PyTorch was built without MPS: install one that was built with it"
    return "this Mac offers PyTorch no MPS, which needs an Apple GPU and macOS 12.3"


def _first(error: BaseException) -> str:
    return str(error).splitlines()[0].rstrip(".")
