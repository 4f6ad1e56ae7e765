import numpy as np
import pytest
from numpy.typing import NDArray

from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.labels import LabelVideo
from napari_asist.microscope.fit_camera import SampledFrame
from napari_asist.microscope.fit_phase_contrast import (
    edge_blur,
    fitted_fringes,
    fitted_phase,
)
from napari_asist.microscope.object_profiles import fringe_measure
from napari_asist.microscope.phase_contrast import halo_of, phase_contrast, slopes_of
from napari_asist.microscope.render import (
    MicroscopeSettings,
    exposures,
    render_video,
)
from napari_asist.microscope.scene import draw_scene
from napari_asist.microscope.settings import PhaseContrastSettings
from napari_asist.simulation.settings import MicrovilliSettings
from napari_asist.simulation.shapes import Spindle
from napari_asist.simulation.simulate import simulate_video

Image = NDArray[np.float32]

CELLS = MicrovilliSettings(
    frames=3,
    height=256,
    width=256,
    objects=20,
    overlap=1.2,
    shape=Spindle(),
    stick_width=16,
    length_mean=40,
    length_min=25,
    length_max=60,
)
CLEAN = MicroscopeSettings(
    read_noise=0,
    gain=1e-6,
    unevenness=0,
    bleaching=0,
    halo=0,
    offset=0,
    background=400,
    texture=0,
)


def disc(radius: float, side: int = 160) -> Image:
    y, x = np.mgrid[:side, :side] - side // 2
    return np.asarray(np.hypot(y, x) <= radius, np.float32)


