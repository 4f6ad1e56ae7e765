"""What is known of a run, from its events."""

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
from napari_asist.plugin.pace import Pace, duration

KEPT_NOTES = 100
DEVICE = "Training on "
"""What the note that names the device begins with."""


class RunState:
    """The present of a run, for panels that are opened while it goes on."""

    def __init__(self) -> None:
        self.notes: deque[Note] = deque(maxlen=KEPT_NOTES)
        self.clear()

    def clear(self) -> None:
        """Forget all, for another run begins."""
        self.stage = self.unit = self.device = ""
        self.done = self.total = 0
        self.is_paused = self.is_training = False
        self.pace = Pace()
        self.notes.clear()

    def take(self, event: Event) -> None:
        """Take what an event tells."""
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
        """Return what is done now, and how much of it is."""
        if not self.stage:
            return "Preparing"
        many = self.unit or "units"
        if self.is_paused:
            return f"Paused at step {self.done} of {self.total}; the device is free"
        place = f" on {self.device}" if self.is_training and self.device else ""
        return f"{self.stage}{place}: {self.done} of {self.total} {many}"

    def outlook(self) -> str:
        """Return pace and time left, or nothing where they are not known."""
        pace = self.pace.per_second
        if not pace or self.is_paused or self.done >= self.total:
            return ""
        left = duration((self.total - self.done) / pace)
        return f"{pace:.3g} {self.unit or 'units'}/s, {left} left"
