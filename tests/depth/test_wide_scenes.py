"""Scenes of videos that were never measured."""

import numpy as np
import pytest

from napari_asist.depth.settings import SceneSettings
from napari_asist.depth.wide_scenes import (
    BRIGHTEST,
    DIMMEST,
    LOOKS,
    QUANTILES,
    WideScenes,
    background_noise,
)
from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.microscope.scene import draw_scene
from napari_asist.simulation.settings import SimulatorKind

KINDS = list(LOOKS)
SMALL = SceneSettings(side=160, frames=3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_scene_depends_on_its_number_alone(kind: SimulatorKind) -> None:
    one, again = WideScenes(kind, SMALL, 3), WideScenes(kind, SMALL, 3)
    images, labels = one.labeled(5)
    same, same_labels = again.labeled(5)
    other, _ = one.labeled(6)
    np.testing.assert_array_equal(images, same)
    np.testing.assert_array_equal(labels.labels, same_labels.labels)
    assert images.shape == labels.labels.shape == (3, 160, 160)
    assert not np.array_equal(images, other)


@pytest.mark.parametrize("kind", KINDS)
def test_objects_of_scenes_stand_out_where_their_labels_are(
    kind: SimulatorKind,
) -> None:
    source = WideScenes(kind, SMALL, 0)
    differences = []
    for number in range(6):
        images, video = source.labeled(number)
        assert not list(video.faults())
        inside = video.labels > 0
        if inside.any():
            differences.append(images[inside].mean() - images[~inside].mean())
    assert len(differences) > 3
    assert min(differences) > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_looks_cover_their_ranges(kind: SimulatorKind) -> None:
    rng = np.random.default_rng(0)
    looks = [LOOKS[kind](rng) for _ in range(200)]
    levels = [
        look.microscope.brightness.quantiles[QUANTILES // 2]
        / background_noise(look.microscope)
        for look in looks
    ]
    assert min(levels) < 2 * DIMMEST
    assert max(levels) > BRIGHTEST / 2
    coverage = [look.simulator.typical_coverage for look in looks]
    assert min(coverage) < 0.05
    assert max(coverage) > 0.3
    saturated = np.mean([look.microscope.saturation is not None for look in looks])
    assert 0.05 < saturated < 0.3
    fringed = np.mean([look.microscope.phase.is_on for look in looks])
    assert fringed == 0 if kind == "nuclei" else 0.35 < fringed < 0.65


def test_the_background_noise_is_that_of_its_frames() -> None:
    rng = np.random.default_rng(1)
    for _ in range(4):
        look = LOOKS["nuclei"](rng)
        empty = look.simulator.changed(
            objects=1, mitoses=0, frames=2, height=200, width=200
        )
        flat = look.microscope.changed(unevenness=0, saturation=None)
        counts = draw_scene(
            empty, flat, 0, DrawnBorder(None, 4 * background_noise(flat))
        ).counts
        below = counts[counts < np.median(counts)] - np.median(counts)
        noise = np.sqrt(np.mean(below**2))
        assert noise == pytest.approx(background_noise(flat), rel=0.15)
