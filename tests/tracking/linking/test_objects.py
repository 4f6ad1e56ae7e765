import numpy as np
import pytest
from cases import CASES
from numpy.testing import assert_allclose, assert_array_equal
from synthetic_embeddings import embedding_of

from napari_asist.tracking.linking.assignment import describe


def test_objects_are_measured_label_by_label() -> None:
    labels = CASES["good"]().labels[0]
    found = describe(labels, embedding_of(labels[None], noise=0, blur=0)[0])
    assert_array_equal(found.labels, [1, 2, 3])
    assert_array_equal(found.areas, [64, 64, 64])
    assert_allclose(found.centers, [[7.5, 7.5], [19.5, 7.5], [31.5, 33.5]])
    assert_allclose(np.linalg.norm(found.directions, axis=1), 1, rtol=1e-5)


def test_labels_need_not_follow_each_other() -> None:
    labels = np.array([[0, 70_000, 70_000, 5]], np.uint32)
    found = describe(labels, np.ones((3, 1, 4), np.float32))
    assert_array_equal(found.labels, [5, 70_000])
    assert_array_equal(found.areas, [1, 2])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_broken_embedding_gives_no_nan(value: float) -> None:
    found = describe(np.ones((2, 2), np.uint8), np.full((3, 2, 2), value, np.float32))
    assert np.isfinite(found.directions).all()


def test_a_frame_without_objects() -> None:
    found = describe(np.zeros((4, 4), np.uint16), np.ones((3, 4, 4), np.float32))
    assert len(found) == 0
    assert found.centers.shape == found.directions.shape == (0, 2)
