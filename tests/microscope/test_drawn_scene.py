import numpy as np
import pytest
from skimage.measure import regionprops

from napari_asist.estimation.borders import nearest_label
from napari_asist.estimation.drawn_borders import DrawnBorder, redrawn
from napari_asist.microscope.render import (
    MicroscopeSettings,
    exposures,
    rendered_frames,
)
from napari_asist.microscope.scene import draw_scene
from napari_asist.simulation.settings import (
    BrightnessSettings,
    MicrovilliSettings,
    NucleiSettings,
)
from napari_asist.simulation.simulate import simulate_video

NUCLEI = NucleiSettings(
    height=160, width=160, frames=6, objects=14, shape="star", overlap=0.85
).changed(appearing=0, disappearing=1, mitoses=2, plate=0.5)
STICKS = MicrovilliSettings(height=160, width=160, frames=3, objects=20)
OPTICS = MicroscopeSettings(border=0.27)
BORDER = DrawnBorder(None, softness=50)


@pytest.mark.parametrize("simulator", [NUCLEI, STICKS])
def test_scenes_are_the_renderers_frames_with_valid_labels(
    simulator: NucleiSettings | MicrovilliSettings,
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


def test_objects_just_outside_shine_into_the_frame() -> None:
    bright = BrightnessSettings(quantiles=(20_000, 20_000))
    optics = OPTICS.changed(brightness=bright, psf_sigma=2.5, mitotic_halo=0, halo=0)
    nuclei = NUCLEI.changed(objects=30, mitoses=0, disappearing=0, rim=24, overlap=0.7)
    edge = 12
    wide = nuclei.changed(height=160 + 2 * edge, width=160 + 2 * edge)
    cut = draw_scene(nuclei, optics, 4, BORDER, edge=edge)
    whole = draw_scene(wide, optics, 4, BORDER)
    inner = np.s_[:, edge:-edge, edge:-edge]
    assert cut.counts.shape == cut.labels.labels.shape == (6, 160, 160)
    np.testing.assert_array_equal(cut.counts, whole.counts[inner])
    np.testing.assert_array_equal(cut.labels.labels > 0, whole.labels.labels[inner] > 0)
    assert not cut.labels.faults()
    # Without a label nearby, the only light is from objects beyond the frame's edge.
    most = []
    for scene in (cut, draw_scene(nuclei, optics, 4, BORDER)):
        away = np.stack([nearest_label(frame)[1] for frame in scene.labels.labels]) > 11
        away[:, 2:-2, 2:-2] = False
        assert away.sum() > 500
        most.append(scene.counts[away].max() - 600)
    assert most[0] > 300
    assert most[1] < 60


def test_labels_of_dim_textured_objects_are_smooth() -> None:
    dim = BrightnessSettings(quantiles=(30, 30))
    optics = OPTICS.changed(brightness=dim, texture=0.5, texture_scale=2)
    video = simulate_video(NUCLEI.changed(mitoses=0), 4)
    (_, signal, even, _) = next(exposures(video, optics, 4, reach=6))
    roundness = []
    for light in (signal, even):
        drawn = redrawn(light, video.labels[0], BORDER).astype(int)
        parts = regionprops(drawn)  # type: ignore[no-untyped-call]
        lines = [part.perimeter**2 / (4 * np.pi * part.area) for part in parts]
        roundness.append(np.median(lines))
    # A disc has 1, stars of this irregularity slightly more.
    assert roundness[0] > 1.2
    assert roundness[1] < 1.12


def test_labels_of_clear_objects_stay_where_the_light_ends() -> None:
    clear = BrightnessSettings(quantiles=(400, 1500))
    video = simulate_video(NUCLEI, 4)
    exposure = next(exposures(video, OPTICS.changed(brightness=clear), 4, reach=6))
    before, after = (
        redrawn(light, video.labels[0], BORDER)
        for light in (exposure.signal, exposure.even)
    )
    for label in np.unique(before)[1:]:
        one, other = before == label, after == label
        assert np.sum(one & other) / np.sum(one | other) > 0.9
    assert np.sum(after > 0) / np.sum(before > 0) == pytest.approx(1, abs=0.03)
