"""When memory runs out, training uses smaller batches, then smaller patches."""

from dataclasses import dataclass, replace

import torch

from napari_asist.errors import AsistError


class OutOfMemory(AsistError):  # noqa: N818 - training handles it
    """A step did not fit into memory; none of it was applied."""


@dataclass(frozen=True)
class Sizes:
    """The sizes that determine how much memory a step needs.

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
        The patch's side remains a multiple of this.
    smallest : int
        Minimum side of a patch.

    Raises
    ------
    OutOfMemory
        Nothing is left to make smaller.
    """
    if sizes.at_once > 1:
        fewer = sizes.at_once // 2
        return replace(sizes, at_once=fewer), (
            f"Out of memory: the batch is now computed {fewer} at a time instead of "
            f"{sizes.at_once}, which is slower but gives the same result."
        )
    patch = sizes.patch // 2 // multiple * multiple
    if patch < smallest:
        raise OutOfMemory(
            f"Out of memory even with one patch of {sizes.patch} px at a time; close "
            "other programs, choose another device, or start over with a smaller "
            "network."
        )
    return replace(sizes, patch=patch), (
        f"Out of memory: the training patches are now {patch} px wide instead of "
        f"{sizes.patch}, so the network sees less of the surroundings."
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that a device or the machine is out of memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # The CPU's allocator, MPS and CUDA's libraries have no exception class for it.
    text = str(error)
    return isinstance(error, RuntimeError) and any(
        sign in text
        for sign in (
            "can't allocate memory",
            "out of memory",
            "ALLOC_FAILED",
        )
    )
