import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from synthetic_embeddings import directions, embedding_of

from napari_asist.tracking.segmentation.instances import instances
from napari_asist.tracking.segmentation.regions import overlaps
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings()
Labels = NDArray[np.uint16]


def scene(n_frames: int = 2, side: int = 64) -> Labels:
    return np.zeros((n_frames, side, side), np.uint16)


def assert_same_objects(truth: Labels, found: NDArray[np.int32]) -> None:
    """Each object of all frames is one label, with nearly the same pixels."""
    pairs = overlaps(truth, found)
    pairs = pairs.where(pairs.iou > 0.8)
    assert_array_equal(pairs.first, np.unique(truth[truth > 0]))
    assert len(np.unique(found)) == len(np.unique(truth))


def test_touching_objects_are_two() -> None:
    labels = scene()
    labels[:, 20:36, 10:30] = 1
    labels[:, 20:36, 30:50] = 2
    embedding = embedding_of(labels, blur=1.5)
    assert_same_objects(labels, instances(embedding, SETTINGS, 0))


def test_crossing_sticks_keep_their_names() -> None:
    labels = scene(3)
    for time, frame in enumerate(labels):
        frame[10 + 4 * time : 14 + 4 * time, 10:50] = 1
        frame[5:55, 24:28] = 2
    found = instances(embedding_of(labels, blur=0.5), SETTINGS, 0)
    for label in (1, 2):
        names = [np.bincount(found[t][labels[t] == label])[1:] for t in range(3)]
        assert len({int(counts.argmax()) for counts in names}) == 1


def test_an_object_that_jumps_over_its_own_size_stays_one() -> None:
    labels = scene()
    labels[0, 30:34, 20:40] = labels[1, 40:44, 20:40] = 1
    assert_same_objects(labels, instances(embedding_of(labels), SETTINGS, 0))


def test_daughters_with_the_mothers_embedding_are_two_objects() -> None:
    labels = scene()
    labels[0, 24:40, 24:40] = 1
    labels[1, 24:40, 20:29] = labels[1, 24:40, 35:44] = 1
    found = instances(embedding_of(labels), SETTINGS, 0)
    assert found[1, 30, 24] != found[1, 30, 40]
    assert found[0, 30, 30] in (found[1, 30, 24], found[1, 30, 40])


@pytest.mark.parametrize("side", [48, 160])
def test_an_object_that_fills_the_frame_is_one(side: int) -> None:
    labels = scene(2, side)
    labels[:] = 1
    found = instances(embedding_of(labels), SETTINGS, 0)
    assert_array_equal(found, 1)


def test_no_object_no_label() -> None:
    assert not instances(embedding_of(scene()), SETTINGS, 0).any()


def test_holes_are_filled_if_requested() -> None:
    labels = scene()
    labels[:, 20:40, 20:40] = 1
    labels[:, 28:31, 28:31] = 0
    embedding = embedding_of(labels, blur=0)
    assert instances(embedding, SETTINGS, 0)[0, 29, 29] == 1
    open_ring = SETTINGS.changed(fill_holes=False)
    assert instances(embedding, open_ring, 0)[0, 29, 29] == 0


def test_specks_are_dropped() -> None:
    labels = scene()
    labels[:, 20:40, 20:40] = 1
    labels[:, 50:53, 50:53] = 2
    found = instances(embedding_of(labels, blur=0), SETTINGS, 0)
    assert set(np.unique(found)) == {0, 1}


def test_foreground_level_moves_the_border() -> None:
    labels = scene()
    labels[:, 20:40, 20:40] = 1
    embedding = embedding_of(labels, blur=2)
    sizes = [
        (instances(embedding, SETTINGS.changed(foreground_level=level), 0) > 0).sum()
        for level in (0.2, 0.5, 0.8)
    ]
    assert sizes[0] < sizes[1] < sizes[2]
    assert sizes[1] == pytest.approx(labels.sum(), rel=0.05)


def test_an_object_keeps_its_name_when_its_border_looks_like_background() -> None:
    labels = scene()
    labels[:, 16:48, 16:48] = 1
    vectors = directions(1, 16, 0)
    embedding = embedding_of(labels, blur=3, vectors=vectors, noise=0.02)
    for ignored in (True, False):
        settings = SETTINGS.changed(ignore_background_axis=ignored)
        assert len(np.unique(instances(embedding, settings, 0))) == 2


@pytest.mark.parametrize("kind", ["random", "constant", "nan", "zero"])
def test_maps_of_an_untrained_network_never_fail(kind: str) -> None:
    rng = np.random.default_rng(0)
    embedding = rng.normal(size=(2, 16, 40, 44)).astype(np.float32)
    embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    if kind == "constant":
        embedding[:] = embedding[:1, :, :1, :1]
    if kind == "nan":
        embedding[:, 3, 10:20] = np.nan
        embedding[1, 0, 25:] = np.nan
    if kind == "zero":
        embedding[:] = 0
    found = instances(embedding, SETTINGS, 0)
    assert found.shape == (2, 40, 44)
    assert_array_equal(np.unique(found[found > 0]), np.arange(1, found.max() + 1))
