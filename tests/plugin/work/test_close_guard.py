"""Closing the window during training asks first, and saves before closing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QApplication, QMainWindow, QMessageBox
from tiny import tiny_recipe, write_tiny_video

from napari_asist.plugin.session import session_of
from napari_asist.plugin.training.panel import SynthesisPanel
from napari_asist.plugin.work.close_guard import CloseGuard, guard_window

WAIT = 60_000


class Closes(QObject):  # type: ignore[misc]
    """Counts close events, and blocks them until the end of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() != QEvent.Type.Close:
            return False
        self.count += 1
        event.ignore()
        return True


def answer(button: str) -> Callable[[], list[str]]:
    """Click a button in the next question; the result returns the questions asked."""
    asked: list[str] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(20, look)
            return
        asked.append(box.text())
        next(one for one in box.buttons() if one.text() == button).click()

    QTimer.singleShot(0, look)
    return lambda: asked


@pytest.fixture
def training(make_napari_viewer_proxy: Any, qtbot: Any, tmp_path: Path) -> Any:
    """A panel whose network is training."""
    viewer = make_napari_viewer_proxy()
    session = session_of(viewer)
    panel = SynthesisPanel(viewer)
    viewer.window.add_dock_widget(panel)
    video = write_tiny_video(tmp_path / "cells.tif")
    recipe = tiny_recipe(synthesis={"steps": 1_000_000})
    run = tmp_path / "run"
    session.set_run(run)
    session.work.start(video, None, recipe, run, ("simulate", "synthesize"))
    qtbot.waitUntil(lambda: session.work.state.is_training, timeout=WAIT)
    yield panel
    session.work.stop()
    qtbot.waitUntil(lambda: not session.work.is_running, timeout=WAIT)
    qtbot.wait(100)  # napari releases its worker in the next event loop iteration


def main_window(widget: Any) -> QMainWindow:
    while not isinstance(widget, QMainWindow):
        widget = widget.parentWidget()
    return widget


def closes_of(window: QMainWindow, work: Any) -> Closes:
    """Count what the guard lets through; the filter installed last is called first."""
    passed, guard = Closes(), work.findChild(CloseGuard)
    window.removeEventFilter(guard)
    window.installEventFilter(passed)
    window.installEventFilter(guard)
    return passed


def test_continue_training(training: Any, qtbot: Any) -> None:
    window, work = main_window(training), training.work
    asked = answer("Continue training")
    assert not window.close()
    assert len(asked()) == 1
    assert work.is_running
    assert not work.is_stop_requested
    done = work.state.done
    qtbot.waitUntil(lambda: work.state.done > done + 5, timeout=WAIT)


def test_save_and_close(training: Any, tmp_path: Path) -> None:
    window, work = main_window(training), training.work
    passed = closes_of(window, work)
    asked = answer("Save and close")
    window.close()
    assert len(asked()) == 1
    assert passed.count == 1
    assert not work.is_running
    assert (tmp_path / "run/synthesis.partial/main/checkpoint.safetensors").exists()


def test_nothing_is_asked_when_nothing_is_running(
    make_napari_viewer_proxy: Any, qtbot: Any
) -> None:
    viewer = make_napari_viewer_proxy()
    panel = SynthesisPanel(viewer)
    viewer.window.add_dock_widget(panel)
    guard_window(panel, panel.work)
    assert len(panel.work.findChildren(CloseGuard)) == 1
    passed = closes_of(main_window(panel), panel.work)
    main_window(panel).close()
    assert passed.count == 1
