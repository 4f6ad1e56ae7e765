"""Stages in the background: events, pause, stop, errors, and what is kept."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.layers import Image
from qtpy.QtCore import QObject
from tiny import tiny_recipe, write_tiny_video

from napari_asist.errors import AsistError
from napari_asist.events import (
    CheckpointWritten,
    Event,
    Finished,
    Note,
    Paused,
    Progress,
    Resumed,
    Started,
    Work,
)
from napari_asist.plugin.work.run_progress import Pace, RunState, duration
from napari_asist.plugin.work.run_work import RunWork
from napari_asist.video import write_video
from napari_asist.workflow.run_folder.claim import MARKER
from napari_asist.workflow.run_folder.lock import LOCK

WAIT = 60_000
ENDLESS = {"steps": 1_000_000}
STAGES = ("simulate", "synthesize")


@pytest.fixture
def work(make_napari_viewer_proxy: Any, qtbot: Any) -> Any:
    make_napari_viewer_proxy()
    owner = QObject()
    work = RunWork(owner)
    yield work
    work.stop()
    qtbot.waitUntil(lambda: not work.is_running, timeout=WAIT)


def test_pause_resume_and_stop_save(work: RunWork, qtbot: Any, tmp_path: Path) -> None:
    video = write_tiny_video(tmp_path / "cells.tif")
    received: list[Event] = []
    work.happened.connect(received.append)
    recipe = tiny_recipe(synthesis=ENDLESS)
    work.start(video, None, recipe, tmp_path / "run", STAGES)
    assert work.is_running
    assert work.stages == STAGES
    qtbot.waitUntil(lambda: work.state.is_training, timeout=WAIT)
    work.pause()
    assert work.is_pause_requested
    qtbot.waitUntil(lambda: work.state.is_paused, timeout=WAIT)
    work.resume()
    qtbot.waitUntil(lambda: not work.state.is_paused, timeout=WAIT)
    with qtbot.waitSignals([work.stopped, work.ended], order="strict", timeout=WAIT):
        work.stop()
    assert not work.is_stop_requested
    kinds = [type(event) for event in received]
    assert kinds.index(Paused) < kinds.index(Resumed)
    assert isinstance(received[-1], CheckpointWritten)
    assert work.elsewhere == ""


def test_the_end_is_reported(work: RunWork, qtbot: Any, tmp_path: Path) -> None:
    video = write_tiny_video(tmp_path / "cells.tif")
    with qtbot.waitSignals([work.done, work.ended], order="strict", timeout=WAIT):
        work.start(video, None, tiny_recipe(), tmp_path / "run", ("simulate",))
    assert (tmp_path / "run" / "simulated").is_dir()
    with qtbot.waitSignal(work.failed, timeout=WAIT) as failed:
        work.start(video, None, tiny_recipe(seed=1), tmp_path / "run", ("simulate",))
    assert "seed is 1 in the recipe" in failed.args[0]


def test_a_layer_is_written_in_the_background(
    work: RunWork, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = tifffile.imread(write_tiny_video(tmp_path / "cells.tif"))
    writers = []

    def watched(*given: Any) -> Work[None]:
        writers.append(threading.current_thread())
        yield from write_video(*given)

    monkeypatch.setattr("napari_asist.plugin.layers.video_on_disk.write_video", watched)
    run = tmp_path / "run"
    with qtbot.waitSignal(work.done, timeout=WAIT):
        work.start(Image(frames), None, tiny_recipe(), run, ("simulate",))
    assert len(writers) == 1
    assert writers[0] is not threading.main_thread()
    np.testing.assert_array_equal(tifffile.imread(run / "video.tif"), frames)
    assert (run / "simulated").is_dir()


def test_errors_while_writing_are_reported(
    work: RunWork, qtbot: Any, tmp_path: Path
) -> None:
    with pytest.raises(AsistError, match="2D time-lapse video"):
        work.start(Image(np.ones((5, 6))), None, tiny_recipe(), tmp_path, STAGES)
    assert not work.is_running
    (tmp_path / "file").write_text("")
    layer = Image(np.ones((3, 5, 6)))
    with qtbot.waitSignal(work.failed, timeout=WAIT) as failed:
        work.start(layer, None, tiny_recipe(), tmp_path / "file" / "run", STAGES)
    assert "cannot be created" in failed.args[0]


def test_writing_can_be_stopped(work: RunWork, qtbot: Any, tmp_path: Path) -> None:
    layer = Image(np.ones((500, 64, 64), np.uint16))
    run = tmp_path / "run"
    work.happened.connect(lambda _: work.stop())
    with qtbot.waitSignal(work.stopped, timeout=WAIT):
        work.start(layer, None, tiny_recipe(), run, STAGES)
    assert {path.name for path in run.iterdir()} <= {LOCK, MARKER}


def test_state_follows_the_events() -> None:
    state = RunState()
    assert state.headline() == "Preparing"
    state.take(Started("embedding", 100, "steps", 20))
    state.take(Note("embedding", "Training on cuda in bfloat16 (a GPU)."))
    state.take(Progress("embedding", 30, 100))
    assert state.headline() == "embedding on cuda: 30 of 100 steps"
    state.take(Paused("embedding", 30))
    assert state.headline() == "Paused at step 30 of 100; the device is free"
    state.take(Resumed("embedding", 30))
    state.take(Finished("embedding", 3.0))
    assert not state.is_training
    state.take(Started("track", 8))
    assert state.headline() == "track: 0 of 8 frames"
    assert [note.message for note in state.notes] == [
        "Training on cuda in bfloat16 (a GPU)."
    ]


def test_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 10.0, 100.0, 110.0])
    monotonic = "napari_asist.plugin.work.run_progress.time.monotonic"
    monkeypatch.setattr(monotonic, lambda: next(clock))
    pace = Pace()
    assert pace.per_second == 0
    pace.see(0)
    assert pace.per_second == 0
    pace.see(20)
    assert pace.per_second == 2
    pace.see(30)
    pace.see(130)
    assert pace.per_second == 10  # over the last half minute only


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (12.4, "12 s"),
        (75, "1 min 15 s"),
        (2 * 3600 + 60, "2 h 1 min"),
        (30 * 3600, "1 d 6 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
