import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from napari_asist.tracking.clustering.neighborhood import Neighborhood

RADIUS = 7.0
COSINE = 0.6
COST = 0.1


def points(
    n: int, n_axes: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 4)) + np.array([2, 0, 0, 0])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    places = rng.uniform(1000, 1060, (n, n_axes))
    return vectors.astype(np.float32), places.astype(np.float32)


@pytest.mark.parametrize("n_axes", [1, 2, 3])
def test_windows_are_those_of_a_search_through_all_pixels(n_axes: int) -> None:
    vectors, places = points(800, n_axes, 0)
    centers, middles = points(60, n_axes, 1)
    pixels = Neighborhood(vectors, places, RADIUS)
    # Seeds are means of pixels, so they are within the pixels' extent.
    middles = np.clip(middles, places.min(axis=0), places.max(axis=0))
    count, directions, means = pixels.window_means(centers, middles, COSINE)
    distance = np.linalg.norm(middles[:, None] - places, axis=2)
    inside = (centers @ vectors.T > COSINE) & (distance < RADIUS)
    assert inside.any()
    assert_array_equal(count, inside.sum(axis=1))
    weights = inside / np.maximum(inside.sum(axis=1), 1)[:, None]
    assert_allclose(directions, weights @ vectors, atol=1e-4)
    some = count > 0
    assert_allclose(means[some], (weights @ places)[some], atol=1e-2)


@pytest.mark.parametrize("n_axes", [1, 2, 3])
def test_best_centers_are_those_of_a_search_through_all(n_axes: int) -> None:
    vectors, places = points(500, n_axes, 2)
    centers, middles = points(12, n_axes, 3)
    middles = np.clip(middles, places.min(axis=0), places.max(axis=0))
    pixels = Neighborhood(vectors, places, RADIUS)
    index, score = pixels.best_centers(centers, middles, COST)
    distance = np.linalg.norm(places[:, None] - middles, axis=2) / RADIUS
    fit = vectors @ centers.T - COST * np.maximum(distance - 1, 0)
    fit[distance >= 2] = -np.inf
    assert_allclose(score, fit.max(axis=1), atol=1e-4)
    reached = np.isfinite(score)
    assert_array_equal(index[reached], fit.argmax(axis=1)[reached])


def test_a_single_pixel_is_its_own_window() -> None:
    one = np.eye(3, dtype=np.float32)[:1]
    place = np.array([[5, 5]], np.float32)
    count, directions, means = Neighborhood(one, place, 3).window_means(one, place, 0.9)
    assert count[0] == 1
    assert_allclose(directions, one)
    assert_allclose(means, place)
