"""The state of a run, as known from its events: stage, speed, time left."""

import time
from collections import deque
from collections.abc import Mapping

from napari_asist.events import (
    Entered,
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

FEWEST_SECONDS = 2.0
"""Seconds that have to be seen before anything is said about the speed."""

PATIENCE_SECONDS, PATIENCE_UNITS = 5.0, 3.0
"""Seconds, and times a unit usually takes, for which nothing may advance before an
estimate is withdrawn."""

DOING: Mapping[str, str] = {
    "calibrate": "calibrating the outlines",
    "compare SEG": "comparing the outlines with the ground truth",
    "compare TRA": "comparing the tracks with the ground truth",
    "compare videos": "comparing the videos",
    "depth": "training the network",
    "embedding": "training the network",
    "estimate": "measuring the objects",
    "estimate (room)": "checking that there is room for the objects",
    "export": "exporting",
    "fit microscope": "fitting the microscope",
    "object radius": "measuring the size of the objects",
    "read the result": "reading the result",
    "refine": "fitting the labels to the synthetic frames",
    "simulate": "simulating label videos",
    "synthesis (main)": "training the network that draws frames",
    "synthesis (mask)": "training the network that draws masks",
    "synthesize": "drawing synthetic frames",
    "track": "outlining and tracking",
    "train": "training the network",
    "validate": "checking the result",
    "write video": "writing the video",
}
"""What is done while events carry a name, in words that continue a sentence."""


def doing(stage: str) -> str:
    """Return what is being done, such as ``training the network``.

    Parameters
    ----------
    stage : str
        The name in events.
    """
    if stage not in DOING:
        for start, words in (
            ("read ", "reading "),
            ("check ", "looking for unmeasured areas in "),
        ):
            if stage.startswith(start):
                return words + stage.removeprefix(start)
    return DOING.get(stage, stage)


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
        self.entered: Entered | None = None
        """The stage of the run; None while the videos are prepared."""
        self._began = 0.0
        self.pace = Pace()
        self.notes.clear()

    def take(self, event: Event) -> None:
        """Update the state from an event."""
        if isinstance(event, Entered):
            self.entered, self._began = event, time.monotonic()
            self.stage, self.unit, self.done, self.total = event.stage, "", 0, 0
            self.pace.clear()
        elif isinstance(event, Started):
            self.stage, self.unit = event.stage, event.unit
            self.done, self.total = event.done, event.total
            self.is_training = event.unit == "steps" and event.stage != "export"
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
        """Return which stage it is, what is being done, and how much is finished."""
        if self.is_paused:
            return f"Paused at step {self.done} of {self.total}; the device is free"
        place = "Preparing"
        if self.entered is not None:
            place = f"Stage {self.entered.number} of {self.entered.total}"
        if not self.stage:
            return place
        text = f"{place}: {doing(self.stage)}"
        if self.is_training and self.device:
            text += f" ({self.device})"
        if self.total:
            text += f", {self.done:,} of {self.total:,} {self.unit or 'units'}"
        return text

    def outlook(self) -> str:
        """Return the time left and the speed, or an empty string if unknown."""
        if self.is_paused:
            return ""
        parts = []
        stage, whole = self.seconds_left()
        if stage is not None:
            where = "in this stage" if self.entered is not None else "for this"
            parts.append(f"{about(stage)} left {where}")
        if whole is not None and self.entered and self.entered.later:
            parts.append(f"{about(whole)} in all")
        if pace := self.pace.per_second:
            parts.append(f"{pace:.3g} {self.unit or 'units'}/s")
        text = ", ".join(parts)
        return text[:1].upper() + text[1:]

    def seconds_left(self) -> tuple[float | None, float | None]:
        """Return the seconds left of the stage and of the whole run; None if unknown.

        The recent pace counts, and how long the stage took in earlier runs if that is
        longer, because a stage has parts that have not begun. Nothing is known while
        nothing advances.
        """
        stage = self.pace.seconds_left(self.done, self.total)
        entered = self.entered
        if entered is None:
            return stage, None
        is_stuck = self.pace.is_begun and not self.pace.per_second
        if entered.expected and not self.is_training and not is_stuck:
            expected = entered.expected - (time.monotonic() - self._began)
            stage = max(expected, stage or 0) or None if expected > 0 else stage
        if stage is None or entered.later is None:
            return stage, None
        return stage, stage + entered.later


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
    def is_begun(self) -> bool:
        """Whether enough has been seen to know the speed, then or now."""
        return len(self._recent) > 1 and self._span > FEWEST_SECONDS

    @property
    def per_second(self) -> float:
        """Units per second; 0 if not known yet, or if nothing advances any more."""
        if not self.is_begun or self._waited > self._patience:
            return 0.0
        return (self._recent[-1][1] - self._recent[0][1]) / self._span

    def seconds_left(self, done: int, total: int) -> float | None:
        """Return the seconds that the remaining units take.

        None if the speed is not known, if nothing advances, and if the time is over.
        """
        pace = self.per_second
        left = (total - done) / pace - self._waited if pace > 0 else 0.0
        return left if left > 0 else None

    @property
    def _span(self) -> float:
        return self._recent[-1][0] - self._recent[0][0]

    @property
    def _waited(self) -> float:
        return time.monotonic() - self._recent[-1][0]

    @property
    def _patience(self) -> float:
        usual = self._span / (len(self._recent) - 1)
        return max(PATIENCE_SECONDS, PATIENCE_UNITS * usual)


def about(seconds: float) -> str:
    """Return a duration as honestly as an estimate can be: ``about 20 min``.

    Parameters
    ----------
    seconds : float
    """
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {_rounded(seconds, 10)} s"
    if (minutes := seconds / 60) < 9.5:
        return f"about {_rounded(minutes, 1)} min"
    if minutes < 57.5:
        return f"about {_rounded(minutes, 5)} min"
    if (hours := minutes / 60) < 9.75:
        whole, rest = divmod(_rounded(minutes, 30 if hours > 3 else 10), 60)
        return f"about {whole} h {rest} min" if rest else f"about {whole} h"
    if hours < 47.5:
        return f"about {_rounded(hours, 1)} h"
    return f"about {_rounded(hours / 24, 1)} days"


def _rounded(value: float, step: int) -> int:
    return step * max(1, round(value / step))
