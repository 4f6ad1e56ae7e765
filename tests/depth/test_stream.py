import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from counted_stops import stopped_after
from depth_scenes import source

from napari_asist.depth.stream import SceneStream, span
from napari_asist.errors import AsistError
from napari_asist.events import Stopped

PATIENCE = 60.0
"""Seconds within which a process must have ended."""

UNGUARDED = """
import sys
from pathlib import Path
from depth_scenes import TINY, cut_scene
from napari_asist.depth.train import train_depth
from napari_asist.events import Note, StopFlag
{define}
print("script")
for event in train_depth({draw}, TINY, Path(sys.argv[1]), 0, StopFlag(), workers=1):
    if isinstance(event, Note):
        print(event.message)
"""

PARENT = """
import multiprocessing, sys, time
from depth_scenes import source
from napari_asist.depth.stream import SceneStream
stream = SceneStream(source().scene, 1, 1, 99, 1)
stream.at(0)
print(*[worker.pid for worker in multiprocessing.active_children()], flush=True)
time.sleep(600)
"""


def drawn(number: int) -> tuple[int, int]:
    """Return the process that drew."""
    return number, os.getpid()


def failing(number: int) -> int:
    raise AsistError(f"Scene {number} has no room.")


def dying(parent: int, number: int) -> int:
    if os.getpid() != parent:
        os._exit(3)
    return number


def until(is_true: Callable[[], bool]) -> bool:
    """Wait until a condition is true."""
    end = time.monotonic() + PATIENCE
    while not is_true() and time.monotonic() < end:
        time.sleep(0.02)
    return is_true()


def is_running(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    try:
        # An orphan that no process waited for stays a zombie.
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_step_decides_its_scenes() -> None:
    stream = SceneStream(drawn, 6, 24, 3000, 0)
    assert stream.span(0) == stream.span(5) == range(6)
    assert stream.span(6) == range(7)
    assert stream.span(6 * 18) == range(24)
    assert stream.span(6 * 19) == range(1, 25)
    assert stream.span(2999) == span(2999, 6, 24) == range(481, 505)
    assert span(0, 3, 1) == range(1)


def test_processes_draw_the_same_scenes_ahead() -> None:
    here, beside = (SceneStream(drawn, 2, 4, 12, workers) for workers in (0, 2))
    drawers = set()
    for step in (0, 1, 2, 7, 11):
        numbers = [number for number, _ in here.at(step)]
        assert numbers == list(here.span(step))
        assert [number for number, _ in beside.at(step)] == numbers
        drawers |= {process for _, process in beside.at(step)}
    last = here.span(11).stop
    assert max(beside._scenes) == last - 1
    beside.close()
    assert os.getpid() not in drawers
    assert beside.trouble is None
    assert {process for _, process in here.at(11)} == {os.getpid()}


def test_rendered_scenes_are_the_same_in_another_process() -> None:
    here, beside = (SceneStream(source().scene, 1, 1, 1, workers) for workers in (0, 1))
    (one,), (other,) = here.at(0), beside.at(0)
    beside.close()
    np.testing.assert_array_equal(one.images, other.images)
    np.testing.assert_array_equal(one.before, other.before)


def test_a_single_scene_is_drawn_without_being_kept() -> None:
    stream = SceneStream(drawn, 1, 2, 50, 0)
    stream.at(30)
    assert stream.drawn(0)[0] == 0
    assert list(stream._scenes) == list(stream.span(30))


def test_closing_ends_the_processes() -> None:
    stream = SceneStream(drawn, 1, 2, 50, 1)
    ((_, process),) = stream.at(0)
    assert is_running(process)
    stream.close()
    assert until(lambda: not is_running(process))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_worker_ends_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    workers = [int(process) for process in parent.stdout.readline().split()]
    assert len(workers) == 1
    assert is_running(workers[0])
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert until(lambda: not is_running(workers[0]))


@pytest.mark.parametrize("workers", [0, 1])
def test_errors_of_workers_are_reported(workers: int) -> None:
    stream = SceneStream(failing, 1, 1, 5, workers)
    with pytest.raises(AsistError, match="Scene 0 has no room"):
        stream.at(0)
    stream.close()


def test_without_processes_scenes_are_drawn_here() -> None:
    stream = SceneStream(partial(dying, os.getpid()), 1, 2, 9, 2)
    assert list(stream.at(0)) == [0]
    assert stream.trouble is not None
    assert "BrokenProcessPool" in stream.trouble
    assert list(stream.at(5)) == [4, 5]
    stream.close()


def test_unpicklable_functions_draw_in_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(ProcessPoolExecutor, "submit", started)
    stream = SceneStream(lambda number: number, 1, 2, 9, 1)
    assert list(stream.at(3)) == [2, 3]
    assert stream.trouble is not None


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.parametrize("is_own", [False, True])
def test_a_script_needs_no_guard(tmp_path: Path, is_own: bool) -> None:
    own = "def own(number):\n    return cut_scene(number)"
    script = tmp_path / "script.py"
    script.write_text(
        UNGUARDED.format(
            define=own if is_own else "", draw="own" if is_own else "cut_scene"
        )
    )
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "out")],
        env=_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (tmp_path / "out" / "model.safetensors").exists()
    # The drawing function is in the script itself, so processes must import it.
    assert ('if __name__ == "__main__"' in run.stdout) == is_own
    assert is_own or run.stdout.count("script\n") == 1


def test_processes_continue_to_draw_after_a_rest() -> None:
    stream = SceneStream(drawn, 1, 2, 50, 1)
    ((_, first),) = stream.at(0)
    stream.rest()
    assert not is_running(first)
    before, after = stream.at(1)
    # Drawn scenes are kept.
    assert before == (0, first)
    assert after[0] == 1
    stream.close()
    assert stream.trouble is None


def test_nobody_waits_for_a_scene_that_is_being_drawn() -> None:
    stream = SceneStream(endless, 1, 1, 99, 1)
    try:
        with pytest.raises(Stopped):
            stopped_after(3, lambda: stream.at(0))
    finally:
        stream.close()
    assert not multiprocessing.active_children()


def endless(number: int) -> None:
    time.sleep(600)
