import numpy as np
import pytest
from pydantic import ValidationError
from scipy.spatial import cKDTree

from napari_asist.simulation.density import DensityMap, clustered_density
from napari_asist.simulation.microvilli import microvilli_scenes
from napari_asist.simulation.nuclei import nuclei_scenes
from napari_asist.simulation.scene import Scene
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    VideoSettings,
)
from napari_asist.simulation.simulate import simulate_video

STICKS = MicrovilliSettings(frames=1, objects=200)
# Small, because large ones keep a distance even in clusters.
NUCLEI = NucleiSettings(
    frames=1,
    objects=100,
    radius_mean=5,
    radius_sd=0.5,
    radius_min=3,
    radius_max=8,
    appearing=0,
    disappearing=0,
    mitoses=0,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_places_follow_the_density() -> None:
    density = DensityMap(np.array([[1.0, 3.0], [0.0, 4.0]]), 10, (20, 20))
    y, x = density.places(8000, rng())
    shares = np.histogram2d(y, x, bins=2, range=[[0, 20], [0, 20]])[0] / 8000
    # Four standard errors of a binomial proportion.
    assert np.abs(shares - density.density / 8).max() < 4 * np.sqrt(0.25 / 8000)
    assert shares[1, 0] == 0
    assert np.histogram(y[x < 10], 5, (0, 10))[0].min() > 150


def test_cells_that_the_field_cuts_hold_less() -> None:
    y, x = DensityMap(np.ones((2, 3)), 10, (13, 24)).places(9000, rng())
    assert y.max() < 13
    assert x.max() < 24
    assert (y > 10).mean() == pytest.approx(3 / 13, abs=4 * np.sqrt(0.25 / 9000))
    assert (x > 20).mean() == pytest.approx(4 / 24, abs=4 * np.sqrt(0.25 / 9000))


def test_density_has_the_requested_spread() -> None:
    density = clustered_density((512, 300), 1.5, 40, rng())
    assert density.density.shape == (52, 30)
    assert np.log(density.density).std() == pytest.approx(1.5)
    step = np.abs(np.diff(np.log(density.density), axis=0))
    assert step.mean() < 0.4


def test_a_field_smaller_than_a_cluster_is_uniform() -> None:
    assert (clustered_density((20, 20), 2, 200, rng()).density == 1).all()


@pytest.mark.parametrize("settings", [STICKS, NUCLEI])
def test_clustered_objects_have_nearer_neighbors(settings: VideoSettings) -> None:
    crowd, even = [], []
    for seed in range(4):
        crowd.append(mean_distance(settings.changed(clustering=1.5), seed))
        even.append(mean_distance(settings, seed))
    assert np.mean(crowd) < 0.85 * np.mean(even)


def first_scene(settings: VideoSettings, seed: int) -> Scene:
    """Return the objects of a first frame."""
    if isinstance(settings, NucleiSettings):
        return next(nuclei_scenes(settings, rng(seed)))
    assert isinstance(settings, MicrovilliSettings)
    return next(microvilli_scenes(settings, rng(seed)))


def mean_distance(settings: VideoSettings, seed: int) -> float:
    """Return the mean distance of an object's third-nearest neighbor."""
    scene = first_scene(settings, seed)
    points = np.stack([scene["y"], scene["x"]], axis=1)
    return float(cKDTree(points).query(points, 4)[0][:, 3].mean())


@pytest.mark.parametrize("settings", [STICKS, NUCLEI])
@pytest.mark.parametrize("clustering", [0.0, 1.0])
def test_objects_follow_a_density_map(
    settings: VideoSettings, clustering: float
) -> None:
    # Nothing on the left, three times as many in the lower half of the right.
    rows = ((0, 1), (0, 3))
    upper, lower = 0, 0
    for seed in range(8):
        mapped = settings.changed(density_map=rows, clustering=clustering)
        scene = first_scene(mapped, seed)
        assert scene["x"].min() >= settings.width / 2 - settings.rim - 1
        upper += int((scene["y"] < settings.height / 2).sum())
        lower += int((scene["y"] >= settings.height / 2).sum())
    assert lower / upper == pytest.approx(3, rel=0.2 if not clustering else 0.5)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (((1.0, 2.0), (1.0,)), "the same number of values"),
        (((1.0, -1.0),), "at least 0"),
        (((1.0, float("nan")),), "finite number"),
        (((0.0, 0.0),), "at least one value above 0"),
        (((),), "at least one value above 0"),
    ],
)
def test_invalid_density_maps_are_rejected(
    rows: tuple[tuple[float, ...], ...], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        VideoSettings(density_map=rows)


def test_counts_are_met_in_clusters() -> None:
    settings = NucleiSettings(
        frames=12, clustering=1, height=256, width=320, objects=50
    ).changed(appearing=8, disappearing=5, mitoses=3)
    video = simulate_video(settings, 0).checked()
    assert len(np.unique(video.labels[0])) == 51
    tracks = video.tracks
    assert ((tracks["begin"] > 0) & (tracks["parent"] == 0)).sum() == 8
