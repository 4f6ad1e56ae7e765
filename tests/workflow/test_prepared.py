"""Videos with pixels and frames that are no measurement, from opening to the result."""

from pathlib import Path

import dask.array as da
import numpy as np
import pytest
from cases import good
from numpy.typing import NDArray
from tiny import tiny_depth_recipe
from unmeasured_cases import NUCLEI, UNITS, UNMEASURED, clean, vignetted

from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.estimation.estimate import Estimate
from napari_asist.events import Event, Note, StopFlag, result_of
from napari_asist.labels import LabelVideo
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video import Video, video_of
from napari_asist.video.unmeasured import Unmeasured
from napari_asist.workflow.apply_model import track_with_model
from napari_asist.workflow.estimate.estimate import estimate_for
from napari_asist.workflow.model import Model
from napari_asist.workflow.prepared import FOLDER, preparation_of, prepared, restored
from napari_asist.workflow.recipe import Recipe, make_recipe
from napari_asist.workflow.run import run_stages

RECIPE = make_recipe()
VIDEO = clean()
SIMULATED = NUCLEI.changed(frames=8, height=96, width=96, objects=6)


def video_from(frames: NDArray[np.generic]) -> Video:
    return video_of(frames)


def estimated(frames: NDArray[np.generic]) -> tuple[Estimate, Recipe]:
    videos = result_of(prepared([video_from(frames)], RECIPE))
    return result_of(estimate_for(videos, RECIPE))


@pytest.fixture(scope="module")
def expected() -> tuple[Estimate, Recipe]:
    return estimated(VIDEO)


@pytest.mark.parametrize("name", [*UNMEASURED, "1e-9", "negative", "uneven light"])
def test_the_estimate_is_that_of_the_clean_video(
    name: str, expected: tuple[Estimate, Recipe]
) -> None:
    makers = {**UNMEASURED, **UNITS, "uneven light": vignetted}
    found, recipe = estimated(makers[name](VIDEO))
    clean_one, clean_recipe = expected
    simulation, wanted = recipe.simulation, clean_recipe.simulation
    assert simulation is not None
    assert wanted is not None
    assert simulation.kind == wanted.kind
    one, other = found.statistics, clean_one.statistics
    assert one.radius.value == pytest.approx(other.radius.value, rel=0.1)
    assert one.elongation.value == pytest.approx(other.elongation.value, rel=0.1)
    assert found.displacement == pytest.approx(clean_one.displacement, rel=0.15)
    shows_fewer = "round" in name or name == "field stop"
    if not shows_fewer:
        assert one.count.value == pytest.approx(other.count.value, rel=0.1)
    density = simulation.objects / np.prod(simulation.field)
    # In this video, 20 of 24 objects are in the round field, which is 65 % of it.
    near = 0.35 if shows_fewer else 0.1
    assert density == pytest.approx(wanted.objects / np.prod(wanted.field), rel=near)


def test_objects_in_a_round_field_are_as_dense_as_in_a_whole_frame() -> None:
    settings = NUCLEI.changed(height=384, width=384, objects=60, frames=6)
    frames = render_video(simulate_video(settings, 1), MicroscopeSettings(), 1)
    densities = []
    for each in (frames, UNMEASURED["round field"](frames)):
        found, recipe = estimated(each)
        assert found.statistics.clustering.value == 0
        assert recipe.simulation is not None
        densities.append(recipe.simulation.objects / np.prod(recipe.simulation.field))
    assert densities[1] == pytest.approx(densities[0], rel=0.1)


def test_a_clean_video_is_not_changed() -> None:
    video = video_from(VIDEO)
    assert result_of(prepared([video], RECIPE)) == [video]
    assert preparation_of([video]) == {}


def test_the_search_can_be_switched_off() -> None:
    frames = UNMEASURED["padded"](VIDEO)
    recipe = RECIPE.changed(scale={"find_unmeasured": False})
    (video,) = result_of(prepared([video_from(frames)], recipe))
    assert video.frames.shape == frames.shape


def test_what_was_found_is_said_and_recorded() -> None:
    events: list[Event] = []
    frames = UNITS["0 to 1"](UNMEASURED["never written"](VIDEO))
    (video,) = result_of(prepared([video_from(frames)], RECIPE), events.append)
    notes = [event.message for event in events if isinstance(event, Note)]
    assert any("Frames 12 to 23 show nothing" in note for note in notes)
    assert any("Intensities are not in counts" in note for note in notes)
    assert video.frames.shape == VIDEO.shape
    record = preparation_of([video])
    assert record["unmeasured"][0]["frames"] == list(range(12, 24))
    assert record["unit"][1] == pytest.approx(np.ptp(frames) / 10_000, rel=0.5)


