import numpy as np
import pytest
from cases import CASES, blank, square
from scipy.ndimage import gaussian_filter

from napari_asist.simulation.borders import nearest_label
from napari_asist.simulation.visible import visible_area_ratio


def disc(radius: float) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    y, x = np.indices((64, 64))
    return np.asarray(np.hypot(y - 32, x - 32) < radius)


@pytest.mark.parametrize("radius", [10, 12, 14])
def test_ratio_is_that_of_the_areas(radius: float) -> None:
    labels = disc(12).astype(np.uint16) * 5
    signal = 300 * gaussian_filter(disc(radius).astype(np.float32), 1)
    ratio = visible_area_ratio(signal, labels)
    assert ratio.shape == (1,)
    assert ratio[0] == pytest.approx((radius / 12) ** 2, rel=0.03)


def test_each_object_is_measured_against_its_own_maximum() -> None:
    labels = CASES["touching"]().labels[0]
    signal = np.array([0, 1000, 700])[labels].astype(np.float32)
    np.testing.assert_allclose(visible_area_ratio(signal, labels), 1)
    dim = np.array([0, 1000, 20])[labels].astype(np.float32)
    np.testing.assert_allclose(visible_area_ratio(dim, labels), 1)


def test_nearest_label_divides_the_background() -> None:
    frame = blank(1)[0]
    square(frame, 3, 4, 4)
    square(frame, 9, 4, 30)
    nearest, distance = nearest_label(frame)
    assert nearest[6, 14] == 3
    assert nearest[6, 28] == 9
    assert distance[6, 14] == 3
    assert (distance[frame > 0] == 0).all()
