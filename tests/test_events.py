import json
import threading

import numpy as np
import pytest

from napari_asist.events import (
    Event,
    Finished,
    Note,
    Progress,
    SampleImage,
    Scalars,
    Started,
    StopFlag,
    Stopped,
    Work,
    as_record,
    raise_if_stopped,
    result_of,
    stoppable,
)


def count_to(total: int, stop: StopFlag | None = None) -> Work[int]:
    yield Started("counting", total, "numbers")
    for done in range(1, total + 1):
        if stop:
            stop.raise_if_set()
        yield Progress("counting", done, total)
    yield Finished("counting", 0.5)
    return total


def count_twice(total: int) -> Work[int]:
    first = yield from count_to(total)
    second = yield from count_to(total)
    return first + second


def test_result_of_returns_what_the_work_returns() -> None:
    assert result_of(count_to(3)) == 3


def test_long_work_nests() -> None:
    seen: list[Event] = []
    assert result_of(count_twice(2), seen.append) == 4
    assert [type(event).__name__ for event in seen] == 2 * [
        "Started",
        "Progress",
        "Progress",
        "Finished",
    ]


def test_a_raised_flag_stops_the_work_from_another_thread() -> None:
    stop = StopFlag()
    seen: list[Event] = []

    def watch(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Progress) and event.done == 2:
            thread = threading.Thread(target=stop.stop)
            thread.start()
            thread.join()

    with pytest.raises(Stopped, match="run the same command to continue"):
        result_of(count_to(5, stop), watch)
    assert stop.is_set
    assert seen[-1] == Progress("counting", 2, 5)


def test_a_flag_that_is_not_raised_stops_nothing() -> None:
    assert result_of(count_to(2, StopFlag())) == 2


def test_records_are_plain_data() -> None:
    record = as_record(Scalars("training", 7, {"loss": 0.5}))
    assert json.loads(json.dumps(record)) == {
        "event": "Scalars",
        "stage": "training",
        "step": 7,
        "values": {"loss": 0.5},
    }


def test_records_omit_the_picture() -> None:
    event = SampleImage("training", 7, "synthetic", np.zeros((2, 2), np.uint8))
    assert as_record(event) == {
        "event": "SampleImage",
        "stage": "training",
        "step": 7,
        "name": "synthetic",
    }


def test_deep_work_stops_between_events() -> None:
    stop = StopFlag()
    rounds = []

    def without_events() -> int:
        for number in range(1000):
            raise_if_stopped()
            rounds.append(number)
            if number == 3:
                stop.stop()
        return 0

    def work() -> Work[int]:
        yield Note("test", "begins")
        return without_events()

    with pytest.raises(Stopped):
        result_of(stoppable(work(), stop))
    assert rounds == [0, 1, 2, 3]
    # Outside of such work, nothing stops.
    raise_if_stopped()


def test_inner_work_has_its_own_flag() -> None:
    outer, inner = StopFlag(), StopFlag()
    inner.stop()

    def nested() -> Work[str]:
        try:
            yield from stoppable(count_to(3), inner)
        except Stopped:
            raise_if_stopped()  # the outer work goes on
            return "inner stopped"
        return "nothing stopped"

    assert result_of(stoppable(nested(), outer)) == "inner stopped"
