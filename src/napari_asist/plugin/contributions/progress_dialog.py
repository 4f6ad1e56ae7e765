"""Wait for work in another thread without freezing the window."""

from collections.abc import Callable
from typing import Any, TypeVar

from napari.qt.threading import create_worker
from napari.utils import progress
from qtpy.QtCore import QEventLoop, QObject, Signal
from qtpy.QtWidgets import QApplication, QMainWindow, QProgressDialog, QWidget

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, Stopped

Result = TypeVar("Result")
KILO = 1000
"""Qt's progress bars use 32-bit integers, which are too small for byte counts."""

SHORTEST = 300
"""Milliseconds after which the dialog appears."""

WIDTH = 360


class _Messenger(QObject):
    """Carries reports from a worker thread to the GUI thread."""

    reported = Signal(object, object)


def wait_for(
    work: Callable[[Callable[[int, int], None], StopFlag], Result],
    title: str,
    canceled: str = "The download was canceled; open the sample again to resume.",
) -> Result:
    """Do work in a thread, and show its progress with a Cancel button.

    Napari requests samples and folders in the GUI thread and waits for the layers; a
    local event loop keeps the windows responsive during this time.

    Parameters
    ----------
    work : callable
        Takes a function that reports progress (bytes done and total) and a stop flag.
    title : str
    canceled : str
        What to say if it was canceled.

    Raises
    ------
    AsistError
        What the work raised.
    Stopped
        It was canceled, or napari is being closed.
    """
    stop = StopFlag()
    application = QApplication.instance()
    if application is None:
        return work(lambda done, total: None, stop)
    messenger, loop = _Messenger(), QEventLoop()
    worker = create_worker(_outcome, work, messenger.reported.emit, stop)
    dialog = QProgressDialog(title, "Cancel", 0, 0, _window())
    dialog.setWindowTitle("ASIST")
    dialog.setMinimumWidth(WIDTH)
    dialog.setMinimumDuration(SHORTEST)
    # The dialog stays open while the archive is unzipped.
    dialog.setAutoClose(False)
    dialog.setAutoReset(False)
    bar = progress(total=0, desc=title)
    outcome: list[Any] = []
    messenger.reported.connect(
        lambda done, total: _show(dialog, bar, title, done, total)
    )
    worker.returned.connect(lambda result: outcome.append(result))
    worker.finished.connect(loop.quit)
    # Cancel does not wait for an unresponsive site.
    dialog.canceled.connect(loop.quit)
    dialog.destroyed.connect(loop.quit)
    application.aboutToQuit.connect(loop.quit)
    worker.start()
    loop.exec()
    stop.stop()
    bar.close()
    messenger.reported.disconnect()
    _close(dialog)
    if not outcome:
        raise Stopped(canceled)
    result, error = outcome[0]
    if error is not None:
        raise error
    done: Result = result
    return done


def _window() -> QWidget | None:
    """Return napari's window, whose colors the dialog inherits."""
    windows = [
        window
        for window in QApplication.topLevelWidgets()
        if isinstance(window, QMainWindow) and window.isVisible()
    ]
    return QApplication.activeWindow() or next(iter(windows), None)


def _close(dialog: QProgressDialog) -> None:
    try:
        dialog.canceled.disconnect()
        dialog.destroyed.disconnect()
        dialog.close()
        dialog.deleteLater()
    except RuntimeError:
        pass  # the dialog was closed together with its window


def _outcome(
    work: Callable[..., Any], report: Callable[..., None], stop: StopFlag
) -> Any:
    """Return the work's result and its exception as a pair.

    Napari would show an exception that a worker raises, and treats a returned
    exception as a raised one.
    """
    try:
        return work(report, stop), None
    except AsistError as error:
        return None, error
    except Exception as error:
        return None, AsistError(f"An unexpected error occurred ({error}).")


def _show(dialog: QProgressDialog, bar: Any, title: str, done: int, total: int) -> None:
    if bar.total != total:
        bar.reset(total)
        dialog.setMaximum(total // KILO)
    bar.update(done - bar.n)
    dialog.setValue(done // KILO)
    dialog.setLabelText(_so_far(title, done, total))


def _so_far(title: str, done: int, total: int) -> str:
    if total and done >= total:
        return f"{title}: unzipping …"
    of = f" of {total / 1e6:.0f}" if total else ""
    return f"{title}: {done / 1e6:.0f}{of} MB"
