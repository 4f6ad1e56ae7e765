import pytest
import torch

from napari_asist.training.memory import (
    OutOfMemory,
    Sizes,
    is_out_of_memory,
    smaller,
)


def test_first_the_batch_then_the_patch_is_reduced_then_the_user_is_asked() -> None:
    sizes, reported, messages = Sizes(5, 200), [], []
    for _ in range(4):
        sizes, message = smaller(sizes, 16, 32)
        reported.append((sizes.at_once, sizes.patch))
        messages.append(message)
    assert reported == [(2, 200), (1, 200), (1, 96), (1, 48)]
    assert "2 at a time instead of 5" in messages[0]
    assert "96 px wide instead of 200" in messages[2]
    with pytest.raises(OutOfMemory, match=r"one patch of 48 px .* another device"):
        smaller(sizes, 16, 32)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED"),
        MemoryError(),
    ],
)
def test_out_of_memory_is_recognized(error: Exception) -> None:
    assert is_out_of_memory(error)


def test_other_errors_are_not_mistaken_for_it() -> None:
    assert not is_out_of_memory(RuntimeError("shapes do not match"))
    assert not is_out_of_memory(ValueError("out of memory"))
