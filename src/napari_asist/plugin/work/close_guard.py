"""Closing napari during training: ask, save, and close once everything is saved."""

from typing import Any

from qtpy.QtCore import QEvent, QEventLoop, QObject
from qtpy.QtWidgets import QMainWindow, QMessageBox, QWidget

from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.work.run_work import RunWork

QUESTION = "The run is not finished. You can save it now and resume it later."


class CloseGuard(QObject):
    """Keeps a window open until the work of a run is saved.

    Parameters
    ----------
    window : QMainWindow
    work : RunWork
        Owns the guard.
    """

    def __init__(self, window: QMainWindow, work: RunWork) -> None:
        super().__init__(work)
        # Not the window: the session, which owns the work, must not keep it alive.
        self._work = work
        self._is_saving = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keep the window open while there is something to save."""
        if event.type() != QEvent.Type.Close or not self._work.is_running:
            return False
        if self._is_saving or not _may_close(watched):
            event.ignore()
            return True
        self._save()
        # Napari continues to close, with no running task to ask about.
        return False

    def _save(self) -> None:
        """Wait for the work to end while the window stays responsive."""
        # It may have ended while the question was open.
        if not self._work.is_running:
            return
        self._is_saving = True
        loop = QEventLoop()
        connections = Connections(loop)
        connections.add(self._work.ended, loop.quit)
        self._work.stop()
        loop.exec()
        connections.release()
        self._is_saving = False


def _may_close(window: QWidget) -> bool:
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("ASIST")
    box.setText(QUESTION)
    yes = box.addButton("Save and close", QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton("Continue training", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    box.exec()
    is_yes = box.clickedButton() is yes
    box.deleteLater()
    return is_yes


def guard_window(widget: QWidget, work: RunWork) -> None:
    """Guard the main window that a widget is docked in, once.

    Parameters
    ----------
    widget : QWidget
    work : RunWork
    """
    window: Any = widget
    while window is not None and not isinstance(window, QMainWindow):
        window = window.parentWidget()
    if window is not None and work.findChild(CloseGuard) is None:
        CloseGuard(window, work)
