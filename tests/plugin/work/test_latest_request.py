"""The newest of several requests wins, and the thread survives errors."""

import threading
from collections.abc import Iterator
from typing import Any

from napari_asist.plugin.work.latest_request import NewestRequest


class Held:
    """Work that waits until it is released."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.began, self.goes_on = threading.Event(), threading.Event()

    def work(self) -> Iterator[str]:
        self.began.set()
        assert self.goes_on.wait(10)
        yield f"{self.name} 1"
        yield f"{self.name} 2"


def test_the_newest_request_wins(qtbot: Any) -> None:
    requests, received = NewestRequest(), list[str]()
    requests.delivered.connect(lambda number, result: received.append(result))
    first, dropped, last = Held("first"), Held("dropped"), Held("last")
    requests.ask(first.work())
    assert first.began.wait(10)
    requests.ask(dropped.work())
    assert requests.ask(last.work()) == requests.newest
    for held in (first, dropped, last):
        held.goes_on.set()
    qtbot.waitUntil(lambda: "last 2" in received)
    # The first had begun and may show what it has, but does not continue.
    assert received == ["first 1", "last 1", "last 2"]
    assert not dropped.began.is_set()


def test_results_arrive_in_the_gui_thread(qtbot: Any) -> None:
    requests, threads = NewestRequest(), list[threading.Thread]()
    requests.delivered.connect(lambda *_: threads.append(threading.current_thread()))
    requests.ask(iter(["result"]))
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.main_thread()]


def test_an_error_is_reported_and_the_next_request_done(qtbot: Any) -> None:
    def failing() -> Iterator[str]:
        yield from ()
        raise RuntimeError("as torch does")

    requests = NewestRequest()
    with qtbot.waitSignal(requests.failed) as failed:
        requests.ask(failing())
    assert str(failed.args[1]) == "as torch does"
    with qtbot.waitSignal(requests.delivered) as delivered:
        requests.ask(iter(["well"]))
    assert delivered.args == [2, "well"]


def test_nothing_is_reported_after_closing(qtbot: Any) -> None:
    requests, received = NewestRequest(), list[str]()
    requests.delivered.connect(lambda number, result: received.append(result))
    held = Held("held")
    requests.ask(held.work())
    assert held.began.wait(10)
    requests.close()
    held.goes_on.set()
    qtbot.wait(50)
    assert "held 2" not in received


def test_a_thread_ends_quietly_when_napari_was_closed(
    qtbot: Any, monkeypatch: Any
) -> None:
    raised: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    before = set(threading.enumerate())
    requests, held = NewestRequest(), Held("held")
    requests.ask(held.work())
    assert held.began.wait(10)
    (thread,) = set(threading.enumerate()) - before
    with qtbot.waitSignal(requests.destroyed):
        requests.deleteLater()
    held.goes_on.set()
    thread.join(10)
    assert not thread.is_alive()
    assert raised == []
