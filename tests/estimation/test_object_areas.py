import numpy as np
import pytest
from numpy.typing import NDArray

from napari_asist.estimation.detect import DETECTION_DTYPE, ellipses_of
from napari_asist.estimation.object_areas import (
    areas,
    maxima,
    mean_inside,
    visible_objects,
    without_holes,
)


def disc(radius: float, shape: tuple[int, int] = (64, 64)) -> NDArray[np.bool_]:
    y, x = np.indices(shape)
    return np.asarray(np.hypot(y - 30, x - 28) < radius)


def test_objects_are_seen_where_they_are_and_as_large_as_they_are() -> None:
    labels = np.where(disc(10), np.uint16(3), 0).astype(np.uint16)
    seen = visible_objects(np.where(disc(13), 100.0, 0), labels)
    np.testing.assert_array_equal(seen == 3, disc(13))


def test_areas_and_maxima_are_those_of_numpy() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, (31, 40)).repeat(3, axis=1).astype(np.uint16)
    labels[labels == 2] = 0
    signal = rng.random(labels.shape, np.float32)
    np.testing.assert_array_equal(
        areas(labels, 7), np.bincount(labels.ravel(), None, 8)
    )
    found = maxima(signal, labels)
    for label in (1, 3, 4, 5):
        expected = np.quantile(signal[labels == label], 0.9)
        assert found[label] == pytest.approx(expected, rel=1e-6)
    assert np.isinf(found[[0, 2]]).all()


def test_holes_are_filled_with_their_object() -> None:
    labels = np.where(disc(10) & ~disc(2), np.uint16(3), 0).astype(np.uint16)
    np.testing.assert_array_equal(without_holes(labels) == 3, disc(10))


def test_means_are_those_of_the_labels() -> None:
    labels = np.where(disc(10), np.uint16(2), 0).astype(np.uint16)
    mean = mean_inside(np.where(disc(10), 7.0, 1), labels)
    assert mean.tolist() == [0, 0, 7]


def test_ellipses_match_the_detections() -> None:
    row = (30, 28, 8, 30, 24, 8, 100, True, 0)
    drawn = ellipses_of(np.array([row], DETECTION_DTYPE), (64, 64))
    y, x = np.nonzero(drawn == 1)
    spread, axes = np.linalg.eigh(np.cov(x, y))
    assert y.mean() == pytest.approx(30, abs=0.5)
    assert 4 * np.sqrt(spread) == pytest.approx([8, 24], abs=1)
    # 30 degrees from the x axis toward the y axis.
    assert axes[1, 1] / axes[0, 1] == pytest.approx(np.tan(np.pi / 6), abs=0.05)
