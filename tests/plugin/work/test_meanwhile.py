"""The window lives while it waits for a thread, and nobody else's work is lost."""

import threading
from typing import Any

import pytest
from qtpy.QtCore import QTimer

from napari_asist.errors import AsistError
from napari_asist.plugin.work.meanwhile import breathe, in_thread

WAIT = 10


def test_the_window_lives_meanwhile(qapp: Any) -> None:
    ticked = threading.Event()
    QTimer.singleShot(0, ticked.set)
    assert in_thread(lambda: ticked.wait(WAIT))


def test_the_result_of_quick_and_slow_work_is_returned(qapp: Any) -> None:
    assert in_thread(lambda: threading.current_thread()) is not threading.main_thread()
    slow = threading.Event()
    QTimer.singleShot(100, slow.set)
    assert in_thread(lambda: (slow.wait(WAIT), "slow")) == (True, "slow")


def test_an_error_is_raised_where_the_work_was_asked_for(qapp: Any) -> None:
    def failing() -> None:
        raise AsistError("Choose another track.")

    with pytest.raises(AsistError, match=r"Choose another track\."):
        in_thread(failing)


def test_other_threads_do_their_work_themselves(qapp: Any) -> None:
    did: list[threading.Thread] = []
    asking = threading.Thread(
        target=lambda: in_thread(lambda: did.append(threading.current_thread()))
    )
    asking.start()
    asking.join(WAIT)
    assert did == [asking]


def test_the_window_is_drawn_when_it_breathes(qapp: Any) -> None:
    ticked = threading.Event()
    QTimer.singleShot(0, ticked.set)
    breathe()
    assert ticked.is_set()
