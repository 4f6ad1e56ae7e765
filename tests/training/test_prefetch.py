import threading

import pytest

from napari_asist.training.prefetch import Prefetcher


@pytest.mark.parametrize("is_worth_it", [False, True])
def test_examples_belong_to_their_step(is_worth_it: bool) -> None:
    prefetcher = Prefetcher(lambda number: number * 10, is_worth_it)
    assert [prefetcher.of(number) for number in (0, 1, 2, 7, 8, 3)] == [
        *(0, 10, 20, 70, 80, 30)
    ]


def test_the_next_examples_are_drawn_in_another_thread() -> None:
    prefetcher = Prefetcher(lambda number: threading.current_thread(), True)
    here = threading.current_thread()
    assert prefetcher.of(0) is here
    assert prefetcher.of(1) is not here
    prefetcher.forget()
    assert prefetcher.of(2) is here


def test_an_error_reaches_the_step_that_needs_the_examples() -> None:
    def draw(number: int) -> int:
        if number == 1:
            raise ValueError("no clip")
        return number

    prefetcher = Prefetcher(draw, True)
    assert prefetcher.of(0) == 0
    with pytest.raises(ValueError, match="no clip"):
        prefetcher.of(1)
