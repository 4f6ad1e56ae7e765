import threading

import pytest

from napari_asist.training.ahead import Ahead


@pytest.mark.parametrize("is_worth_it", [False, True])
def test_examples_belong_to_their_step(is_worth_it: bool) -> None:
    ahead = Ahead(lambda number: number * 10, is_worth_it)
    assert [ahead.of(number) for number in (0, 1, 2, 7, 8, 3)] == [
        *(0, 10, 20, 70, 80, 30)
    ]


def test_the_next_examples_are_drawn_in_another_thread() -> None:
    ahead = Ahead(lambda number: threading.current_thread(), True)
    here = threading.current_thread()
    assert ahead.of(0) is here
    assert ahead.of(1) is not here
    ahead.forget()
    assert ahead.of(2) is here


def test_an_error_reaches_the_step_that_needs_the_examples() -> None:
    def draw(number: int) -> int:
        if number == 1:
            raise ValueError("no clip")
        return number

    ahead = Ahead(draw, True)
    assert ahead.of(0) == 0
    with pytest.raises(ValueError, match="no clip"):
        ahead.of(1)
