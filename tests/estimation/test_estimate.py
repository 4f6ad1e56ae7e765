import json
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from scipy.ndimage import center_of_mass

from napari_asist.errors import AsistError
from napari_asist.estimation.detect import HALF_MAXIMUM
from napari_asist.estimation.estimate import Estimate, estimate_simulator
from napari_asist.estimation.object_scale import object_radius
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.resampling import ResampledFrames, scale_factor
from napari_asist.simulation.settings import (
    BrightnessSettings,
    MicrovilliSettings,
    NucleiSettings,
    SimulatorKind,
    SimulatorSettings,
)
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video import open_video

SAMPLED = 12
"""Frames of a real video to measure: fewer than usual, to save time."""

CAMERA = MicroscopeSettings(brightness=BrightnessSettings(quantiles=(60, 300, 900)))
NUCLEI = NucleiSettings(
    height=256,
    width=256,
    frames=6,
    objects=28,
    appearing=0,
    disappearing=0,
    mitoses=0,
    rim=24,
    radius_mean=11,
    radius_sd=1.5,
    elongation=0.3,
    move=3,
    turn=0,
)


def rendered(settings: SimulatorSettings) -> NDArray[np.uint16]:
    return render_video(simulate_video(settings, 5), CAMERA, 5)


def estimated(
    frames: Any, kind: SimulatorKind = "nuclei", sampled: int = 12
) -> Estimate:
    """Estimate at half maximum, where the virtual microscope's labels end."""
    return estimate_simulator(frames, kind, sampled, HALF_MAXIMUM)


def test_settings_of_nuclei_are_recovered() -> None:
    estimate = estimated(rendered(NUCLEI))
    fitted = estimate.settings
    assert isinstance(fitted, NucleiSettings)
    assert fitted.field == (256, 256)
    assert fitted.frames == 6
    assert fitted.objects == pytest.approx(28, rel=0.12)
    assert fitted.radius_mean == pytest.approx(11, rel=0.1)
    areas = np.bincount(simulate_video(NUCLEI, 5).labels[0].ravel())[1:]
    drawn = np.median(np.sqrt(areas / np.pi))
    found = np.concatenate(estimate.detections)["radius"]
    assert np.median(found) == pytest.approx(drawn, rel=0.05)
    assert fitted.radius_sd == pytest.approx(1.5, rel=0.4)
    assert fitted.elongation == pytest.approx(0.3, rel=0.25)
    assert fitted.move == pytest.approx(3, rel=0.25)
    levels = fitted.brightness.quantiles
    assert np.median(levels) == pytest.approx(300, rel=0.4)
    assert levels[0] < 12, "dim objects are to be simulated down to the noise"


def test_outlines_follow_the_brightness_unless_a_part_is_stated() -> None:
    frames = rendered(NUCLEI.changed(frames=2))
    followed = estimate_simulator(frames, "nuclei", border_exponent=0.6)
    assert (followed.settings.border, followed.settings.border_exponent) == (None, 0.6)
    noise = np.sqrt(CAMERA.background * CAMERA.gain + CAMERA.read_noise**2)
    assert followed.border.softness == pytest.approx(4 * noise, rel=0.15)
    stated = estimate_simulator(frames, "nuclei", border=0.4)
    assert stated.settings.border == 0.4
    bright = max(
        range(len(followed.detections[0])),
        key=lambda n: followed.detections[0]["brightness"][n],
    )
    place = [int(followed.detections[0][name][bright]) for name in ("y", "x")]
    outlines = [one.outlines(frames[0]) for one in (followed, stated)]
    large, small = (np.sum(drawn == drawn[*place]) for drawn in outlines)
    assert large > 1.05 * small


def test_fitted_settings_can_be_simulated_and_fitted_again() -> None:
    once = estimated(rendered(NUCLEI)).settings
    again = estimated(rendered(once)).settings
    assert isinstance(once, NucleiSettings)
    assert isinstance(again, NucleiSettings)
    assert again.radius_mean == pytest.approx(once.radius_mean, rel=0.08)
    assert again.objects == pytest.approx(once.objects, rel=0.2)


