import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from lines import Line

from napari_asist.errors import AsistError
from napari_asist.events import (
    Event,
    Paused,
    Progress,
    Resumed,
    Started,
    StopFlag,
    Stopped,
    result_of,
)
from napari_asist.training.loop import train


def paused_at(
    step: int, stop: StopFlag, seen: list[Event], paused: threading.Event
) -> Callable[[Event], None]:
    def watch(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Progress) and event.done == step:
            stop.pause()
        if isinstance(event, Paused):
            paused.set()

    return watch


def after(paused: threading.Event, action: Callable[[], None]) -> None:
    def wait() -> None:
        if paused.wait(60):
            action()

    threading.Thread(target=wait).start()


def test_a_worker_thread_is_paused_and_resumed(tmp_path: Path) -> None:
    seen: list[Event] = []
    stop, paused = StopFlag(), threading.Event()
    work = train(Line(), "line", tmp_path, 9, stop)
    thread = threading.Thread(
        target=result_of, args=(work, paused_at(3, stop, seen, paused))
    )
    thread.start()
    assert paused.wait(60)
    assert seen[-1] == Paused("line", 3)
    stop.resume()
    thread.join(60)
    assert Resumed("line", 3) in seen
    assert [event.done for event in seen if isinstance(event, Progress)] == [
        *range(1, 10)
    ]


def test_a_stop_ends_the_pause(tmp_path: Path) -> None:
    seen: list[Event] = []
    stop, paused = StopFlag(), threading.Event()
    after(paused, stop.stop)
    with pytest.raises(Stopped, match="after step 3"):
        result_of(
            train(Line(), "line", tmp_path, 9, stop), paused_at(3, stop, seen, paused)
        )
    rest = train(Line(), "line", tmp_path, 9, StopFlag())
    assert next(rest) == Started("line", 9, "steps", 3)


def test_a_device_taken_in_the_meantime_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Event] = []
    line, stop, paused = Line(), StopFlag(), threading.Event()
    moves: list[torch.device] = []

    def move(device: torch.device) -> None:
        moves.append(device)
        if len(moves) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(line, "move", move)
    after(paused, stop.resume)
    with pytest.raises(AsistError, match="no memory left to resume"):
        result_of(
            train(line, "line", tmp_path, 9, stop), paused_at(3, stop, seen, paused)
        )
