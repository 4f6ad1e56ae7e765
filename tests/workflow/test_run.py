import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_recipe, write_tiny_video

from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.errors import AsistError
from napari_asist.events import Event, Note, Progress, StopFlag, Stopped, result_of
from napari_asist.training.checkpoint import load_state
from napari_asist.workflow.model import find_model
from napari_asist.workflow.prepared import FOLDER
from napari_asist.workflow.recipe import read_recipe
from napari_asist.workflow.run import run_stages
from napari_asist.workflow.run_folder.claim import MARKER
from napari_asist.workflow.run_folder.event_log import read_events
from napari_asist.workflow.run_folder.lock import locked
from napari_asist.workflow.run_folder.record import recorded_videos
from napari_asist.workflow.stages import STAGES

RECIPE = tiny_recipe()
REPORTED_AS = {
    "simulate": "simulate",
    "synthesize": "synthesis (main)",
    "refine": "refine",
    "train": "embedding",
    "track": "track",
}
"""Names under which the stages report their progress."""

KILLED = """
import os, signal, sys
from pathlib import Path
from tiny import tiny_recipe
from napari_asist.events import Progress, StopFlag
from napari_asist.workflow.run import run_stages
video, out, stage = sys.argv[1:]
for event in run_stages(Path(video), tiny_recipe(), Path(out), StopFlag()):
    if isinstance(event, Progress) and event.stage == stage:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_video(tmp_path_factory.mktemp("video") / "cells.tif")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Path:
    """Return an uninterrupted run."""
    out = tmp_path_factory.mktemp("whole") / "run"
    assert result_of(run_stages(video, RECIPE, out, StopFlag())) == out / "result"
    return out


def done_again(out: Path) -> list[str]:
    """Return the stages that the last run worked on."""
    events = read_events(out)
    return [
        event["stage"]
        for event in events
        if event["event"] == "Note" and event["message"].startswith("Working in")
    ]


def assert_same_tracks(out: Path, whole: Path) -> None:
    here, there = (read_ctc(run / "result" / "01_RES") for run in (out, whole))
    np.testing.assert_array_equal(here.labels, there.labels)
    np.testing.assert_array_equal(here.tracks, there.tracks)


def test_a_run_makes_valid_folders_of_every_stage(whole: Path) -> None:
    names = {path.name for path in whole.iterdir()}
    assert names == {
        "recipe.yaml",
        "record.json",
        "events.jsonl",
        "scale.json",
        "lock",
        FOLDER,
        MARKER,
        *(stage.folder for stage in STAGES),
    }
    for folder in ("simulated/01_GT", "training/01_GT", "result/01_RES"):
        assert validate_ctc(whole / folder) == []
    assert len(list((whole / "training" / "01").glob("t*.tif"))) == 8
    assert len(read_ctc(whole / "result" / "01_RES")) == 8
    assert (whole / "result" / "01_tracks.csv").exists()


def test_the_refinement_report_is_kept(whole: Path) -> None:
    report = json.loads((whole / "training" / "01_refinement.json").read_text())
    assert 0 < report["kept_fraction"] <= 1
    assert report["labels_kept"] <= report["labels_before"]
    for moment in ("before", "after"):
        assert set(report[moment]) == {"dice", "jaccard"}
    assert len(report["repainted_components"]) == 8
    assert not (whole / "training" / "cache").exists()


def test_the_device_of_refinement_may_change(
    whole: Path, video: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(whole, tmp_path / "run")
    elsewhere = tiny_recipe(refinement={"scheduler": "tcp://127.0.0.1:9"})
    events = [*run_stages(video, elsewhere, out, StopFlag())]
    notes = [event.message for event in events if isinstance(event, Note)]
    assert notes == [f"{stage.folder} already exists." for stage in STAGES]


def test_a_run_reports_what_happened(whole: Path, video: Path) -> None:
    assert read_recipe(whole / "recipe.yaml") == RECIPE
    assert recorded_videos(whole) == ([video], None)
    assert done_again(whole) == [stage.name for stage in STAGES]
    record = json.loads((whole / "record.json").read_text())
    assert list(record["seconds"]) == [stage.name for stage in STAGES]
    assert record["videos"][0]["frames"] == [8, 64, 64]
    notes = [event.get("message", "") for event in read_events(whole)]
    for work in (
        "Scaling 8 frames.",
        "Drawing 8 annotation frames.",
        "Cleaning and repairing the labels of 8 frames.",
        "Preparing 8 training frames.",
        "Repairing the tracks of 8 frames.",
    ):
        assert work in notes
    reported = {event["stage"] for event in read_events(whole)}
    assert reported.issuperset(REPORTED_AS.values())


def test_a_finished_run_is_not_changed(whole: Path, video: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.glob("*/**/*.tif")}
    events = [*run_stages(video, RECIPE, whole, StopFlag())]
    notes = [event.message for event in events if isinstance(event, Note)]
    assert notes == [f"{stage.folder} already exists." for stage in STAGES]
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_other_settings_are_rejected(whole: Path, video: Path) -> None:
    changed = tiny_recipe(embedding={"steps": 6})
    with pytest.raises(AsistError, match=r"steps is 6 .* delete network and result"):
        result_of(run_stages(video, changed, whole, StopFlag()))
    assert read_recipe(whole / "recipe.yaml") == RECIPE
    assert "Ended early" in read_events(whole)[-1]["message"]


def test_another_device_is_not_rejected(whole: Path, video: Path) -> None:
    changes = {"device": "cpu", "precision": "bfloat16", "checkpoint_minutes": 9}
    elsewhere = tiny_recipe(embedding=changes)
    result_of(run_stages(video, elsewhere, whole, StopFlag()))


def test_another_video_is_rejected(whole: Path, tmp_path: Path) -> None:
    other = write_tiny_video(tmp_path / "cells.tif", seed=2)
    with pytest.raises(AsistError, match="synthesis was made from a different video 1"):
        result_of(run_stages(other, RECIPE, whole, StopFlag()))


def test_a_run_in_use_is_rejected(video: Path, tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(AsistError, match="is in use"):
        result_of(run_stages(video, RECIPE, tmp_path, StopFlag()))


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_a_stopped_run_resumes(
    stage: str, whole: Path, video: Path, tmp_path: Path
) -> None:
    # The earlier stages need not be repeated for each test.
    number = [other.name for other in STAGES].index(stage)
    for earlier in STAGES[:number]:
        (tmp_path / earlier.folder).symlink_to(whole / earlier.folder)
    stop = StopFlag()

    def stop_within(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == REPORTED_AS[stage]:
            stop.stop()

    if stage == "simulate":  # nothing of its single video is left to stop
        stop.stop()
    with pytest.raises(Stopped):
        result_of(run_stages(video, RECIPE, tmp_path, stop), stop_within)
    assert not (tmp_path / STAGES[number].folder).exists()
    result_of(run_stages(video, RECIPE, tmp_path, StopFlag()))
    assert_same_tracks(tmp_path, whole)


def in_a_process(video: Path, out: Path, killed_in: str) -> int:
    """Do a run in a process that kills itself in a stage; return its status.

    Code that draws with OpenGL, such as napari, may change how a process rounds. Runs
    that must agree to the last bit therefore get separate processes.
    """
    return subprocess.run(
        [sys.executable, "-c", KILLED, video, out, killed_in],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        check=False,
    ).returncode


def test_a_run_killed_in_every_stage_ends_with_the_same_tracks(
    video: Path, tmp_path: Path
) -> None:
    out, whole = tmp_path / "run", tmp_path / "whole"
    for stage in STAGES:
        assert in_a_process(video, out, REPORTED_AS[stage.name]) == -signal.SIGKILL
        assert (out / f"{stage.folder}.partial").is_dir()
        assert not (out / stage.folder).exists()
    assert in_a_process(video, out, "no stage") == 0
    assert in_a_process(video, whole, "no stage") == 0
    assert validate_ctc(out / "result" / "01_RES") == []
    assert_same_tracks(out, whole)
    for file in ("synthesis/generators.safetensors", "network/model.safetensors"):
        one, other = (load_state(run / file)[0] for run in (out, whole))
        for name, weights in one.items():
            assert all(torch.equal(weights[key], other[name][key]) for key in weights)
    # Each stage was started twice, once to be killed, and never a third time.
    twice = [stage.name for stage in STAGES for _ in range(2)]
    assert sorted(done_again(out)) == sorted(twice)


def test_single_stages_need_the_earlier_ones(video: Path, tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="simulated does not exist yet"):
        result_of(
            run_stages(video, RECIPE, tmp_path, StopFlag(), stages=["synthesize"])
        )
    result_of(run_stages(video, RECIPE, tmp_path, StopFlag(), stages=["simulate"]))
    assert (tmp_path / "simulated").is_dir()
    assert not (tmp_path / "synthesis").exists()


def test_several_videos_are_tracked_by_one_model(video: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = write_tiny_video(tmp_path / "other" / video.name, seed=2)
    out = tmp_path / "run"
    result_of(run_stages([video, other], RECIPE, out, StopFlag()))
    first, second = (
        read_ctc(out / "result" / name).labels for name in ("01_RES", "02_RES")
    )
    assert not np.array_equal(first, second)
    # Videos of the same name are not confused with each other.
    made_from = json.loads((out / "result" / "record.json").read_text())["inputs"]
    assert len({made_from["video 1"], made_from["video 2"]}) == 2


def test_a_video_that_was_replaced_is_noticed(tmp_path: Path) -> None:
    recipe = tiny_recipe(simulation=None)
    video, out = write_tiny_video(tmp_path / "cells.tif"), tmp_path / "run"
    stages = ["simulate"]
    result_of(run_stages(video, recipe, out, StopFlag(), stages=stages))
    made = read_recipe(out / "recipe.yaml")
    write_tiny_video(video, seed=2)
    with pytest.raises(AsistError, match=r"made from other frames than those of .*cel"):
        result_of(run_stages(video, made, out, StopFlag(), stages=stages))


def test_a_run_without_video_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="no video to process"):
        result_of(run_stages([], RECIPE, tmp_path, StopFlag()))


def test_a_folder_that_cannot_be_made_is_named(video: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        AsistError, match=r"file/run cannot be created .* another --out"
    ):
        result_of(run_stages(video, RECIPE, tmp_path / "file" / "run", StopFlag()))


def test_a_folder_that_is_not_a_run_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="is not a run folder"):
        recorded_videos(tmp_path)


def test_a_model_is_found(whole: Path, tmp_path: Path) -> None:
    weights = whole / "network" / "model.safetensors"
    assert find_model(whole) == (weights, whole)
    assert find_model(weights) == (weights, None)
    with pytest.raises(AsistError, match="network does not exist yet"):
        find_model(tmp_path)
    with pytest.raises(AsistError, match="is not a model"):
        find_model(tmp_path / "none")
