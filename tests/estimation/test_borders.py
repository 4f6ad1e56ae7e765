import numpy as np
import pytest
from cases import CASES, blank, square
from scipy.ndimage import distance_transform_edt, gaussian_filter

from napari_asist.estimation.borders import depth_inside, nearest_label, outlines_of
from napari_asist.estimation.object_areas import visible_area_ratio


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


def crowd() -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """Blobs that touch each other and the image's border."""
    rng = np.random.default_rng(0)
    light = gaussian_filter(rng.standard_normal((3, 70, 60)), (0, 4, 4))
    return np.where(light.max(axis=0) > 0.06, light.argmax(axis=0) + 1, 0).astype(
        np.uint16
    )


@pytest.mark.parametrize("reach", [1, 5, 12, 200])
def test_nearest_label_is_the_same_up_to_a_reach(reach: int) -> None:
    labels = crowd()
    nearest, distance = nearest_label(labels)
    near, within = nearest_label(labels, reach)
    inside = distance <= reach
    np.testing.assert_allclose(within[inside], distance[inside], rtol=1e-6)
    assert np.mean(near[inside] == nearest[inside]) > 0.95, "but for what is between"
    assert (near[~inside] == 0).all()
    assert np.isinf(within[~inside]).all()


def test_nothing_is_near_in_an_empty_frame() -> None:
    nearest, distance = nearest_label(blank(1)[0], 5)
    assert not nearest.any()
    assert np.isinf(distance).all()


@pytest.mark.parametrize("reach", [0, 3, 8])
def test_outlines_know_what_is_nearest_within_a_shorter_reach(reach: int) -> None:
    labels = crowd()
    found = outlines_of(labels, 8).nearest_within(reach)
    np.testing.assert_array_equal(found, nearest_label(labels, reach)[0])
    assert found.dtype == labels.dtype


def test_depth_is_the_distance_to_the_own_border() -> None:
    labels = crowd()
    padded = np.pad(labels, 1, mode="edge")
    own = np.ones(labels.shape, bool)
    for rows, columns in ((0, 1), (2, 1), (1, 0), (1, 2)):
        own &= padded[rows : rows + 70, columns : columns + 60] == labels
    expected = distance_transform_edt(own & (labels > 0)) + 0.5
    expected[labels == 0] = 0
    np.testing.assert_allclose(depth_inside(labels), expected, rtol=1e-6)


def test_an_object_without_a_border_is_deep() -> None:
    depth = depth_inside(np.ones((6, 5), np.uint16))
    np.testing.assert_array_equal(depth, 11)
