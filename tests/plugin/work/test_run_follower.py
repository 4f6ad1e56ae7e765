"""A run in another process is shown live."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QObject
from skimage.io import imsave
from tiny import write_tiny_video

from napari_asist.events import Event, Note, Progress, SampleImage, Scalars, Started
from napari_asist.plugin.session import session_of
from napari_asist.plugin.training.panel import SynthesisPanel
from napari_asist.plugin.work.run_follower import RunFollower
from napari_asist.workflow.run_folder.event_log import EventLog

WAIT = 60_000

HOLD = """
import sys, time
from pathlib import Path
from napari_asist.workflow.run_folder.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
RUN = """
import sys
from pathlib import Path
from napari_asist.cli.interrupt import stop_on_signals
from napari_asist.events import Stopped, result_of
from napari_asist.workflow.run import run_stages
from tiny import tiny_recipe
recipe = tiny_recipe(synthesis={"steps": 1000000})
with stop_on_signals() as stop:
    result_of(run_stages(Path(sys.argv[1]), recipe, Path(sys.argv[2]), stop))
"""


@contextmanager
def held(run: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(run)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield
    finally:
        process.communicate("")


@pytest.fixture
def received() -> list[Event]:
    return []


@pytest.fixture
def follower(qapp: Any, received: list[Event]) -> Iterator[RunFollower]:
    owner = QObject()
    follower = RunFollower(owner)
    follower.happened.connect(received.append)
    yield follower
    follower.follow(None)


def test_current_and_new_events_without_past_ones(
    follower: RunFollower, received: list[Event], tmp_path: Path
) -> None:
    log = EventLog(tmp_path)
    for event in (
        Started("refine", 3),
        Started("embedding", 100, "steps"),
        Note("embedding", "Training on cpu."),
        Progress("embedding", 1, 100),
        Scalars("embedding", 10, {"pull": 1.0}),
    ):
        log.add(event)
    follower.follow(tmp_path)
    assert received == []  # no process is working on it
    with held(tmp_path):
        follower.look()
        assert follower.holder.startswith("process ")
        assert [type(event) for event in received] == [Started, Note, Progress]
        log.add(Scalars("embedding", 20, {"pull": 0.5}))
        follower.look()
        assert received[3:] == [Scalars("embedding", 20, {"pull": 0.5})]
        log.add(Note("run", "Ended early: Stopped."))
    follower.look()
    assert received[4:] == [Note("run", "Ended early: Stopped.")]
    assert follower.holder == ""
    log.close()


def test_pictures_come_from_the_folder(
    follower: RunFollower, received: list[Event], tmp_path: Path
) -> None:
    folder = tmp_path / "network.partial" / "samples"
    folder.mkdir(parents=True)
    picture = np.full((4, 4, 3), 7, np.uint8)
    imsave(folder / "clip_000200.png", picture, check_contrast=False)
    follower.follow(tmp_path)
    log = EventLog(tmp_path)
    log.add(SampleImage("embedding", 200, "clip", picture))
    log.add(SampleImage("embedding", 400, "clip", picture))  # its file is missing
    log.close()
    follower.look()
    (event,) = received
    assert isinstance(event, SampleImage)
    assert (event.step, event.name) == (200, "clip")
    np.testing.assert_array_equal(event.image, picture)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_panel_shows_a_run_from_the_command_line(
    make_napari_viewer_proxy: Any, qtbot: Any, tmp_path: Path
) -> None:
    viewer, run = make_napari_viewer_proxy(), tmp_path / "run"
    session = session_of(viewer)
    panel = SynthesisPanel(viewer)
    viewer.window.add_dock_widget(panel)
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            RUN,
            str(write_tiny_video(tmp_path / "cells.tif")),
            str(run),
        ],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.DEVNULL,
    )
    try:
        qtbot.waitUntil(
            (run / "synthesis.partial/main/losses.csv").exists, timeout=WAIT
        )
        session.set_run(run)
        assert f"Process {process.pid} on " in panel.bar.message.text()
        assert not panel.start.isEnabled()
        assert not panel.pause.isEnabled()
        assert not panel.stop.isEnabled()
        first = panel.progress.plot.shown["cycle_images"][0][-1]
        qtbot.waitUntil(
            lambda: panel.progress.plot.shown["cycle_images"][0][-1] > first,
            timeout=WAIT,
        )
        qtbot.waitUntil(
            lambda: "training the network that draws frames" in panel.state.text(),
            timeout=WAIT,
        )
        qtbot.waitUntil(lambda: bool(panel.progress.samples.steps), timeout=WAIT)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        qtbot.waitUntil(panel.start.isEnabled, timeout=WAIT)
        assert panel.start.text() == "Resume training"
        assert "Stopped after step" in panel.bar.message.text()
    finally:
        process.kill()
        process.wait()
