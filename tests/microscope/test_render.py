import numpy as np
import pytest
from cases import CASES, blank
from numpy.typing import NDArray

from napari_asist.estimation.borders import outlines_of
from napari_asist.estimation.object_areas import visible_area_ratio
from napari_asist.labels import LabelVideo, track_table
from napari_asist.microscope.calibrated_optics import fitted_look
from napari_asist.microscope.optics import Look, render_light, render_signal
from napari_asist.microscope.render import (
    MicroscopeSettings,
    render_video,
    rendered_frames,
)
from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.settings import (
    BrightnessSettings,
    MicrovilliSettings,
    NucleiSettings,
)
from napari_asist.simulation.simulate import simulate_video

NUCLEI = NucleiSettings(height=256, width=256, frames=6, objects=30, elongation=0.3)
STICKS = MicrovilliSettings(height=256, width=256, frames=3, objects=40, overlap=1)
SIMULATED: list[NucleiSettings | MicrovilliSettings] = [
    NUCLEI.changed(appearing=2, disappearing=2, mitoses=2),
    STICKS,
    STICKS.changed(shape="ellipse", stick_width=8),
]
NO_CYCLE = {"cell_cycle": CellCycleSettings(), "condensation": 0, "mitotic_halo": 0}
QUIET = MicroscopeSettings(
    read_noise=0, gain=1e-3, unevenness=0, bleaching=0, halo=0
).changed(**NO_CYCLE)
BRIGHT = BrightnessSettings(quantiles=(300, 400))


def signal_of(video: LabelVideo, settings: MicroscopeSettings) -> NDArray[np.float32]:
    look = fitted_look(video, settings, np.random.default_rng(0))
    level = np.full(len(look.origin), 100, np.float32)
    return render_signal(outlines_of(video.labels[0]), level, settings, look)


@pytest.mark.parametrize("simulator", SIMULATED)
@pytest.mark.parametrize("texture", [0, 0.22])
def test_visible_borders_match_the_labels(
    simulator: NucleiSettings | MicrovilliSettings, texture: float
) -> None:
    video = simulate_video(simulator, 1)
    signal = signal_of(video, MicroscopeSettings(texture=texture))
    ratio = visible_area_ratio(signal, video.labels[0])
    assert 0.95 < np.median(ratio) < 1.05
    area = np.bincount(video.labels[0].ravel())[1:]
    whole = area[area > 0] > 40
    assert np.mean((ratio[whole] > 0.8) & (ratio[whole] < 1.2)) > 0.9


def test_even_light_has_no_texture_and_is_drawn_with_the_signal() -> None:
    video = simulate_video(NUCLEI, 1)
    outlines = outlines_of(video.labels[0], 6)
    highest = int(video.labels.max())
    rng = np.random.default_rng(0)
    level = rng.uniform(50, 500, highest + 1).astype(np.float32)
    level[0] = 0
    condensed = rng.choice([0, 0.5, 1], highest + 1).astype(np.float32)
    grain = 0.3 * rng.standard_normal((64, 64), np.float32)
    origin = np.zeros((highest + 1, 2), np.float32)
    rough, smooth = Look(grain, origin), Look(0 * grain, origin)
    settings = MicroscopeSettings(condensation=0)
    light = render_light(outlines, level, settings, rough, condensed)
    signal = render_signal(outlines, level, settings, rough, condensed)
    np.testing.assert_array_equal(light.signal, signal)
    ones = np.ones_like(level)
    plain = render_signal(outlines, ones, settings, smooth, condensed)
    np.testing.assert_allclose(light.even, plain * level[outlines.nearest], rtol=1e-5)


@pytest.mark.parametrize("psf_sigma", [0.5, 2.5])
def test_borders_hold_whatever_the_blur(psf_sigma: float) -> None:
    video = simulate_video(SIMULATED[0], 1)
    signal = signal_of(video, MicroscopeSettings(psf_sigma=psf_sigma))
    ratio = np.median(visible_area_ratio(signal, video.labels[0]))
    assert 0.95 < ratio < 1.05


def test_objects_have_the_requested_brightness() -> None:
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


@pytest.mark.parametrize("condensation", [0, 0.7])
def test_divisions_are_bright(condensation: float) -> None:
    video = CASES["division"]()
    settings = QUIET.changed(
        brightness=BRIGHT,
        texture=0,
        condensation=condensation,
        cell_cycle=CellCycleSettings(brightness=95 / 39, stage_duration=1),
    )
    frames = render_video(video, settings, 0).astype(float) - 600
    mother = [frames[time][video.labels[time] == 1].mean() for time in (0, 1)]
    daughter = [frames[time][video.labels[time] == 2].mean() for time in (2, 3, 4)]
    other = [frames[time][video.labels[time] == 4].mean() for time in (1, 4)]
    assert mother[1] / mother[0] == pytest.approx(95 / 66, rel=0.03)
    assert daughter[0] / daughter[1] == pytest.approx(74 / 54, rel=0.05)
    assert daughter[1] / daughter[2] == pytest.approx(54 / 39, rel=0.05)
    assert other[0] == pytest.approx(other[1], rel=0.01)


