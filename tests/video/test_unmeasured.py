"""What is no measurement is found, and nothing else."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter, median_filter
from unmeasured_cases import (
    NUCLEI,
    UNITS,
    clean,
    cosmic_rays,
    defective_lines,
    defective_pixels,
    disc,
    half_written,
    in_light,
    never_written,
    octagon,
    on_a_canvas,
    padded,
    registered,
    round_field,
    scale_bar,
    time_stamp,
    zero_mean_padded,
)

from napari_asist.events import result_of
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.noise import pixel_noise
from napari_asist.simulation.settings import MicrovilliSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video.intensity_unit import IntensityUnit, intensity_unit
from napari_asist.video.unmeasured import Unmeasured, finding_unmeasured

VIDEO = clean()
INSIDE = disc((200, 240))


def found_in(frames: NDArray[np.generic]) -> Unmeasured:
    return result_of(finding_unmeasured(frames, "video"))


@pytest.mark.parametrize(
    "frames",
    [
        VIDEO,
        (VIDEO // 16).astype(np.uint8),
        np.where(VIDEO > 240, VIDEO - 240, 0).astype(np.uint16),
        np.minimum(VIDEO, 500),
        np.stack([median_filter(f, 7) for f in np.where(VIDEO > 760, VIDEO, 600)]),
        np.minimum(VIDEO, 500)[:1],
        render_video(
            simulate_video(
                MicrovilliSettings(frames=4, height=128, width=128, objects=20), 1
            ),
            MicroscopeSettings(),
            1,
        ),
        simulate_video(NUCLEI, 1).labels,
        np.zeros((3, 64, 64), np.uint8),
        np.full((1, 16, 16), 7.5, np.float32),
        VIDEO[:, :16, :16],
    ],
    ids=[
        "clean",
        "few gray levels",
        "background clipped at 0",
        "saturated objects",
        "denoised",
        "one frame",
        "sticks",
        "drawn without noise",
        "nothing at all",
        "one value",
        "16 px",
    ],
)
def test_measurements_are_kept(frames: NDArray[np.generic]) -> None:
    found = found_in(frames)
    assert found.is_empty, found.summary()


@pytest.mark.parametrize("value", [0, 65535])
def test_padding_of_any_shape_is_found(value: int) -> None:
    frames = np.where(INSIDE, VIDEO, value).astype(np.uint16)
    found = found_in(frames)
    np.testing.assert_array_equal(found.regions, ~INSIDE)
    assert not found.defects.any()
    assert not found.frames
    assert not found.moves


@pytest.mark.parametrize("soft", [1, 4, 10])
def test_what_light_does_not_reach_is_found(soft: float) -> None:
    shape = VIDEO.shape[1:]
    half = np.broadcast_to(np.arange(240) < 130, shape)
    for inside in (octagon((shape[0], shape[1])), INSIDE, half):
        light = gaussian_filter(inside.astype(float), soft)
        found = found_in(in_light(VIDEO, light))
        assert found.regions[light < 0.2].all()
        assert np.mean(found.regions & (light > 0.95)) < 0.08
        assert not found.frames


def row_and_column() -> NDArray[np.float64]:
    away: NDArray[np.float64] = np.indices(VIDEO.shape[1:]) - [[[99.5]], [[119.5]]]
    return away / 120


UNEVEN = {
    "bright center": np.exp(-2 * np.sum(row_and_column() ** 2, axis=0)),
    "brighter center": np.exp(-6 * np.sum(row_and_column() ** 2, axis=0)),
    "rising to the right": (row_and_column()[1] + 1.05) / 2.1,
    "falling to nothing": (row_and_column()[1] + 1) / 2,
}


@pytest.mark.parametrize("light", UNEVEN.values(), ids=UNEVEN)
def test_uneven_light_is_no_stop(light: NDArray[np.float64]) -> None:
    assert not found_in(in_light(VIDEO, light)).regions.any()


@pytest.mark.parametrize("haze", [0, 200, 600])
def test_the_dark_around_a_colony_is_measured(haze: float) -> None:
    settings = NUCLEI.changed(frames=4, objects=70)
    colony = render_video(simulate_video(settings, 2), MicroscopeSettings(), 2)
    away = np.hypot(*(np.indices((300, 340)) - np.array([[[149.5]], [[169.5]]])))
    signal = np.pad(colony - 600.0, ((0, 0), (50, 50), (50, 50))) * (away < 105)
    signal += haze * np.exp(-((np.maximum(away - 95, 0) / 15) ** 2))
    noise = np.random.default_rng(6).normal(100, 8, signal.shape)
    frames = np.maximum(signal + noise, 0).round().astype(np.uint16)
    assert not found_in(frames).regions.any()


def test_padding_without_a_step_is_found() -> None:
    found = found_in(zero_mean_padded(VIDEO))
    assert found.field == (slice(20, 220), slice(15, 255))
    assert found.regions.sum() == 230 * 280 - 200 * 240


def test_defective_lines_are_found() -> None:
    found = found_in(defective_lines(VIDEO))
    assert found.defects[33].all()
    assert found.defects[:, 70].all()
    assert found.defects.sum() == 200 + 240 - 1
    assert not found.regions.any()


def test_flashes_of_single_pixels_are_replaced() -> None:
    frames = cosmic_rays(VIDEO)
    found = found_in(frames)
    assert found.flashes
    assert not found.defects.any()
    hit = frames != VIDEO
    assert found_in(VIDEO).flashes is False
    mended = np.stack([found.mended(frame, 0) for frame in frames])
    assert np.array_equal(mended[~hit], VIDEO[~hit])
    apart = np.abs(mended[hit].astype(float) - VIDEO[hit])
    assert np.mean(apart < 200) > 0.97


def test_a_changing_time_stamp_is_found() -> None:
    found = found_in(time_stamp(VIDEO))
    box = np.zeros(VIDEO.shape[1:], bool)
    box[4:16, 4:70] = True
    np.testing.assert_array_equal(found.regions, box)


def test_the_measured_rectangle_of_a_canvas() -> None:
    found = found_in(on_a_canvas(VIDEO))
    assert found.field == (slice(300, 500), slice(100, 340))


def test_padding_that_moves_is_replaced_in_each_frame() -> None:
    frames = registered(VIDEO)
    found = found_in(frames)
    assert found.moves
    for time, frame in enumerate(frames):
        mended = found.mended(frame, time)
        assert mended.min() > 0
        kept = (frame > 0) & ~found.regions
        np.testing.assert_array_equal(mended[kept], frame[kept])


def test_a_scale_bar_is_found() -> None:
    frames = scale_bar(VIDEO)
    regions = found_in(frames).regions
    np.testing.assert_array_equal(regions, frames[0] == 65535)


def test_frames_that_were_never_written_are_found() -> None:
    found = found_in(never_written(VIDEO))
    assert found.frames == tuple(range(12, 24))
    assert "Frames 162 to 173 show nothing" in found.summary(150)[0]
    np.testing.assert_array_equal(found.measured_frames(24), np.arange(12))


@pytest.mark.parametrize("offset", [0, 100, 200])
def test_frames_behind_a_closed_shutter_are_found(offset: int) -> None:
    frames = VIDEO.copy()
    noise = np.random.default_rng(0).normal(offset, 2, (3, *frames.shape[1:]))
    frames[[3, 4, 8]] = np.maximum(noise, 0).round()
    # A hot pixel does not make a dark frame a measurement.
    frames[:, 50, 60] = 4000
    assert found_in(frames).frames == (3, 4, 8)
    assert "Frames 3, 4, 8 show nothing" in found_in(frames).summary()[0]


def test_half_a_frame_is_no_frame() -> None:
    found = found_in(half_written(VIDEO))
    assert found.frames == (5,)
    assert not found.moves


def test_bleaching_and_empty_frames_are_measurements() -> None:
    bleached = VIDEO.astype(np.float64) - 100
    bleached *= np.exp(-np.arange(12) / 3)[:, None, None]
    assert not found_in((bleached + 100).round().astype(np.uint16)).frames
    rng = np.random.default_rng(0)
    empty = VIDEO.copy()
    settings = MicroscopeSettings()
    level = settings.background
    variance = settings.gain * settings.background + settings.read_noise**2
    empty[4] = rng.normal(level, variance**0.5, empty[4].shape).round()
    assert not found_in(empty).frames


def test_defective_pixels_are_replaced_by_their_neighbors() -> None:
    frames = defective_pixels(VIDEO)
    found = found_in(frames)
    np.testing.assert_array_equal(found.defects, frames[0] != VIDEO[0])
    mended = found.mended(frames[7], 7)
    assert mended.dtype == np.uint16
    difference = mended[found.defects].astype(int) - VIDEO[7][found.defects]
    assert np.median(np.abs(difference)) < 15
    np.testing.assert_array_equal(mended[~found.defects], frames[7][~found.defects])


@pytest.mark.parametrize("sigma", [0.8, 1.5])
def test_points_that_never_move_are_objects(sigma: float) -> None:
    rng = np.random.default_rng(0)
    row, column = np.indices((96, 96))
    image = np.zeros((96, 96))
    for y, x in rng.uniform(5, 91, (30, 2)):
        image += 3000 * np.exp(-0.5 * ((row - y) ** 2 + (column - x) ** 2) / sigma**2)
    frames = (200 + image + rng.normal(0, 8, (8, 96, 96))).round().astype(np.uint16)
    assert not found_in(frames).defects.any()


def test_what_is_drawn_has_the_level_and_the_noise_of_the_background() -> None:
    slope = np.broadcast_to(np.linspace(0, 400, 240).round(), INSIDE.shape)
    tilted = VIDEO + slope.astype(np.uint16)
    frames = np.where(INSIDE, tilted, 0).astype(np.uint16)
    mended = found_in(frames).mended(frames[0], 0).astype(float)
    assert mended.dtype == np.float64
    near = binary_dilation(INSIDE, iterations=6) & ~INSIDE
    for part in (slice(20, 60), slice(180, 220)):
        there = np.zeros_like(INSIDE)
        there[:, part] = near[:, part]
        expected = np.median(VIDEO[0]) + np.median(slope[there])
        assert np.median(mended[there]) == pytest.approx(expected, abs=20)
    noise = pixel_noise(mended[:30, 20:50])
    assert noise == pytest.approx(pixel_noise(VIDEO[0]), rel=0.15)
    # The same every time, so that a resumed run sees the same frames.
    again = found_in(frames).mended(frames[0], 0)
    np.testing.assert_array_equal(again, mended)


@pytest.mark.parametrize("name", UNITS)
def test_intensities_in_any_unit_become_counts(name: str) -> None:
    frames = UNITS[name](VIDEO)
    unit = intensity_unit(frames)
    assert unit is not None
    counts = np.stack([unit.counts(frame) for frame in frames])
    assert counts.dtype == np.float32
    assert np.quantile(counts, 0.9999) == pytest.approx(10_000, rel=0.2)
    # A straight line of the recorded intensities, with hardly any loss.
    slope = np.ptp(counts) / np.ptp(VIDEO.astype(float))
    line = (counts - counts.min()) / slope + float(VIDEO.min())
    assert np.abs(line - VIDEO).max() < 0.5


@pytest.mark.parametrize(
    "frames",
    [
        VIDEO,
        VIDEO.astype(np.float32),
        VIDEO.astype(np.int32),
        (VIDEO // 16).astype(np.uint8),
        np.zeros((3, 32, 32), np.float32),
    ],
    ids=["uint16", "float32", "int32", "uint8", "nothing"],
)
def test_counts_stay_as_they_are(frames: NDArray[np.generic]) -> None:
    assert intensity_unit(frames) is None


def test_a_unit_is_linear() -> None:
    unit = IntensityUnit(zero=0.5, size=0.001)
    np.testing.assert_allclose(unit.counts(np.array([[0.5, 1.5]])), [[0, 1000]])


def test_padding_and_round_fields_are_described() -> None:
    assert found_in(padded(VIDEO)).summary() == [
        "25 % of the field is padding, masked or not lit, without a measurement; "
        "nothing is measured or tracked there."
    ]
    assert "35 %" in found_in(round_field(VIDEO)).summary()[0]
