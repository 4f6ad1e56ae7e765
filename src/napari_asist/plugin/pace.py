"""How fast work goes, and how long it still takes."""

import time
from collections import deque

SECONDS = 30.0
"""The pace is that of the last so many seconds: a laptop's changes."""

FEWEST_SECONDS = 0.5


class Pace:
    """Units done over the last half minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def clear(self) -> None:
        """Forget all, for other work begins or it was paused."""
        self._seen.clear()

    def see(self, done: int) -> None:
        """Note how many units are done now."""
        now = time.monotonic()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > SECONDS:
            self._seen.popleft()

    @property
    def per_second(self) -> float:
        """Units a second; 0 where it is not known yet."""
        if not self._seen:
            return 0.0
        (begin, first), (end, last) = self._seen[0], self._seen[-1]
        return (last - first) / (end - begin) if end - begin > FEWEST_SECONDS else 0.0


def duration(seconds: float) -> str:
    """Return a time as people say it, such as ``2 h 10 min`` or ``40 s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