def plates() -> LabelVideo:
    """Nine discs that become plates, 24 px long and 8 px thick, and divide."""
    labels = blank(4, (180, 180))
    y, x = np.indices((180, 180))
    rows = []
    for cell in range(9):
        v, u = y - 30 - 60 * (cell // 3), x - 30 - 60 * (cell % 3)
        turn = cell * np.pi / 9
        u, v = u * np.cos(turn) + v * np.sin(turn), v * np.cos(turn) - u * np.sin(turn)
        labels[:2, np.hypot(u, v) < 12] = cell + 1
        labels[2, np.hypot(u / 12, v / 4) < 1] = cell + 1
        labels[3, np.hypot(u, v - 8) < 6] = 10 + cell
        labels[3, np.hypot(u, v + 8) < 6] = 20 + cell
        rows += [(cell + 1, 0, 2, 0)]
        rows += [(first + cell, 3, 3, cell + 1) for first in (10, 20)]
    return LabelVideo(labels, track_table(rows))


def test_plates_are_bright_and_flat_within_their_borders() -> None:
    video = plates()
    settings = QUIET.changed(
        brightness=BRIGHT,
        condensation=0.7,
        cell_cycle=CellCycleSettings(brightness=2.4),
        mitotic_halo=0.1,
    )
    frames = render_video(video, settings, 0).astype(float) - 600
    ratio = visible_area_ratio(frames[2], video.labels[2])
    assert 0.95 < np.median(ratio) < 1.05
    mean, spread = [], []
    for time in (0, 2):
        pixels = [frames[time][video.labels[time] == label] for label in range(1, 10)]
        mean.append(np.array([inside.mean() for inside in pixels]))
        middle = [np.sort(inside)[len(inside) // 2 :] for inside in pixels]
        spread.append(np.median([top.std() / top.mean() for top in middle]))
    assert np.median(mean[1] / mean[0]) == pytest.approx(2.4, rel=0.05)
    assert spread[1] < 0.8 * spread[0]


def test_the_halo_of_a_mitosis_is_wide_and_faint() -> None:
    video = plates()
    settings = QUIET.changed(mitotic_halo=0.2, mitotic_halo_sigma=8)
    look = fitted_look(video, settings, np.random.default_rng(0))
    labels = np.where(video.labels[2] == 5, video.labels[2], 0)
    whole = np.ones(len(look.origin), np.float32)
    level = 100 * whole
    light, without = (
        render_signal(outlines_of(labels), level, used, look, whole)
        for used in (settings, settings.changed(mitotic_halo=0))
    )
    halo = light - without
    assert halo.sum() == pytest.approx(0.2 * without.sum(), rel=0.01)
    assert halo.max() < 0.25 * without.max()
    across = halo[90, 90:]
    assert across.argmax() == 0, "a halo is no ring"
    assert (np.diff(across) <= 1e-5).all()
    assert across[8] > 0.4 * across[0] > 20 * across[24]
    interphase = render_signal(outlines_of(labels), level, settings, look)
    assert interphase[90, 114] < 1e-3, "only a mitosis has this halo"


def test_noise_and_background_are_those_of_the_settings() -> None:
    settings = MicroscopeSettings(
        background=200, gain=2, read_noise=10, offset=1000, unevenness=0, bleaching=0.1
    )
    frames = render_video(LabelVideo(blank(3, (128, 128))), settings, 0).astype(float)
    assert frames[0].mean() == pytest.approx(1200, abs=1)
    assert frames[0].var() == pytest.approx(200 * 2 + 10**2, rel=0.05)
    assert frames[2].mean() == pytest.approx(1000 + 200 * 0.81, abs=1)


def test_objects_are_dim_down_to_the_noise() -> None:
    # Networks learn to ignore dim nuclei if they never see labeled ones.
    settings = MicroscopeSettings()
    dark = LabelVideo(blank(1, (128, 128)))
    noise = render_video(dark, settings.changed(unevenness=0), 0).std()
    dimmest, brightest = (settings.brightness.quantiles[i] for i in (0, -1))
    assert dimmest <= 1.5 * noise
    assert brightest > 50 * noise
    video = simulate_video(NUCLEI.changed(frames=2, appearing=0, disappearing=0), 1)
    dim = BrightnessSettings(quantiles=(dimmest, dimmest))
    plain = settings.changed(brightness=dim, unevenness=0, **NO_CYCLE)
    frame = render_video(video, plain, 0)[0].astype(float)
    inside = video.labels[0] > 0
    assert frame[inside].mean() - 600 == pytest.approx(dimmest, rel=0.15)


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


@pytest.mark.parametrize("border", [0.27, 0.5, 0.7])
def test_labels_end_at_the_requested_fraction_of_the_maximum(border: float) -> None:
    nuclei = NucleiSettings(height=256, width=256, frames=6, objects=20, overlap=1.2)
    nuclei = nuclei.changed(appearing=0, disappearing=0, mitoses=3, plate=0.4)
    video = simulate_video(nuclei, 0)
    optics = MicroscopeSettings(border=border, psf_sigma=1.8, background=0)
    clean = list(rendered_frames(video, optics.changed(gain=1e-3, read_noise=0), 0))
    counts = clean[0] - optics.offset
    ratio = visible_area_ratio(counts, video.labels[0], border)
    assert np.median(ratio) == pytest.approx(1, abs=0.05)
    # Narrow plates have a halo around them; they are drawn nevertheless.
    for mother in np.unique(video.tracks["parent"])[1:]:
        (end,) = video.tracks["end"][video.tracks["label"] == mother]
        inside = clean[end][video.labels[end] == mother] - optics.offset
        assert inside.mean() > 20


def test_a_frame_is_the_same_without_the_earlier_ones() -> None:
    video = simulate_video(NUCLEI, 1)
    settings = MicroscopeSettings(
        debris={"density": 2}, clouds=5, out_of_focus={"density": 1}
    )
    whole = list(rendered_frames(video, settings, 7))
    for time in (5, 2):
        alone = next(rendered_frames(video, settings, 7, time))
        np.testing.assert_array_equal(alone, whole[time])
