"""What training does when memory runs out: smaller batches, then smaller patches."""

from dataclasses import dataclass, replace

import torch

from napari_asist.errors import AsistError


class OutOfMemory(AsistError):  # noqa: N818 - training answers it
    """A step did not fit into memory; nothing of it was applied."""


@dataclass(frozen=True)
class Sizes:
    """What decides how much memory a step needs.

    Parameters
    ----------
    at_once : int
        Examples whose gradients are computed together. Fewer give the same gradients.
    patch : int
        Side of the examples in pixels.
    """

    at_once: int
    patch: int


def smaller(sizes: Sizes, multiple: int, smallest: int) -> tuple[Sizes, str]:
    """Return the next smaller sizes and one sentence that says what changes.

    Parameters
    ----------
    sizes : Sizes
    multiple : int
        The patch's side stays a multiple of it.
    smallest : int
        Shortest side of a patch.

    Raises
    ------
    OutOfMemory
        When there is nothing left to make smaller.
    """
    if sizes.at_once > 1:
        fewer = sizes.at_once // 2
        return replace(sizes, at_once=fewer), (
            f"Out of memory: the batch is now computed {fewer} at a time instead of "
            f"{sizes.at_once}, which is slower and learns the same."
        )
    patch = sizes.patch // 2 // multiple * multiple
    if patch < smallest:
        raise OutOfMemory(
            f"Out of memory even with one patch of {sizes.patch} px at a time; close "
            "other programs, choose another device, or start anew with a smaller "
            "network."
        )
    return replace(sizes, patch=patch), (
        f"Out of memory: the training patches are now {patch} px wide instead of "
        f"{sizes.patch}, which shows the network less of the surroundings."
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Tell errors of a full device or machine from all others."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # The CPU's allocator, MPS, and CUDA's libraries have no class of their own.
    text = str(error)
    return isinstance(error, RuntimeError) and any(
        sign in text
        for sign in (
            "can't allocate memory",
            "out of memory",
            "ALLOC_FAILED",
        )
    )
