"""Prepare a step's examples while the GPU is busy with the previous step."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Examples = TypeVar("Examples")


class Prefetcher(Generic[Examples]):
    """Draws a step's examples in another thread while the previous step is computed.

    They depend only on the step's number, so they are the same as without this thread.

    Parameters
    ----------
    draw : callable
        Returns the examples of a step.
    is_worth_it : bool
        Whether the networks leave the CPU idle; if not, examples are drawn on demand.
    """

    def __init__(self, draw: Callable[[int], Examples], is_worth_it: bool) -> None:
        self._draw = draw
        self._thread = ThreadPoolExecutor(1) if is_worth_it else None
        self._next: tuple[int, Future[Examples]] | None = None

    def of(self, number: int) -> Examples:
        """Return the examples of a step, and start drawing those of the next."""
        if self._thread is None:
            return self._draw(number)
        waiting, self._next = self._next, None
        if waiting and waiting[0] == number:
            examples = waiting[1].result()
        else:
            examples = self._draw(number)
        self._next = number + 1, self._thread.submit(self._draw, number + 1)
        return examples

    def forget(self) -> None:
        """Discard the examples drawn ahead; different ones are needed from now on."""
        if self._next:
            self._next[1].cancel()
        self._next = None
