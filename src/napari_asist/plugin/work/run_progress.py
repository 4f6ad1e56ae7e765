"""The state of a run, as known from its events: stage, speed, time left."""

import time
from collections import deque

from napari_asist.events import (
    Event,
    Finished,
    Note,
    Paused,
    Progress,
    Resumed,
    Started,
)

KEPT_NOTES = 100

DEVICE = "Training on "
"""Start of the note that names the device."""

SECONDS = 30.0
"""Seconds over which the speed is averaged; on a laptop it varies over time."""

FEWEST_SECONDS = 0.5


class RunState:
    """The current state of a run, for panels that are opened while it is running."""

    def __init__(self) -> None:
        self.notes: deque[Note] = deque(maxlen=KEPT_NOTES)
        self.clear()

    def clear(self) -> None:
        """Reset everything, because another run begins."""
        self.stage = self.unit = self.device = ""
        self.done = self.total = 0
        self.is_paused = self.is_training = False
        self.pace = Pace()
        self.notes.clear()

    def take(self, event: Event) -> None:
        """Update the state from an event."""
        if isinstance(event, Started):
            self.stage, self.unit = event.stage, event.unit
            self.done, self.total = event.done, event.total
            self.is_training = event.unit == "steps"
            self.pace.clear()
        elif isinstance(event, Progress):
            self.stage, self.done, self.total = event.stage, event.done, event.total
            self.pace.see(event.done)
        elif isinstance(event, Paused | Resumed):
            self.is_paused = isinstance(event, Paused)
            self.pace.clear()
        elif isinstance(event, Finished):
            self.is_training = False
        elif isinstance(event, Note):
            self.notes.append(event)
            if event.message.startswith(DEVICE):
                self.device = event.message.removeprefix(DEVICE).split(" in ")[0]

    def headline(self) -> str:
        """Return what is being done, and how much of it is finished."""
        if not self.stage:
            return "Preparing"
        many = self.unit or "units"
        if self.is_paused:
            return f"Paused at step {self.done} of {self.total}; the device is free"
        place = f" on {self.device}" if self.is_training and self.device else ""
        return f"{self.stage}{place}: {self.done} of {self.total} {many}"

    def outlook(self) -> str:
        """Return speed and time left, or an empty string if unknown."""
        pace = self.pace.per_second
        if not pace or self.is_paused or self.done >= self.total:
            return ""
        left = duration((self.total - self.done) / pace)
        return f"{pace:.3g} {self.unit or 'units'}/s, {left} left"


class Pace:
    """Units done over the last half minute."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque()

    def clear(self) -> None:
        """Reset everything, because other work begins or the work was paused."""
        self._recent.clear()

    def see(self, done: int) -> None:
        """Record how many units are done now."""
        now = time.monotonic()
        self._recent.append((now, done))
        while len(self._recent) > 2 and now - self._recent[0][0] > SECONDS:
            self._recent.popleft()

    @property
    def per_second(self) -> float:
        """Units per second; 0 if not known yet."""
        if not self._recent:
            return 0.0
        (begin, first), (end, last) = self._recent[0], self._recent[-1]
        return (last - first) / (end - begin) if end - begin > FEWEST_SECONDS else 0.0


def duration(seconds: float) -> str:
    """Return a readable duration, such as ``2 h 10 min`` or ``40 s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
