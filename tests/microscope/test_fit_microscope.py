import numpy as np
import pytest
from counted_stops import assert_stops_anywhere
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.microscope.fit import fit_microscope, saturation_of
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.resampling import resampled
from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.settings import BrightnessSettings, NucleiSettings
from napari_asist.simulation.simulate import simulate_video

NUCLEI = NucleiSettings(
    height=256,
    width=256,
    frames=6,
    objects=24,
    appearing=0,
    disappearing=0,
    mitoses=0,
    radius_mean=11,
    elongation=0.3,
    clustering=0.5,
)
SHARP = MicroscopeSettings(
    psf_sigma=0.8, falloff=0.1, halo=0, texture=0.3, texture_scale=2, bleaching=0
)
BLURRED = MicroscopeSettings(
    brightness=BrightnessSettings(quantiles=(30, 150, 300, 600)),
    psf_sigma=1.7,
    falloff=0.5,
    halo=0.08,
    halo_sigma=6,
    texture=0.1,
    texture_scale=3,
    gain=2,
    read_noise=8,
    noise_grain=(0, 0.8),
    bleaching=0.03,
    offset=2000,
)


def frames(settings: MicroscopeSettings) -> NDArray[np.uint16]:
    return render_video(simulate_video(NUCLEI, 3), settings, 3)


def visible_texture(settings: MicroscopeSettings) -> float:
    """The texture that the blur leaves; fine grains look like coarse faint ones."""
    scale = settings.texture_scale
    return float(settings.texture * scale / np.hypot(scale, settings.psf_sigma))


@pytest.mark.parametrize("truth", [SHARP, BLURRED], ids=["sharp", "blurred"])
def test_the_microscope_that_took_the_frames_is_found(
    truth: MicroscopeSettings,
) -> None:
    found = fit_microscope(frames(truth), sampled=4)
    assert found.psf_sigma == pytest.approx(truth.psf_sigma, rel=0.25)
    assert found.falloff == pytest.approx(truth.falloff, abs=0.12)
    assert found.halo == pytest.approx(truth.halo, abs=0.08)
    assert visible_texture(found) == pytest.approx(visible_texture(truth), abs=0.06)
    assert found.gain == pytest.approx(truth.gain, rel=0.5)
    assert found.noise_grain == pytest.approx(truth.noise_grain, abs=0.15)
    assert found.bleaching == pytest.approx(truth.bleaching, abs=0.012)
    left = (1 - truth.bleaching) ** 4
    noise = found.gain * found.background + found.read_noise**2
    expected = truth.gain * truth.background * left + truth.read_noise**2
    assert noise == pytest.approx(expected, rel=0.15)
    level = truth.offset + truth.background * left
    assert found.offset + found.background == pytest.approx(level, abs=8)
    levels = truth.brightness.quantiles
    drawn = np.interp(0.5, np.linspace(0, 1, len(levels)), levels)
    assert found.brightness.quantiles[5] == pytest.approx(drawn, rel=0.3)


def test_brightness_goes_down_to_the_noise() -> None:
    bright = BrightnessSettings(quantiles=(300, 900))
    found = fit_microscope(frames(SHARP.changed(brightness=bright)), sampled=1)
    noise = np.sqrt(found.gain * found.background + found.read_noise**2)
    assert found.brightness.quantiles[0] <= 1.5 * noise
    assert found.brightness.quantiles[-1] > 700


def test_unmeasured_settings_stay_unchanged() -> None:
    found = fit_microscope(frames(SHARP), sampled=1)
    assert found.cell_cycle == CellCycleSettings(brightness=2.4)
    assert found.debris.density == 0
    assert found.bleaching == 0


def test_frames_of_fractions_can_be_fitted() -> None:
    small = frames(SHARP)[:1] / 65535
    found = fit_microscope(small)
    assert found.psf_sigma == pytest.approx(SHARP.psf_sigma, rel=0.25)
    assert found.brightness.quantiles[5] * 65535 == pytest.approx(240, rel=0.3)


def test_frames_without_objects_say_what_to_do() -> None:
    noise = np.random.default_rng(0).normal(100, 5, (3, 128, 128))
    with pytest.raises(AsistError, match="choose another channel"):
        fit_microscope(noise)


@pytest.mark.parametrize("factor", [1, 2, 0.6])
def test_the_bright_end_of_a_camera_is_found_at_every_scale(factor: float) -> None:
    video = simulate_video(NUCLEI, 3)
    frames = render_video(video, BLURRED.changed(offset=100), 3)
    shape = (round(256 * factor), round(256 * factor))
    assert saturation_of([resampled(frame, shape) for frame in frames]) is None
    cut = np.minimum(frames, 600)
    found = saturation_of([resampled(frame, shape) for frame in cut])
    assert found == pytest.approx(600, abs=5)


def test_flat_frames_do_not_saturate() -> None:
    assert saturation_of([np.full((40, 40), 7, np.uint8)]) is None


def test_the_fit_can_be_stopped_anywhere() -> None:
    video = frames(SHARP)[:2]
    # Each frame is read, measured and searched, then compared again and again.
    assert_stops_anywhere(lambda: fit_microscope(video, sampled=2), 30)
