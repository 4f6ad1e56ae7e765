import json
from pathlib import Path

import pytest
from tiny import tiny_recipe, write_tiny_video

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, result_of
from napari_asist.simulation.settings import MicrovilliSettings, NucleiSettings
from napari_asist.video import open_video
from napari_asist.workflow.estimate.estimate import estimate_videos, resized
from napari_asist.workflow.recipe import EstimateSettings, read_recipe
from napari_asist.workflow.run import run_stages
from napari_asist.workflow.run_folder.event_log import read_events

SIZES = {"videos": 3, "frames": 25, "height": 256, "width": 512}


def test_the_density_is_kept() -> None:
    nuclei = NucleiSettings(objects=150, appearing=20, disappearing=16, mitoses=8)
    small = resized(nuclei, EstimateSettings.model_validate(SIZES))
    assert isinstance(small, NucleiSettings)
    assert (small.videos, small.frames, small.field) == (3, 25, (256, 512))
    assert small.objects == 75
    assert (small.appearing, small.disappearing, small.mitoses) == (5, 4, 2)
    assert small.radius_mean == nuclei.radius_mean


def test_crowding_multiplies_objects_and_events() -> None:
    nuclei = NucleiSettings(objects=50, appearing=4, disappearing=6, mitoses=2)
    asked = EstimateSettings(crowding=2.0, frames=50)
    crowded = resized(nuclei, asked)
    assert isinstance(crowded, NucleiSettings)
    assert crowded.objects == 100
    assert (crowded.appearing, crowded.disappearing, crowded.mitoses) == (8, 12, 4)


def test_a_crowd_has_only_as_many_objects_as_there_is_room_for() -> None:
    dense = NucleiSettings(objects=400, appearing=0, disappearing=0, mitoses=0)
    assert resized(dense, EstimateSettings(crowding=1.2)).objects == 480
    crowded = resized(dense, EstimateSettings(crowding=4.0))
    assert 400 < crowded.objects < 600


def test_crowding_replaces_clusters() -> None:
    clustered = NucleiSettings(objects=50, clustering=1.2, mitoses=2)
    assert resized(clustered, EstimateSettings(crowding=1.5)).clustering == 0
    assert resized(clustered, EstimateSettings()).clustering == 1.2


def test_sticks_are_resized_too() -> None:
    sticks = resized(MicrovilliSettings(), EstimateSettings.model_validate(SIZES))
    assert (sticks.objects, sticks.videos, sticks.frames) == (50, 3, 25)


@pytest.mark.parametrize(("before", "after"), [(0, 0), (1, 1), (40, 10), (200, 25)])
def test_divisions_of_sticks_keep_their_rate(before: int, after: int) -> None:
    cells = MicrovilliSettings(frames=50, mitoses=before)
    sticks = resized(cells, EstimateSettings.model_validate(SIZES))
    assert isinstance(sticks, MicrovilliSettings)
    assert sticks.mitoses == after


def test_impossible_simulations_are_explained() -> None:
    crowd = NucleiSettings(objects=300, overlap=0.7, radius_mean=14)
    longer = EstimateSettings(frames=5000)
    with pytest.raises(AsistError, match="512 × 512 px cannot be simulated"):
        resized(crowd, longer)


def test_videos_are_estimated_together(tmp_path: Path) -> None:
    videos = [
        open_video(write_tiny_video(tmp_path / f"{seed}.tif", seed)) for seed in (1, 2)
    ]
    settings = EstimateSettings(videos=2, frames=10, height=64, width=128)
    estimate, simulator = result_of(estimate_videos(videos, settings, 0, 13.0))
    assert isinstance(simulator, NucleiSettings)
    assert (simulator.videos, simulator.frames, simulator.field) == (2, 10, (64, 128))
    # Five nuclei of radius 8 in 64 × 64 px.
    assert 6 <= simulator.objects <= 14
    assert 6 <= simulator.radius_mean <= 10
    assert "objects a frame" in estimate.summary()


def test_a_run_keeps_its_estimate(tmp_path: Path) -> None:
    video = write_tiny_video(tmp_path / "cells.tif")
    sizes = {"videos": 1, "frames": 6, "height": 64, "width": 64}
    recipe = tiny_recipe(simulation=None, estimate=sizes)
    out = tmp_path / "run"
    result_of(run_stages(video, recipe, out, StopFlag(), stages=["simulate"]))
    used = read_recipe(out / "recipe.yaml")
    assert isinstance(used.simulation, NucleiSettings)
    assert used.simulation.frames == 6
    kept = json.loads((out / "estimate.json").read_text())
    assert kept["simulation"] == used.simulation.model_dump(mode="json")
    counts = kept["measured"]["count"]
    assert counts["low"] <= counts["value"] <= counts["high"]
    assert len(kept["measured"]["brightness"]) == 11
    assert (out / "estimate.png").stat().st_size > 10_000
    # Asked again, with the estimate open or set, nothing differs.
    result_of(run_stages(video, recipe, out, StopFlag(), stages=["simulate"]))
    result_of(run_stages(video, used, out, StopFlag(), stages=["simulate"]))
    sticks = tiny_recipe(simulation=None, estimate={**sizes, "simulator": "microvilli"})
    with pytest.raises(AsistError, match="choose another --out, or delete simulated"):
        result_of(run_stages(video, sticks, out, StopFlag(), stages=["simulate"]))


def test_only_estimated_counts_are_lowered_if_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = write_tiny_video(tmp_path / "cells.tif")
    # In two frames of this size no mother has room for her daughters.
    few = {"objects": 1, "appearing": 0, "disappearing": 0, "mitoses": 1}
    small = {"videos": 1, "frames": 2, "height": 24, "width": 24, "radius_mean": 8}
    crowded = NucleiSettings.model_validate(few | small)
    stated = tiny_recipe(simulation=crowded.model_dump())
    with pytest.raises(AsistError, match="mitoses = 1: only 0 found"):
        result_of(
            run_stages(
                video, stated, tmp_path / "stated", StopFlag(), stages=["simulate"]
            )
        )
    monkeypatch.setattr(
        "napari_asist.workflow.estimate.estimate.resized", lambda *_: crowded
    )
    out, asked = tmp_path / "estimated", tiny_recipe(simulation=None)
    for _ in range(2):
        result_of(run_stages(video, asked, out, StopFlag(), stages=["simulate"]))
    used = crowded.changed(mitoses=0)
    assert read_recipe(out / "recipe.yaml").simulation == used
    record = json.loads((out / "simulated" / "record.json").read_text())
    assert record["settings"]["simulation"] == used.model_dump(mode="json")
    notes = [event.get("message", "") for event in read_events(out)]
    assert sum("Lowered mitoses from 1 to 0" in note for note in notes) == 1


def test_a_long_video_of_few_objects_has_no_more_events_than_objects() -> None:
    nuclei = NucleiSettings(
        frames=10, objects=12, appearing=0, mitoses=8, disappearing=8
    )
    asked = EstimateSettings(
        frames=100, height=nuclei.height, width=nuclei.width, crowding=1
    )
    many = resized(nuclei, asked)
    assert isinstance(many, NucleiSettings)
    assert many.mitoses == many.objects + many.appearing
    assert many.disappearing <= many.objects + many.appearing + many.mitoses
