import numpy as np
import pytest

from napari_asist.simulation.drawn_borders import DrawnBorder
from napari_asist.simulation.drawn_scene import draw_scene
from napari_asist.simulation.microscope import MicroscopeSettings, rendered_frames
from napari_asist.simulation.settings import (
    BrightnessSettings,
    HelaSettings,
    MicrovilliSettings,
)
from napari_asist.simulation.simulate import simulate_video

NUCLEI = HelaSettings(
    height=160, width=160, frames=6, objects=14, shape="star", overlap=0.85
).changed(appearing=0, disappearing=1, mitoses=2, plate=0.5)
STICKS = MicrovilliSettings(height=160, width=160, frames=3, objects=20)
OPTICS = MicroscopeSettings(border=0.27)
BORDER = DrawnBorder(None, softness=50)


@pytest.mark.parametrize("simulator", [NUCLEI, STICKS])
def test_scenes_are_the_renderers_frames_with_valid_labels(
    simulator: HelaSettings | MicrovilliSettings,
) -> None:
    scene, again = (draw_scene(simulator, OPTICS, 4, BORDER) for _ in range(2))
    video = simulate_video(simulator, 4)
    frames = np.stack(list(rendered_frames(video, OPTICS, 4)))
    assert scene.counts.dtype == np.float32
    np.testing.assert_array_equal(scene.counts, frames)
    np.testing.assert_array_equal(scene.counts, again.counts)
    np.testing.assert_array_equal(scene.labels.labels, again.labels.labels)
    assert not scene.labels.faults()
    assert (scene.labels.labels != video.labels).any()


def test_divisions_stay() -> None:
    scene = draw_scene(NUCLEI, OPTICS, 4, BORDER)
    assert np.count_nonzero(scene.labels.tracks["parent"]) == 4


def test_bright_objects_are_larger_than_dim_ones() -> None:
    areas = []
    for counts in (50, 1500):
        same = BrightnessSettings(quantiles=(counts, counts))
        scene = draw_scene(NUCLEI, OPTICS.changed(brightness=same), 4, BORDER)
        areas.append(np.count_nonzero(scene.labels.labels))
    assert 1.1 < areas[1] / areas[0] < 1.8


def test_objects_without_light_have_no_label() -> None:
    dark = BrightnessSettings(quantiles=(1e-60, 1e-60))
    scene = draw_scene(NUCLEI, OPTICS.changed(brightness=dark), 4, BORDER)
    assert not scene.labels.labels.any()
    assert not scene.labels.faults()
