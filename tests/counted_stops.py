"""Stops after a number of checks, for tests of how often work looks at its flag."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from napari_asist.events import Note, StopFlag, Stopped, Work, result_of, stoppable

Result = TypeVar("Result")


class CountedStop(StopFlag):
    """A flag that is raised at a later check, as if a user pressed *Stop* there.

    Parameters
    ----------
    after : int
        Number of checks at which it is still down; never raised by default.
    """

    def __init__(self, after: int | None = None) -> None:
        super().__init__()
        self.after, self.checks = after, 0

    @property
    def is_set(self) -> bool:
        """Whether the work was asked to stop; counts how often it was looked at."""
        self.checks += 1
        return self.after is not None and self.checks > self.after


def checks_of(function: Callable[[], Result]) -> int:
    """Return how often a function without events looks at the flag."""
    stop = CountedStop()
    result_of(stoppable(_as_work(function), stop, saves=True))
    return stop.checks


def stopped_after(after: int, function: Callable[[], Result]) -> Result:
    """Do what a function without events does, and stop it at a later look."""
    return result_of(stoppable(_as_work(function), CountedStop(after), saves=True))


def assert_stops_anywhere(function: Callable[[], Result], checks: int) -> None:
    """Check that a function looks at the flag often, and ends at any of its looks.

    Parameters
    ----------
    function : callable
    checks : int
        The units of its work, before each of which it has to look.
    """
    found = checks_of(function)
    assert found >= checks
    for after in sorted({0, found // 2, found - 1}):
        with pytest.raises(Stopped):
            stopped_after(after, function)


def _as_work(function: Callable[[], Result]) -> Work[Result]:
    yield Note("test", "begins")
    return function()
