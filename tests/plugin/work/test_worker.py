"""Long work reports progress, its result or one sentence, and can be canceled."""

import time
from typing import Any

import pytest
from qtpy.QtWidgets import QApplication

from napari_asist.errors import AsistError
from napari_asist.events import Progress, Started, StopFlag, Work
from napari_asist.plugin.work import worker
from napari_asist.plugin.work.worker import LongWork


def counting(to: int, seconds: float = 0) -> Work[int]:
    yield Started("count", to)
    for number in range(to):
        time.sleep(seconds)
        yield Progress("count", number + 1, to)
    return to


@pytest.fixture
def long_work(make_napari_viewer_proxy: Any) -> LongWork:
    make_napari_viewer_proxy()
    return LongWork()


def test_result_and_progress(qtbot: Any, long_work: LongWork) -> None:
    received: list[tuple[str, int, int]] = []
    long_work.progressed.connect(lambda *progress: received.append(progress))
    with qtbot.waitSignals([long_work.returned, long_work.ended], order="strict"):
        long_work.start(counting(3), "count", StopFlag())
    assert received == [("count", done, 3) for done in range(4)]
    assert not long_work.is_running


def test_an_error_for_the_user_is_one_sentence(qtbot: Any, long_work: LongWork) -> None:
    def failing() -> Work[None]:
        yield Started("fail", 1)
        raise AsistError("Choose another video.")

    with qtbot.waitSignal(long_work.failed) as failed:
        long_work.start(failing(), "fail", StopFlag())
    assert failed.args == ["Choose another video."]


def test_it_can_be_canceled(qtbot: Any, long_work: LongWork) -> None:
    with qtbot.waitSignals([long_work.stopped, long_work.ended], order="strict"):
        long_work.start(counting(1000, 0.01), "count", StopFlag())
        qtbot.wait(50)
        long_work.stop()
    assert not long_work.is_running


def test_no_error_vanishes(qtbot: Any, long_work: LongWork) -> None:
    def failing() -> Work[None]:
        yield Started("fail", 1)
        raise RuntimeError("out of memory")

    with (
        qtbot.captureExceptions() as reported,
        qtbot.waitSignal(long_work.failed) as failed,
    ):
        long_work.start(failing(), "fail", StopFlag())
    assert "RuntimeError: out of memory" in failed.args[0]
    ((kind, error, traceback),) = reported
    assert kind is RuntimeError
    assert str(error) == "out of memory"
    assert traceback is not None


class BusyBar:
    """Napari's bar, which lets all waiting events pass whenever it changes."""

    depth, deepest = 0, 0

    def __init__(self, total: int, desc: str) -> None:
        self.n, self.total = 0, total
        self.stages: list[str] = []

    def reset(self, total: int) -> None:
        self.total = total

    def set_description(self, stage: str) -> None:
        self.stages.append(stage)
        self.update(0)

    def update(self, n: int) -> None:
        BusyBar.depth += 1
        BusyBar.deepest = max(BusyBar.deepest, BusyBar.depth)
        time.sleep(0.02)  # more events come in
        QApplication.processEvents()
        BusyBar.depth -= 1
        self.n += n

    def close(self) -> None:
        pass


def test_many_events_neither_nest_nor_change_their_order(
    qtbot: Any, long_work: LongWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "progress", BusyBar)
    monkeypatch.setattr(worker, "SECONDS_A_CHANGE", 0)
    received: list[int] = []
    long_work.progressed.connect(lambda stage, done, total: received.append(done))
    with qtbot.waitSignal(long_work.ended):
        long_work.start(counting(50, 0.001), "count", StopFlag())
    assert received == list(range(51))
    assert BusyBar.deepest == 1
