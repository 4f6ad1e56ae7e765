"""Several processes that train together, started by torchrun.

Each process, called a rank, computes the gradients of its own crops; all apply the
mean, so their weights stay the same. Only the first rank writes files.
"""

import atexit
import gc
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from napari_asist.errors import AsistError

if TYPE_CHECKING:
    from torch import Tensor

TIMEOUT = timedelta(days=30)
"""The other ranks wait while the first refines labels; torchrun ends all if one
fails."""


@dataclass(frozen=True)
class Ranks:
    """The position of this process among those that train together.

    Parameters
    ----------
    rank : int
        0 for the one that writes files.
    size : int
        Number of processes.
    local : int
        Number of this process on its machine.
    """

    rank: int = 0
    size: int = 1
    local: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this rank writes files and reports events."""
        return self.rank == 0

    def any(self, *flags: bool) -> list[bool]:
        """Return, for each flag, whether it is set on any rank."""
        if self.size == 1:
            return list(flags)
        return [value > 0 for value in self._summed([float(flag) for flag in flags])]

    def mean(self, values: Sequence[float]) -> list[float]:
        """Return the mean of each value over the ranks."""
        if self.size == 1:
            return list(values)
        return [value / self.size for value in self._summed(values)]

    def average_gradients(self, weights: Iterable["Tensor"]) -> None:
        """Replace gradients by their mean over the ranks."""
        if self.size == 1:
            return
        import torch
        from torch import distributed

        gradients = [weight.grad for weight in weights if weight.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(flat)
        flat /= self.size
        parts = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def gather(self, value: Any) -> list[Any]:
        """Return each rank's value, on all ranks."""
        if self.size == 1:
            return [value]
        from torch import distributed

        values: list[Any] = [None] * self.size
        distributed.all_gather_object(values, value)
        return values

    def broadcast(self, value: Any = None) -> Any:
        """Return the value that the first rank sends to all; the others wait for it."""
        if self.size == 1:
            return value
        from torch import distributed

        values = [value]
        distributed.broadcast_object_list(values, src=0)
        return values[0]

    def _summed(self, values: Sequence[float]) -> list[float]:
        import torch
        from torch import distributed

        # On the CPU whatever the networks' device, because the values are needed there.
        total = torch.tensor(values, dtype=torch.float64)
        distributed.all_reduce(total)
        summed: list[float] = total.tolist()
        return summed


def ranks_of_environment() -> Ranks:
    """Return the rank from torchrun's environment variables; imports nothing heavy.

    Raises
    ------
    AsistError
        They do not describe one of several processes.
    """
    rank, size, local = (
        _number(name, default)
        for name, default in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))
    )
    if size < 1 or not 0 <= rank < size or local < 0:
        raise AsistError(
            f"RANK={rank}, LOCAL_RANK={local} and WORLD_SIZE={size} do not describe "
            "one of several processes; start them with torchrun, or unset these "
            "variables."
        )
    return Ranks(rank, size, local)


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    try:
        return int(text)
    except ValueError as error:
        raise AsistError(
            f"{name}={text} is not a number; start several processes with torchrun, "
            f"or unset {name}."
        ) from error


def is_lost(error: RuntimeError) -> bool:
    """Return whether an error means that another rank has ended.

    Parameters
    ----------
    error : RuntimeError
        PyTorch has no exception class for it.
    """
    text = str(error).lower()
    signs = ("connection closed by peer", "connection reset by peer", "broken pipe")
    return any(sign in text for sign in signs)


@cache
def ranks() -> Ranks:
    """Return this process, connected to the others."""
    mine = ranks_of_environment()
    if mine.size > 1:
        import torch
        from torch import distributed

        backend = "gloo"
        if torch.cuda.is_available() and distributed.is_nccl_available():
            torch.cuda.set_device(mine.local % torch.cuda.device_count())
            backend = "cpu:gloo,cuda:nccl"
        distributed.init_process_group(backend, timeout=TIMEOUT)
        atexit.register(_disconnect)
    return mine


def _disconnect() -> None:
    """Close the connection while Python is still running.

    A group that only the garbage collector releases would end its threads after Python,
    and abort the process.
    """
    from torch import distributed

    distributed.destroy_process_group()
    gc.collect()
