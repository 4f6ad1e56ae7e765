import numpy as np
import pytest
import torch
from counted_stops import assert_stops_anywhere
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score
from synthetic_embeddings import embedding_of
from tensor_sizes import TensorSizes

from napari_asist.errors import AsistError
from napari_asist.tracking.clustering import kernel as products
from napari_asist.tracking.clustering.grid import Vectors
from napari_asist.tracking.clustering.mean_shift import cluster
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings()


def discs(side: int, radii: list[int], spacing: int) -> NDArray[np.uint16]:
    """Draw discs on a square grid, row by row, until the radii are used up."""
    rows, columns = np.mgrid[:side, :side]
    labels = np.zeros((1, side, side), np.uint16)
    per_row = side // spacing
    for index, radius in enumerate(radii):
        row = spacing * (index // per_row) + spacing // 2
        column = spacing * (index % per_row) + spacing // 2
        labels[0][(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] = index + 1
    return labels


def pixels_of(
    labels: NDArray[np.uint16], noise: float = 0.08, blur: float = 0
) -> tuple[Vectors, Vectors, NDArray[np.uint16]]:
    embedding = embedding_of(labels, noise=noise, blur=blur)
    inside = labels > 0
    vectors = np.moveaxis(embedding, 1, -1)[inside]
    places = np.argwhere(inside)[:, 1:].astype(np.float32)
    return vectors, places, labels[inside]


@pytest.mark.parametrize("noise", [0.02, 0.08, 0.12])
def test_every_object_is_one_cluster(noise: float) -> None:
    vectors, places, truth = pixels_of(discs(200, [9] * 100, 20), noise)
    found = cluster(vectors, places, SETTINGS, 0)
    assert found.dtype == np.int32
    assert found.max() + 1 == 100
    assert adjusted_rand_score(truth, found) > 0.995


def test_small_objects_among_large_ones_are_found() -> None:
    radii = [19, 4, 19, 3] * 6 + [19]
    vectors, places, truth = pixels_of(discs(200, radii, 40))
    found = cluster(vectors, places, SETTINGS, 0)
    assert found.max() + 1 == len(radii)
    assert adjusted_rand_score(truth, found) > 0.995


def test_mixed_borders_leave_no_slivers() -> None:
    labels = np.ones((1, 60, 60), np.uint16)
    labels[0, :, 20:40] = 2
    labels[0, :, 40:] = 3
    vectors, places, truth = pixels_of(labels, blur=2)
    found = cluster(vectors, places, SETTINGS.changed(radius=60), 0)
    assert found.max() + 1 == 3
    assert adjusted_rand_score(truth, found) > 0.95


def test_place_in_the_frame_does_not_matter() -> None:
    vectors, places, truth = pixels_of(discs(100, [8] * 25, 20))
    far = places + np.float32(1500)
    for seed in range(3):
        near = cluster(vectors, places, SETTINGS, seed)
        assert adjusted_rand_score(near, cluster(vectors, far, SETTINGS, seed)) == 1
        assert adjusted_rand_score(truth, near) > 0.999


def test_equal_embeddings_far_apart_are_two_clusters() -> None:
    labels = discs(120, [8, 0, 8], 40)
    labels[labels == 3] = 1
    vectors, places, _ = pixels_of(labels)
    found = cluster(vectors, places, SETTINGS, 0)
    left = places[:, 1] < 60
    assert len(set(found[left]) & set(found[~left])) == 0


def test_same_seed_same_clusters() -> None:
    vectors, places, _ = pixels_of(discs(100, [8] * 25, 20), 0.3)
    one, other = (cluster(vectors, places, SETTINGS, 7) for _ in range(2))
    assert_array_equal(one, other)


@pytest.mark.parametrize("n", [0, 1, 2, 500])
def test_random_directions_never_fail(n: int) -> None:
    rng = np.random.default_rng(n)
    vectors = rng.normal(size=(n, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    places = rng.uniform(0, 300, (n, 2)).astype(np.float32)
    found = cluster(vectors, places, SETTINGS, 0)
    assert found.shape == (n,)
    assert_array_equal(np.unique(found), np.arange(found.max(initial=-1) + 1))


def test_equal_vectors_everywhere_and_zero_vectors_do_not_fail() -> None:
    places = np.argwhere(np.ones((90, 90))).astype(np.float32)
    for value in (0.25, 0.0):
        vectors = np.full((len(places), 16), value, np.float32)
        assert len(cluster(vectors, places, SETTINGS, 0)) == len(places)


def test_seeds_rise_to_the_least_number() -> None:
    vectors, places, truth = pixels_of(discs(40, [4] * 4, 20))
    coarse = SETTINGS.changed(seed_spacing=40, seeds=128)
    assert adjusted_rand_score(truth, cluster(vectors, places, coarse, 0)) == 1


def test_the_order_of_pixels_does_not_matter() -> None:
    vectors, places, _ = pixels_of(discs(100, [8] * 25, 20), 0.2)
    order = np.random.default_rng(0).permutation(len(places))
    found = cluster(vectors, places, SETTINGS, 3)
    again = cluster(vectors[order], places[order], SETTINGS, 3)
    assert adjusted_rand_score(found[order], again) == 1


def test_objects_far_from_the_corner_are_separated_as_well() -> None:
    """Directions so close that published coordinates, 0.005 px⁻¹, would merge them."""
    labels = np.ones((1, 40, 40), np.uint16)
    labels[0, :, 20:] = 2
    pair = np.zeros((3, 16), np.float32)
    pair[0, 0] = pair[1, 1] = 1
    pair[2, 1:3] = 0.8, 0.6
    embedding = embedding_of(labels, noise=0.02, blur=0, vectors=pair)
    vectors = np.moveaxis(embedding, 1, -1)[labels > 0]
    near = np.argwhere(labels > 0)[:, 1:].astype(np.float32)
    for corner in (0, 250, 20_000):
        found = cluster(vectors, near + np.float32(corner), SETTINGS, 0)
        assert_array_equal(np.unique(found), [0, 1])
        assert adjusted_rand_score(labels[labels > 0], found) == 1


def test_shifting_all_positions_changes_nothing() -> None:
    vectors, places, _ = pixels_of(discs(100, [8] * 25, 20), 0.25)
    here = cluster(vectors, places, SETTINGS, 5)
    there = cluster(vectors, places + np.array([317, 41], np.float32), SETTINGS, 5)
    assert_array_equal(here, there)


def test_identical_pixels_are_one_cluster() -> None:
    vectors = np.tile(np.eye(16, dtype=np.float32)[3], (50, 1))
    found = cluster(vectors, np.zeros((50, 2), np.float32), SETTINGS, 0)
    assert_array_equal(found, 0)


def test_objects_in_one_cell_are_found_within_little_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(products, "LARGEST", {"cpu": 50_000})
    labels = discs(100, [9] * 25, 20)
    vectors, places, truth = pixels_of(labels)
    with TensorSizes() as sizes:
        found = cluster(vectors, places, SETTINGS.changed(radius=500), 0)
    assert adjusted_rand_score(truth, found) > 0.999
    # Rows of 19 numbers, stored once and copied once when gathered.
    assert sizes.largest <= 19 * (len(places) + 1) < 128 * len(places) / 6


def test_batches_as_large_as_a_gpus_find_the_same_clusters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, places, _ = pixels_of(discs(200, [9] * 100, 20), 0.12)
    found = cluster(vectors, places, SETTINGS, 0)
    monkeypatch.setattr(products, "LARGEST", {})
    assert adjusted_rand_score(found, cluster(vectors, places, SETTINGS, 0)) > 0.9999


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_finds_the_same_clusters() -> None:
    vectors, places, _ = pixels_of(discs(200, [9] * 100, 20))
    found = cluster(vectors, places, SETTINGS, 0)
    for _ in range(2):
        on_gpu = cluster(vectors, places, SETTINGS, 0, torch.device("cuda"))
        assert adjusted_rand_score(found, on_gpu) > 0.9999


def test_bad_input_is_rejected_in_a_sentence() -> None:
    vectors, places, _ = pixels_of(discs(20, [5], 20))
    with pytest.raises(AsistError, match="a position"):
        cluster(vectors, places[1:], SETTINGS, 0)
    vectors[0] = np.nan
    with pytest.raises(AsistError, match="finite"):
        cluster(vectors, places, SETTINGS, 0)


def test_clustering_can_be_stopped_anywhere() -> None:
    vectors, places, _ = pixels_of(discs(200, [9] * 100, 20))
    assert_stops_anywhere(lambda: cluster(vectors, places, SETTINGS, 0), 20)