def test_settings_of_sticks_are_recovered() -> None:
    sticks = MicrovilliSettings(
        height=384,
        width=384,
        frames=4,
        objects=70,
        overlap=1.2,
        shape="ellipse",
        stick_width=7,
        length_mean=24,
        length_sd=2,
        length_min=18,
        angle_mean=120,
        angle_spread=15,
    )
    estimate = estimated(rendered(sticks), "microvilli", sampled=4)
    fitted = estimate.settings
    assert isinstance(fitted, MicrovilliSettings)
    assert fitted.objects == pytest.approx(70, rel=0.15)
    assert fitted.stick_width == pytest.approx(7, rel=0.15)
    assert fitted.length_mean == pytest.approx(24, rel=0.1)
    assert fitted.angle_mean == pytest.approx(120, abs=8)
    assert fitted.angle_spread == pytest.approx(15, rel=0.5)


def test_a_larger_video_is_scaled_to_a_training_field() -> None:
    wide = np.tile(rendered(NUCLEI.changed(frames=2)), (1, 2, 3))
    estimate = estimate_simulator(wide, "nuclei", sampled=2)
    assert estimate.settings.field == (512, 512)
    density = 28 / 256**2
    assert estimate.settings.objects == pytest.approx(density * 512**2, rel=0.15)


def test_growth_becomes_divisions() -> None:
    growing = NUCLEI.changed(frames=24, objects=18, mitoses=12, overlap=1.1)
    estimate = estimate_simulator(rendered(growing), "nuclei", sampled=12)
    assert isinstance(estimate.settings, NucleiSettings)
    labels = simulate_video(growing, 5).labels
    first, last = (len(np.unique(frame)) - 1 for frame in (labels[0], labels[-1]))
    assert last > first + 5
    assert estimate.growth == pytest.approx(np.log(last / first) / 23, rel=0.4)
    assert estimate.settings.mitoses == pytest.approx(last - first, rel=0.5)


def test_events_and_motion_are_recovered() -> None:
    lively = NUCLEI.changed(
        height=512,
        width=512,
        frames=24,
        objects=50,
        appearing=12,
        mitoses=24,
        overlap=1.2,
        persistence=0.6,
    )
    estimate = estimated(rendered(lively), sampled=24)
    seen, fitted = estimate.statistics, estimate.settings
    assert isinstance(fitted, NucleiSettings)
    present = estimate.counts.mean() * 23
    assert seen.rates.dividing.value == pytest.approx(24 / present, rel=0.5)
    assert seen.rates.appearing.value == pytest.approx(12 / present, rel=0.7)
    assert seen.rates.disappearing.value < 6 / present
    assert fitted.disappearing < fitted.appearing < fitted.mitoses
    assert seen.motion.persistence.value == pytest.approx(0.6, abs=0.2)
    assert fitted.persistence == pytest.approx(seen.motion.persistence.value, abs=0.01)


def test_clusters_of_a_video_are_simulated() -> None:
    crowd = NUCLEI.changed(
        height=512,
        width=768,
        frames=2,
        objects=110,
        radius_mean=8,
        radius_min=6,
        move=1,
        clustering=1.4,
        cluster_size=50,
    )
    estimate = estimated(rendered(crowd), sampled=2)
    assert estimate.settings.clustering > 0.6
    assert 25 < estimate.settings.cluster_size < 90
    even = estimated(rendered(crowd.changed(clustering=0)), sampled=2)
    assert even.settings.clustering == 0


