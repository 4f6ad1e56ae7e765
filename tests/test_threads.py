"""Work in threads: order, errors, stopping, and memory."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import dask.array as da
import numpy as np
import pytest
from counted_stops import assert_stops_anywhere, stopped_after

from napari_asist import threads
from napari_asist.events import (
    Progress,
    StopFlag,
    Stopped,
    Work,
    raise_if_stopped,
    result_of,
    stoppable,
)
from napari_asist.threads import (
    awaited,
    computed_ahead,
    import_ahead,
    in_threads,
    read_ahead,
    readers_of,
)


@pytest.fixture(params=[1, 2, 8])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(threads, "usable_cores", lambda: request.param)
    return int(request.param)


def test_results_are_in_order(cores: int) -> None:
    barrier = threading.Barrier(min(cores, 2))

    def late(item: int) -> int:
        if item < 2 and cores > 1:
            barrier.wait(10)  # both at the same time
        return item**2

    assert in_threads(late, range(20)) == [item**2 for item in range(20)]
    assert in_threads(late, []) == []


def test_only_a_few_results_wait(cores: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = computed_ahead(str, items())
    assert next(results) == "0"
    assert len(taken) <= cores + 3
    results.close()  # type: ignore[attr-defined]
    assert threading.active_count() < 50


def test_an_error_is_raised_where_its_result_would_be(cores: int) -> None:
    def fail(item: int) -> int:
        if item == 3:
            raise KeyError("three")
        return item

    results = computed_ahead(fail, range(9))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(KeyError, match="three"):
        next(results)


def test_threads_see_the_stop_flag(cores: int) -> None:
    stop = StopFlag()

    def look(item: int) -> int:
        raise_if_stopped()
        return item

    def work() -> Work[None]:
        stop.stop()
        in_threads(look, range(4))
        yield Progress("never", 1, 1)

    with pytest.raises(Stopped):
        result_of(stoppable(work(), stop))


@pytest.mark.parametrize("lazy", [False, True])
def test_frames_are_read_ahead(cores: int, lazy: bool) -> None:
    frames = np.arange(5 * 6 * 7).reshape(5, 6, 7)
    source = da.from_array(frames, chunks=(1, -1, -1)) if lazy else frames
    np.testing.assert_array_equal(np.stack(list(read_ahead(source))), frames)


def test_huge_frames_are_read_one_by_one(cores: int) -> None:
    huge = da.zeros((3, 20_000, 20_000), np.uint16, chunks=(1, -1, -1))
    assert readers_of(huge) == 1
    assert readers_of(da.zeros((3, 512, 512), np.uint16)) == cores
    assert readers_of([np.zeros((64, 64), np.float32)]) == cores


def test_modules_are_imported_in_the_background() -> None:
    sys.modules.pop("this_module_does_not_exist", None)
    sys.modules.pop("colorsys", None)
    import_ahead("this_module_does_not_exist", "colorsys")
    for thread in threading.enumerate():
        if thread.name == "import ahead":
            thread.join(10)
    assert "colorsys" in sys.modules


@pytest.mark.parametrize("cores", [1, 2])
def test_work_ends_between_two_items(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_asist.threads.usable_cores", lambda: cores)
    done: list[int] = []
    assert_stops_anywhere(lambda: in_threads(done.append, range(10)), 10)
    done.clear()
    with pytest.raises(Stopped):
        stopped_after(3, lambda: in_threads(done.append, range(10)))
    assert len(done) <= 3


def test_a_result_that_never_comes_is_not_awaited() -> None:
    never: Future[Any] = Future()
    with pytest.raises(Stopped):
        stopped_after(2, lambda: awaited(never))