@pytest.mark.parametrize("radius", [3.0, 10.0, 24.0])
def test_the_halo_of_a_point_is_that_of_a_phase_ring(radius: float) -> None:
    from scipy.special import j0

    point = np.zeros((160, 160), np.float32)
    # One cell, because wide halos are computed at a low resolution.
    cell = max(1, int(radius // 4))
    middle = 80 // cell * cell
    point[middle : middle + cell, middle : middle + cell] = 1 / cell**2
    found = halo_of(point, radius, 0.5)
    away = np.hypot(*(np.mgrid[:160, :160] - middle - (cell - 1) / 2)) * 2.405 / radius
    kernel = j0(away) * np.exp(-0.5 * (0.5 * away) ** 2)
    kernel /= kernel[away < 2.405].sum()
    np.testing.assert_allclose(found, kernel, atol=0.08 * kernel.max())
    assert found[middle, middle + round(1.4 * radius)] < 0


def test_the_halo_is_a_convolution_up_to_the_border() -> None:
    from scipy.ndimage import convolve
    from scipy.special import j0

    light = np.random.default_rng(0).random((83, 71), np.float32)
    away = np.hypot(*np.mgrid[-20:21, -20:21]) * 2.405 / 6.5
    kernel = j0(away) * np.exp(-0.5 * (0.4 * away) ** 2) * (away <= 3 * 2.405)
    kernel /= kernel[away < 2.405].sum()
    expected = convolve(light.astype(np.float64), kernel, mode="reflect")
    np.testing.assert_allclose(halo_of(light, 6.5, 0.4), expected, atol=1e-5)


@pytest.mark.parametrize("angle", [0, 35, 90, -130])
def test_a_shadow_is_the_slope_in_its_direction(angle: float) -> None:
    light = np.random.default_rng(0).random((40, 31), np.float32)
    settings = PhaseContrastSettings(shadow=0.3, shadow_angle=angle, shadow_sigma=2)
    along_y, along_x = slopes_of(light, 2)
    turn = np.radians(angle)
    expected = light + 0.3 * (np.sin(turn) * along_y + np.cos(turn) * along_x)
    seen = phase_contrast(light, light > 0, settings)
    np.testing.assert_allclose(seen, expected, atol=1e-5)


def test_a_bright_object_has_a_dark_halo_and_a_dimmed_middle() -> None:
    settings = PhaseContrastSettings(strength=0.3, radius=12, shade_off=1)
    light = 100 * disc(12)
    seen = phase_contrast(light, light > 0, settings)
    row = seen[80]
    assert row[80 + 16] < -1
    assert row[80] == pytest.approx(100 - 30, abs=5)
    assert row[80 + 10] > row[80]  # shade-off
    kept = phase_contrast(light, light > 0, settings.changed(shade_off=0))
    assert kept[80, 80] == pytest.approx(100, abs=1)
    assert kept[80, 80 + 16] == pytest.approx(row[80 + 16], abs=1)
    assert abs(seen[0]).max() < 1


def test_a_shadow_is_on_its_side_and_light_on_the_other() -> None:
    half = np.zeros((80, 80), np.float32)
    half[:, :40] = 1
    assert abs(slopes_of(half, 4.0)[1][40, 40]) == pytest.approx(1, abs=0.03)
    settings = PhaseContrastSettings(shadow=0.2, shadow_angle=90, shadow_sigma=4)
    light = 100 * disc(12)
    seen = phase_contrast(light, light > 0, settings)
    assert seen[80 + 14, 80] < -10
    assert seen[80 - 14, 80] == pytest.approx(-seen[80 + 14, 80], abs=0.1)
    assert abs(seen[80, 80 + 14]) < 0.5


def test_labels_follow_the_objects_own_light() -> None:
    border = DrawnBorder(0.3, 8.0)
    phase = PhaseContrastSettings(strength=0.5, glow=0.1)
    plain = draw_scene(CELLS, CLEAN, 1, border)
    fringed = draw_scene(CELLS, CLEAN.changed(phase=phase.model_dump()), 1, border)
    np.testing.assert_array_equal(plain.labels.labels, fringed.labels.labels)
    assert fringed.counts.min() < 400 - 20 < plain.counts.min()


def test_labels_leave_the_side_in_a_shadow() -> None:
    border = DrawnBorder(0.3, 8.0)
    phase = PhaseContrastSettings(shadow=0.3, shadow_angle=90, shadow_sigma=4)
    plain = draw_scene(CELLS, CLEAN, 1, border).labels.labels
    shadowed = draw_scene(CELLS, CLEAN.changed(phase=phase.model_dump()), 1, border)
    moved = [
        np.argwhere(now).mean(0) - np.argwhere(before).mean(0)
        for before, now in zip(plain == 1, shadowed.labels.labels == 1, strict=True)
        if before.any()
    ]
    down, across = np.mean(moved, 0)
    assert down < -0.3
    assert abs(across) < 0.3
    assert 0.8 < (shadowed.labels.labels > 0).sum() / (plain > 0).sum() < 1.2


def test_dark_objects_are_the_mirror_image_of_bright_ones() -> None:
    video = simulate_video(CELLS, 2)
    settings = CLEAN.changed(phase={"strength": 0.2, "shadow": 0.1})
    dark = CLEAN.changed(phase={"strength": 0.2, "shadow": 0.1, "objects": "dark"})
    low = {"quantiles": (20, 60)}
    one, other = (
        next(exposures(video, s.changed(brightness=low), 0)) for s in (settings, dark)
    )
    np.testing.assert_allclose(one.counts - 400, 400 - other.counts, atol=0.2)
    np.testing.assert_array_equal(one.signal, other.signal)
    assert (other.counts[video.labels[0] > 0] < 400).mean() > 0.9


def test_a_camera_saturates() -> None:
    video = simulate_video(CELLS, 2)
    bright = {"quantiles": (300, 600)}
    settings = CLEAN.changed(brightness=bright, saturation=500)
    shown = next(exposures(video, settings, 0))
    whole = next(exposures(video, CLEAN.changed(brightness=bright), 0))
    assert whole.counts.max() > 600
    np.testing.assert_array_equal(shown.counts, np.minimum(whole.counts, 500))
    # Objects are outlined as they are shown.
    np.testing.assert_array_equal(shown.signal, np.minimum(whole.signal, 100))
    assert render_video(video, settings, 0).max() == 500


def sampled(settings: MicroscopeSettings) -> tuple[list[SampledFrame], LabelVideo]:
    video = simulate_video(CELLS.changed(height=400, width=400, objects=45), 3)
    frames = [
        SampledFrame(one.counts - 400, np.full_like(one.counts, 400), labels)
        for one, labels in zip(exposures(video, settings, 0), video.labels, strict=True)
    ]
    return frames, video


def test_halo_and_shadow_are_found_in_frames() -> None:
    made = PhaseContrastSettings(
        strength=0.25, radius=16.25, shadow=0.2, shadow_angle=-60, shadow_sigma=5.2
    )
    quiet = CLEAN.changed(read_noise=1, psf_sigma=1.2, phase=made.model_dump())
    found = fitted_phase(sampled(quiet)[0], 13)
    assert found.strength == pytest.approx(0.25, rel=0.3)
    assert found.radius == 16.25
    assert found.shadow == pytest.approx(0.2, rel=0.25)
    assert found.shadow_angle == pytest.approx(-60, abs=8)
    assert found.shadow_sigma == 5.2
    none = fitted_phase(sampled(CLEAN.changed(read_noise=1))[0], 13)
    assert none.strength < 0.03
    assert none.radius == 16.25, "the radius of a halo that is not there is unknown"
    assert none.shadow < 0.03
    assert not fitted_phase([], 13).is_on


def test_fringes_agree_with_the_video_after_rendering() -> None:
    """The linear fit takes this glow for the blur, and finds a halo instead."""
    made = PhaseContrastSettings(
        glow=0.3, glow_sigma=6, shadow=0.3, shadow_angle=-60, shadow_sigma=8
    )
    optics = CLEAN.changed(
        read_noise=1, psf_sigma=2, texture=0.2, texture_scale=4, phase=made.model_dump()
    )
    (frame, *_), video = sampled(optics)
    first = fitted_phase([frame], 13)
    assert first.glow < 0.1 < first.strength
    start = optics.changed(psf_sigma=3, texture=0.5, phase=first.model_dump())
    found = fitted_fringes([frame], start, 13)
    assert found.psf_sigma == pytest.approx(2, abs=0.5)
    assert found.texture == pytest.approx(0.2, abs=0.05)
    assert found.phase.shadow == pytest.approx(0.3, abs=0.04)
    assert found.phase.shadow_angle == pytest.approx(-60, abs=4)
    assert found.phase.shadow_sigma == pytest.approx(8, abs=1.5)
    # A wider glow and a halo look the same as the narrow glow.
    used = np.arange(video.labels.max() + 1) > 0
    true, before, after = (
        fringe_measure(sampled(settings)[0][0].counts, video.labels[0], used, 13)
        for settings in (optics, start, found)
    )
    assert (before - true).std() > 0.02
    assert (after - true).std() < 0.01
    assert fitted_fringes([], start, 13) == start


@pytest.mark.parametrize("psf_sigma", [1.5, 3.0])
def test_edges_determine_the_blur(psf_sigma: float) -> None:
    settings = CLEAN.changed(psf_sigma=psf_sigma, falloff=0, border=0.5)
    found = edge_blur(sampled(settings)[0], 1.0)
    assert found == pytest.approx(psf_sigma, rel=0.25)
    assert edge_blur([], 1.0) is None
