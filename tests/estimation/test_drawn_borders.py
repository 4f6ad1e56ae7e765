import numpy as np
import pytest

from napari_asist.blur import Image, blurred
from napari_asist.estimation.drawn_borders import DrawnBorder, redrawn

BORDER = DrawnBorder(None, softness=50)
Y, X = np.indices((96, 96))


def disc(
    y: float, x: float, radius: float
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return np.asarray(np.hypot(Y - y, X - x) < radius)


def light(
    shape: np.ndarray[tuple[int, int], np.dtype[np.bool_]], counts: float
) -> Image:
    return blurred(counts * shape.astype(np.float32), 2)


def test_parts_are_those_of_the_formula() -> None:
    # asinh(1) = 0.88137, x 0.57 = 0.50238, sinh = 0.52379; asinh(12) = 3.17979,
    # x 0.57 = 1.81248, sinh = 2.98142, over 12 = 0.24845.
    levels = np.array([50, 600])
    np.testing.assert_allclose(BORDER.parts(levels), [0.52379, 0.24845], atol=1e-4)
    bounded = BORDER.parts(np.array([0, 1e-3, 1e6]))
    np.testing.assert_allclose(bounded, [0.55, 0.55, 0.10])
    np.testing.assert_array_equal(DrawnBorder(0.27, 50).parts(levels), [0.27, 0.27])


@pytest.mark.parametrize(
    ("level", "offset"),
    # The mean of a disc of 16 px blurred by 2 px is 0.90 of its level, so q is 0.99 of
    # it. Of the level, 0.52 and 0.15 are left where a normal distribution is at -0.06
    # and 1.03 of its deviation of 2 px; 0.12 px less, because the border is curved.
    [(50, -0.12 - 0.12), (2000, 2.06 - 0.12)],
)
def test_bright_discs_are_drawn_larger(level: float, offset: float) -> None:
    shape = disc(48, 48, 16)
    labels = shape.astype(np.uint16)
    found = redrawn(light(shape, level), labels, BORDER)
    radius = np.sqrt((found > 0).sum() / np.pi)
    assert radius == pytest.approx(np.sqrt(shape.sum() / np.pi) + offset, abs=0.25)


def test_a_constant_part_is_the_same_for_all() -> None:
    shape = disc(48, 48, 16)
    dim, bright = (
        redrawn(light(shape, level), shape.astype(np.uint16), DrawnBorder(0.27, 50))
        for level in (50, 2000)
    )
    np.testing.assert_array_equal(dim, bright)


def test_touching_objects_remain_separate() -> None:
    both = disc(48, 34, 14) | disc(48, 62, 14)
    labels = np.where(both, np.where(X < 48, 3, 5), 0).astype(np.uint16)
    signal = light(labels == 3, 2000) + light(labels == 5, 60)
    found = redrawn(signal, labels, BORDER)
    assert not ((labels == 5) & (found == 3)).any(), "the bright one takes nothing"
    assert not ((labels == 3) & (found == 5)).any()
    ratios = [(found == name).sum() / (labels == name).sum() for name in (3, 5)]
    assert ratios[0] > 1.15
    assert 0.85 < ratios[1] < 1.1


def test_dark_grains_leave_no_hole_and_no_bits() -> None:
    shape = disc(40, 40, 14)
    signal = 400 * shape.astype(np.float32)
    signal[38:42, 38:42] = 0
    signal[60:62, 39:41] = 400
    found = redrawn(signal, shape.astype(np.uint16), BORDER, reach=10)
    np.testing.assert_array_equal(found, shape)


def test_objects_grow_no_farther_than_the_reach_and_need_light() -> None:
    labels = disc(48, 48, 10).astype(np.uint16)
    bright = np.full(labels.shape, 100, np.float32)
    found = redrawn(bright, labels, BORDER, reach=3)
    farthest = np.hypot(*(np.nonzero(found) - np.array([[48], [48]]))).max()
    assert 12 < farthest < 13
    assert not redrawn(0 * bright, labels, BORDER).any()
