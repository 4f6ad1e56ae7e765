import pytest
import torch

from napari_asist.synthesis.engines.losses import (
    decided_part,
    foreground_agreement,
    foreground_loss,
)


def square(low: int, high: int, level: float = 1.0) -> torch.Tensor:
    image = torch.full((1, 1, 32, 32), -1.0)
    image[..., low:high, low:high] = level
    return image


def test_the_same_foreground_agrees_whatever_its_brightness() -> None:
    annotation, dim = square(8, 20), square(8, 20, 0.5)
    assert foreground_agreement(dim, annotation, 0) == 1
    assert foreground_loss(dim, annotation, 0) < 0.05


def test_other_places_do_not_agree() -> None:
    assert foreground_agreement(square(20, 28), square(2, 10), 0) == 0
    assert foreground_loss(square(20, 28), square(2, 10), 0) > 0.95


def test_a_border_two_pixels_out_is_not_a_disagreement() -> None:
    assert foreground_agreement(square(6, 22), square(8, 20), 0) == 1
    # Nor is an empty foreground for an empty annotation.
    assert foreground_agreement(square(0, 0), square(0, 0), 0) == 1


def test_the_loss_has_gradients() -> None:
    drawn = torch.zeros(1, 1, 32, 32, requires_grad=True)
    foreground_loss(drawn, square(8, 20), 0).backward()  # type: ignore[no-untyped-call]
    assert drawn.grad is not None
    assert (drawn.grad[..., 8:20, 8:20] < 0).all(), "brighter inside"
    assert (drawn.grad[..., :8, :] > 0).all(), "darker outside"


def test_pixels_near_the_level_are_undecided() -> None:
    assert decided_part(square(0, 16, 0.05), 0) == pytest.approx(0.75)
