import numpy as np
import pytest
from runs_of_points import detections

from napari_asist.estimation.clustering import density_map, fitted_clustering
from napari_asist.estimation.detect import Detections
from napari_asist.simulation.density import clustered_density

FIELD = (512, 512)


def scattered(clustering: float, size: float, seed: int) -> Detections:
    rng = np.random.default_rng(seed)
    density = clustered_density(FIELD, clustering, size, rng)
    return detections(np.stack(density.places(200, rng), axis=1))


@pytest.mark.parametrize(("clustering", "size"), [(0.8, 60), (1.4, 30)])
def test_clusters_are_recovered(clustering: float, size: float) -> None:
    frames = [scattered(clustering, size, seed) for seed in range(8)]
    found, width = fitted_clustering(frames, FIELD, 4)
    assert found == pytest.approx(clustering, rel=0.25)
    assert width == pytest.approx(size, rel=0.4)


def test_even_placement_has_no_clusters() -> None:
    for seed in range(5):
        assert fitted_clustering([scattered(0, 40, seed)], FIELD, 4)[0] == 0


def test_few_objects_and_small_fields_have_no_clusters() -> None:
    assert fitted_clustering([detections([(5, 5), (9, 9)])], FIELD, 4)[0] == 0
    assert fitted_clustering([scattered(1, 40, 0)], (20, 20), 4)[0] == 0


def test_the_density_map_shows_where_objects_are() -> None:
    rng = np.random.default_rng(0)
    crowd = rng.uniform((0, 0), (100, 400), (300, 2))
    found = density_map([detections(crowd)], (200, 400))
    assert found.shape == (6, 12)
    assert found.mean() == pytest.approx(1)
    assert found[:2].mean() == pytest.approx(2, rel=0.1)
    assert found[5].mean() < 0.1
