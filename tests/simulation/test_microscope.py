import numpy as np
import pytest
from cases import CASES, blank
from numpy.typing import NDArray

from napari_asist.labels import LabelVideo
from napari_asist.simulation.borders import half_maximum_ratio
from napari_asist.simulation.look import fitted_look
from napari_asist.simulation.microscope import MicroscopeSettings, render_video
from napari_asist.simulation.optics import render_signal
from napari_asist.simulation.settings import (
    BrightnessSettings,
    HelaSettings,
    MicrovilliSettings,
)
from napari_asist.simulation.simulate import simulate_video

NUCLEI = HelaSettings(height=256, width=256, frames=6, objects=30, elongation=0.3)
STICKS = MicrovilliSettings(height=256, width=256, frames=3, objects=40, overlap=1)
SIMULATED: list[HelaSettings | MicrovilliSettings] = [
    NUCLEI.changed(appearing=2, disappearing=2, mitoses=2),
    STICKS,
    STICKS.changed(outline="ellipse", stick_width=8),
]
QUIET = MicroscopeSettings(
    read_noise=0, gain=1e-3, unevenness=0, bleaching=0, mitosis_brightness=1, halo=0
)
BRIGHT = BrightnessSettings(quantiles=(300, 400))


def signal_of(video: LabelVideo, settings: MicroscopeSettings) -> NDArray[np.float32]:
    look = fitted_look(video, settings, np.random.default_rng(0))
    level = np.full(len(look.origin), 100, np.float32)
    return render_signal(video.labels[0], level, settings, look)


@pytest.mark.parametrize("simulator", SIMULATED)
@pytest.mark.parametrize("texture", [0, 0.22])
def test_visible_borders_lie_on_the_labels(
    simulator: HelaSettings | MicrovilliSettings, texture: float
) -> None:
    video = simulate_video(simulator, 1)
    signal = signal_of(video, MicroscopeSettings(texture=texture))
    ratio = half_maximum_ratio(signal, video.labels[0])
    assert 0.95 < np.median(ratio) < 1.05
    area = np.bincount(video.labels[0].ravel())[1:]
    whole = area[area > 0] > 40
    assert np.mean((ratio[whole] > 0.8) & (ratio[whole] < 1.2)) > 0.9


@pytest.mark.parametrize("psf_sigma", [0.5, 2.5])
def test_borders_hold_whatever_the_blur(psf_sigma: float) -> None:
    video = simulate_video(SIMULATED[0], 1)
    signal = signal_of(video, MicroscopeSettings(psf_sigma=psf_sigma))
    ratio = np.median(half_maximum_ratio(signal, video.labels[0]))
    assert 0.95 < ratio < 1.05


def test_objects_are_as_bright_as_asked_for() -> None:
    video = simulate_video(SIMULATED[0], 1)
    signal = signal_of(video, MicroscopeSettings())
    assert signal[video.labels[0] > 0].mean() == pytest.approx(100, rel=0.05)


def test_brightness_of_a_track_stays_the_same() -> None:
    video = simulate_video(NUCLEI.changed(appearing=0, disappearing=0, mitoses=0), 2)
    frames = render_video(video, QUIET.changed(brightness=BRIGHT, texture=0), 0)
    assert frames.dtype == np.uint16
    assert frames.shape == video.labels.shape
    means = np.stack(
        [
            np.bincount(labels.ravel(), frame.ravel()) / np.bincount(labels.ravel())
            for labels, frame in zip(video.labels, frames, strict=True)
        ]
    )[:, 1:]
    signal = means - 600
    assert (signal.std(axis=0) < 0.15 * signal.mean(axis=0)).all()
    assert np.median(signal.std(axis=0) / signal.mean(axis=0)) < 0.02


def test_texture_moves_with_its_object() -> None:
    still = np.zeros((2, 64, 64), np.uint16)
    y, x = np.indices((64, 64))
    for time, center in enumerate((24, 33)):
        still[time][np.hypot(y - 32, x - center) < 12] = 1
    video = LabelVideo(still)
    frames = render_video(video, QUIET.changed(brightness=BRIGHT, texture=0.3), 0)
    one, other = frames[0][:, 8:42].astype(float), frames[1][:, 17:51].astype(float)
    inside = still[0][:, 8:42] > 0
    assert np.corrcoef(one[inside], other[inside])[0, 1] > 0.98
    assert one[inside].std() > 20


def test_divisions_are_bright() -> None:
    video = CASES["division"]()
    settings = QUIET.changed(brightness=BRIGHT, mitosis_brightness=2, texture=0)
    frames = render_video(video, settings, 0).astype(float) - 600
    mother = [frames[time][video.labels[time] == 1].mean() for time in (0, 1)]
    daughter = [frames[time][video.labels[time] == 2].mean() for time in (2, 3)]
    other = [frames[time][video.labels[time] == 4].mean() for time in (1, 4)]
    assert mother[1] / mother[0] == pytest.approx(np.sqrt(2), rel=0.02)
    assert daughter[0] > 1.2 * daughter[1]
    assert other[0] == pytest.approx(other[1], rel=0.01)


def test_noise_and_background_are_those_of_the_settings() -> None:
    settings = MicroscopeSettings(
        background=200, gain=2, read_noise=10, offset=1000, unevenness=0, bleaching=0.1
    )
    frames = render_video(LabelVideo(blank(3, (128, 128))), settings, 0).astype(float)
    assert frames[0].mean() == pytest.approx(1200, abs=1)
    assert frames[0].var() == pytest.approx(200 * 2 + 10**2, rel=0.05)
    assert frames[2].mean() == pytest.approx(1000 + 200 * 0.81, abs=1)


def test_same_seed_same_frames() -> None:
    video = CASES["division"]()
    one, again, other = (
        render_video(video, MicroscopeSettings(), seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_case_can_be_rendered(name: str) -> None:
    video = CASES[name]()
    frames = render_video(video, MicroscopeSettings(brightness=BRIGHT), 0)
    if (video.labels > 0).any():
        light, dark = frames[video.labels > 0], frames[video.labels == 0]
        assert light.mean() > dark.mean() + 100