def test_a_search_is_stored_with_the_run(tmp_path: Path) -> None:
    frames = UNMEASURED["round field"](UNMEASURED["dark frames"](VIDEO))
    videos = [video_from(frames)]
    (first,) = result_of(prepared(videos, RECIPE, tmp_path, ["abc"]))
    events: list[Event] = []
    work = prepared(videos, RECIPE, tmp_path, ["abc"])
    (again,) = result_of(work, events.append)
    assert all(isinstance(event, Note) for event in events)  # no search
    assert preparation_of([again]) == preparation_of([first])
    np.testing.assert_array_equal(again.frames.compute(), first.frames.compute())
    stored = tmp_path / FOLDER / "abc.npz"
    for content in (b"", b"PK\x03\x04 torn", stored.read_bytes()[:200]):
        stored.write_bytes(content)
        (again,) = result_of(prepared(videos, RECIPE, tmp_path, ["abc"]))
        assert preparation_of([again]) == preparation_of([first])


def labels_in(frames: tuple[int, ...], field: tuple[slice, slice]) -> LabelVideo:
    """Restore a valid label video to 6 frames of which some are no measurement."""
    video = good()
    shape = (len(video) + len(frames), 80, 90)
    regions = np.ones(shape[1:], bool)
    regions[field] = False
    found = Unmeasured(frames, regions, np.zeros_like(regions))
    blank = Video(da.zeros(shape, np.uint8, chunks=(1, -1, -1)), "v").mended(found)
    assert blank.frames.shape == video.labels.shape
    return restored(video, blank)


def test_labels_return_to_the_recorded_frames() -> None:
    video = good()
    height, width = video.labels.shape[1:]
    field = (slice(7, 7 + height), slice(9, 9 + width))
    result = labels_in((0, 2), field).checked()
    inside = result.labels[(slice(None), *field)]
    for time, recorded in enumerate([1, 3, *range(4, 2 + len(video))]):
        np.testing.assert_array_equal(inside[recorded] > 0, video.labels[time] > 0)
    assert not result.labels[[0, 2]].any()
    assert np.count_nonzero(result.labels) == np.count_nonzero(video.labels)


def test_a_track_across_a_dark_frame_continues_as_a_child() -> None:
    video = good()
    height, width = video.labels.shape[1:]
    result = labels_in((1,), (slice(0, height), slice(0, width))).checked()
    before = set(video.tracks["label"].tolist())
    later = result.tracks[~np.isin(result.tracks["label"], [*before])]
    crossing = video.tracks[(video.tracks["begin"] == 0) & (video.tracks["end"] > 0)]
    assert len(later) == len(crossing) > 0
    assert set(later["parent"].tolist()) == set(crossing["label"].tolist())
    assert set(later["begin"].tolist()) == {2}


def test_masked_regions_stay_empty() -> None:
    video = good()
    regions = np.zeros(video.labels.shape[1:], bool)
    regions[:, : video.labels.shape[2] // 2] = True
    regions[0, 0] = False  # so that the field is the whole frame
    found = Unmeasured((), regions, np.zeros_like(regions))
    blank = Video(da.zeros(video.labels.shape, np.uint8, chunks=(1, -1, -1)), "v")
    result = restored(video, blank.mended(found)).checked()
    assert not result.labels[:, regions].any()
    kept = result.labels[:, ~regions] > 0
    np.testing.assert_array_equal(kept, video.labels[:, ~regions] > 0)


def test_run_and_model_ignore_what_is_no_measurement(tmp_path: Path) -> None:
    from napari_asist.microscope.render import MicroscopeSettings, render_video
    from napari_asist.simulation.simulate import simulate_video
    from napari_asist.video import open_video, write_video

    truth = simulate_video(SIMULATED, 1)
    frames = render_video(truth, MicroscopeSettings(), 1)
    dirty = np.pad(frames, ((2, 0), (12, 12), (16, 4)))
    result_of(write_video(video_from(dirty), tmp_path / "dirty.tif"))
    recipe = tiny_depth_recipe(scale={"object_radius": None})
    run = tmp_path / "run"
    work = run_stages(open_video(tmp_path / "dirty.tif"), recipe, run, StopFlag())
    result_of(work)
    result = read_ctc(run / "result" / "01_RES")
    assert result.labels.shape == dirty.shape
    assert not result.labels[:2].any()
    assert not result.labels[:, dirty[5] == 0].any()
    assert validate_ctc(run / "result" / "01_RES") == []
    assert len([*(run / FOLDER).glob("*.npz")]) == 1
    # Its model sees the same frames in the padded and in the clean video, but
    # determines the radius of the clean one again.
    model = Model.load(run)
    out = track_with_model(video_from(frames), None, model, tmp_path / "o", StopFlag())
    tracked = read_ctc(result_of(out))
    inside = result.labels[2:, 12:-12, 16:-4] > 0
    assert inside.any()
    assert np.mean((tracked.labels > 0) != inside) < 0.001
