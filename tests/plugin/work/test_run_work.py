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
    Entered,
    Event,
    Finished,
    Note,
    Paused,
    Progress,
    Resumed,
    Started,
    Work,
)
from napari_asist.plugin.work.run_progress import Pace, RunState, about, doing
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
    assert state.headline() == "Preparing: training the network (cuda), 30 of 100 steps"
    state.take(Paused("embedding", 30))
    assert state.headline() == "Paused at step 30 of 100; the device is free"
    state.take(Resumed("embedding", 30))
    state.take(Finished("embedding", 3.0))
    assert not state.is_training
    state.take(Entered("track", 5, 5))
    assert state.headline() == "Stage 5 of 5: outlining and tracking"
    state.take(Started("track", 8))
    assert state.headline() == "Stage 5 of 5: outlining and tracking, 0 of 8 frames"
    assert [note.message for note in state.notes] == [
        "Training on cuda in bfloat16 (a GPU)."
    ]


class Clock:
    """The time of day, as a test sets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monotonic = "napari_asist.plugin.work.run_progress.time.monotonic"
        monkeypatch.setattr(monotonic, lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_the_pace_is_that_of_the_last_half_minute(clock: Clock) -> None:
    pace = Pace()
    assert pace.per_second == 0
    pace.see(0)
    assert pace.per_second == 0
    for clock.now, done in ((10, 20), (100, 30)):
        pace.see(done)
    clock.now = 110
    pace.see(130)
    assert pace.per_second == 10
    assert pace.seconds_left(130, 180) == 5
    clock.now = 112
    assert pace.seconds_left(130, 180) == 3  # it goes down between two units


def test_an_estimate_that_is_not_renewed_is_withdrawn(clock: Clock) -> None:
    pace = Pace()
    for clock.now in range(10):
        pace.see(int(clock.now))
    assert pace.seconds_left(9, 100) == 91
    clock.now = 13
    assert pace.seconds_left(9, 100) == 87
    clock.now = 15  # nothing has happened for six seconds; a unit takes one
    assert pace.seconds_left(9, 100) is None
    pace.see(10)
    assert pace.seconds_left(10, 100) is not None
    # A unit that usually takes a minute may take three.
    slow = Pace()
    for clock.now in (100, 160, 220):
        slow.see(int(clock.now))
    clock.now = 220 + 170
    assert slow.seconds_left(220, 1000) is not None
    clock.now = 220 + 190
    assert slow.seconds_left(220, 1000) is None
    # When the time is over, "3 s left" does not stand for minutes.
    nearly = Pace()
    for clock.now in (500, 510):
        nearly.see(int(clock.now))
    clock.now = 514
    assert nearly.seconds_left(510, 513) is None


def test_the_time_left_of_the_stage_and_of_the_run(clock: Clock) -> None:
    state = RunState()
    state.take(Started("read cells", 60))
    for clock.now in range(5):
        state.take(Progress("read cells", int(clock.now), 60))
    assert state.outlook() == "About 1 min left for this, 1 frames/s"
    # Earlier runs took 100 s for this stage, and ten minutes for the later ones.
    state.take(Entered("refine", 3, 5, 100.0, 600.0))
    assert (
        state.headline() == "Stage 3 of 5: fitting the labels to the synthetic frames"
    )
    assert state.outlook() == "About 2 min left in this stage, about 10 min in all"
    clock.now += 60
    state.take(Started("refine", 100))
    for _ in range(4):
        clock.now += 1
        state.take(Progress("refine", state.done + 1, 100))
    # Ninety-six frames at one a second take longer than earlier runs say.
    assert state.seconds_left() == (96, 696)
    clock.now += 30  # nothing advances
    assert state.outlook() == ""
    # A training's own pace counts, whatever earlier runs took.
    state.take(Entered("train", 5, 5, 9.0, 0.0))
    state.take(Started("depth", 1000, "steps"))
    for _ in range(10):
        clock.now += 1
        state.take(Progress("depth", state.done + 2, 1000))
    assert state.outlook() == "About 8 min left in this stage, 2 steps/s"
    state.take(Progress("depth", 1000, 1000))
    assert state.seconds_left() == (None, None)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3, "a few seconds"),
        (12.4, "about 10 s"),
        (52, "about 50 s"),
        (58, "about 1 min"),
        (75, "about 1 min"),
        (8.7 * 60, "about 9 min"),
        (22 * 60, "about 20 min"),
        (59 * 60, "about 1 h"),
        (2 * 3600 + 11 * 60, "about 2 h 10 min"),
        (5 * 3600 + 40 * 60, "about 5 h 30 min"),
        (30.4 * 3600, "about 30 h"),
        (80 * 3600, "about 3 days"),
    ],
)
def test_durations_are_rounded_honestly(seconds: float, text: str) -> None:
    assert about(seconds) == text


def test_everything_is_said_in_plain_words() -> None:
    assert doing("synthesis (mask)") == "training the network that draws masks"
    assert doing("read cells.tif") == "reading cells.tif"
    assert doing("check cells.tif") == "looking for unmeasured areas in cells.tif"
    assert doing("new") == "new"