def test_every_figure_has_a_spread_over_the_frames() -> None:
    seen = estimated(rendered(NUCLEI)).statistics
    assert seen.count.low <= seen.count.value <= seen.count.high
    for spread in (seen.radius, seen.elongation, seen.motion.displacement):
        assert spread.low < spread.high
        assert spread.value == pytest.approx((spread.low + spread.high) / 2, rel=0.1)
    assert len(seen.radii) == len(seen.elongations) == len(seen.brightness) == 11
    assert seen.density_map.mean() == pytest.approx(1)
    assert seen.density_map_sd.shape == seen.density_map.shape
    plain = json.loads(json.dumps(seen.as_dict()))
    assert plain["radius"]["value"] == seen.radius.value
    assert len(plain["density_map"]) == len(seen.density_map)


def test_lazy_videos_and_single_frames_will_do() -> None:
    frames = rendered(NUCLEI)
    lazy = estimate_simulator(da.from_array(frames, chunks=(1, -1, -1)), "nuclei", 4)
    assert lazy.settings == estimate_simulator(frames, "nuclei", 4).settings
    still = estimate_simulator(frames[:1], "nuclei")
    assert still.settings.frames == 1
    assert still.displacement == 0


def test_summary_contains_the_main_values() -> None:
    estimate = estimate_simulator(rendered(NUCLEI), "nuclei", 4)
    summary = estimate.summary()
    assert len(estimate.detections) == len(estimate.times) == 4
    assert f"{np.median(estimate.counts):.0f}" in summary
    assert "256 × 256 px" in summary


def test_an_empty_video_is_rejected() -> None:
    dark = np.random.default_rng(0).normal(100, 5, (3, 64, 64))
    with pytest.raises(AsistError, match="another channel"):
        estimate_simulator(dark, "nuclei")


def test_an_unknown_simulator_is_rejected() -> None:
    with pytest.raises(AsistError, match="nuclei or microvilli"):
        estimate_simulator(np.zeros((2, 32, 32)), "filament")


def inside(
    y: NDArray[np.float64], x: NDArray[np.float64], shape: tuple[int, ...]
) -> int:
    """Count centers that the Cell Tracking Challenge counts: 25 px from the border."""
    return int(((y > 25) & (y < shape[0] - 26) & (x > 25) & (x < shape[1] - 26)).sum())


@pytest.mark.parametrize(
    ("dataset", "kind"),
    [("Fluo-N2DL-HeLa", "nuclei"), ("PhC-C2DL-PSC", "microvilli")],
)
def test_real_videos_are_near_the_truth(
    data: Path, dataset: str, kind: SimulatorKind
) -> None:
    folder = data / dataset
    video = open_video(folder / "01")
    factor = scale_factor(object_radius(video.frames, kind))
    at_scale = ResampledFrames(video.frames, factor)
    estimate = estimate_simulator(at_scale, kind, SAMPLED)
    estimate = estimate.before(factor, video.frames.shape[1:])
    places, counts, radii = {}, [], []
    for time, found in zip(estimate.times, estimate.detections, strict=True):
        number = time + video.first_frame
        markers = tifffile.imread(folder / "01_GT/TRA" / f"man_track{number:03d}.tif")
        labels = np.unique(markers)[1:]
        centers = np.array(center_of_mass(markers > 0, markers, labels))
        places[time] = dict(zip(labels.tolist(), centers, strict=True))
        true = inside(centers[:, 0], centers[:, 1], markers.shape)
        counts.append(inside(found["y"], found["x"], markers.shape) / true - 1)
        silver = tifffile.imread(folder / "01_ST/SEG" / f"man_seg{number:03d}.tif")
        areas = np.bincount(silver.ravel())[1:]
        radii.append(np.sqrt(areas[areas > 0] / np.pi))
    moves = [
        float(np.hypot(*(places[time + 1][label] - place)))
        for time, before in places.items()
        for label, place in before.items()
        if label in places.get(time + 1, {})
    ]
    assert abs(np.median(counts)) < 0.1
    radius = np.median(np.concatenate(radii))
    assert estimate.statistics.radius.value == pytest.approx(radius, rel=0.1)
    assert estimate.displacement == pytest.approx(np.median(moves), rel=0.25)
