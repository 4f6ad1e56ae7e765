import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from napari_asist.tracking.clustering.grid import Vectors
from napari_asist.tracking.clustering.neighborhood import Neighborhood
from napari_asist.tracking.clustering.shift import find_modes
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings(radius=10, seeds=4)


def blobs(n_blobs: int, seed: int = 0) -> tuple[Vectors, Vectors, Vectors]:
    """Return vectors and positions of blobs along a line, and each blob's center."""
    rng = np.random.default_rng(seed)
    names = np.repeat(np.arange(n_blobs), 100)
    vectors = np.eye(4)[names % 4] + 0.05 * rng.normal(size=(len(names), 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    places = rng.uniform(-4, 4, (len(names), 2)) + np.outer(names, [0, 8])
    middles = [places[names == name].mean(axis=0) for name in range(n_blobs)]
    return vectors.astype(np.float32), places.astype(np.float32), np.array(middles)


def nearest(places: Vectors, middles: Vectors) -> NDArray[np.floating]:
    apart = np.linalg.norm(middles[:, None] - places, axis=2)
    return np.asarray(apart.min(axis=1))


@pytest.mark.parametrize("n_blobs", [1, 5, 40])
def test_seeds_double_until_every_blob_has_a_center(n_blobs: int) -> None:
    vectors, places, middles = blobs(n_blobs)
    pixels = Neighborhood(vectors, places, SETTINGS.radius)
    found = find_modes(pixels, vectors, places, SETTINGS, np.random.default_rng(0))
    assert_allclose(np.linalg.norm(found[0], axis=1), 1, atol=1e-4)
    assert nearest(found[1], middles).max() < 1
    assert len(found[1]) < 3 * n_blobs + SETTINGS.seeds


def test_only_what_is_unexplained_is_shifted(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, places, _ = blobs(40)
    pixels = Neighborhood(vectors, places, SETTINGS.radius)
    means, shifted = pixels.window_means, []

    def counted(centers: Vectors, *rest: object) -> object:
        shifted.append(len(centers))
        return means(centers, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(pixels, "window_means", counted)
    find_modes(pixels, vectors, places, SETTINGS, np.random.default_rng(0))
    assert shifted[0] == len(vectors) // 16
    assert max(shifted) < len(vectors) // 8
