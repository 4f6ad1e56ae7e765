"""Progress bars and notes on stderr, fed by the events of long work."""

import sys
from typing import Never

from tqdm import tqdm

from napari_asist.events import (
    Event,
    Finished,
    Note,
    Paused,
    Progress,
    Result,
    Resumed,
    Scalars,
    Started,
    Work,
    result_of,
)

DELAY_SECONDS = 2.0
LOG_SECONDS = 30.0
"""Seconds between two lines of a bar if stderr is a file."""


def show(work: Work[Result], quiet: bool = False) -> Result:
    """Run long work to its end with a progress bar on stderr.

    Parameters
    ----------
    work : generator of Event
    quiet : bool
        Show nothing.

    Returns
    -------
    object
        The return value of the work.
    """
    bars = ProgressBars(quiet)
    try:
        return result_of(work, bars.watch)
    finally:
        bars.close()


class ProgressBars:
    """A bar with the remaining time for each stage longer than two seconds."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bars: dict[str, tqdm[Never]] = {}

    def watch(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, Started):
            self._open(event)
        elif isinstance(event, Progress) and event.stage in self._bars:
            bar = self._bars[event.stage]
            bar.update(event.done - bar.n)
            if event.done >= event.total:
                self._close(event.stage)
        elif isinstance(event, Scalars) and event.stage in self._bars:
            shown = {name: f"{value:.3g}" for name, value in event.values.items()}
            self._bars[event.stage].set_postfix(shown, refresh=False)
        elif isinstance(event, Note) and not self._quiet:
            tqdm.write(f"{event.stage}: {event.message}", file=sys.stderr)
        elif isinstance(event, Paused | Resumed) and not self._quiet:
            what = "Paused" if isinstance(event, Paused) else "Resumed"
            tqdm.write(f"{event.stage}: {what} at step {event.step}.", file=sys.stderr)
        elif isinstance(event, Finished):
            self._close(event.stage)

    def close(self) -> None:
        """Close all bars."""
        for stage in list(self._bars):
            self._close(stage)

    def _open(self, event: Started) -> None:
        self._close(event.stage)
        self._bars[event.stage] = tqdm(
            desc=event.stage,
            total=event.total,
            initial=event.done,
            unit=f" {event.unit}",
            file=sys.stderr,
            delay=DELAY_SECONDS,
            disable=self._quiet,
            dynamic_ncols=True,
            mininterval=0.1 if sys.stderr.isatty() else LOG_SECONDS,
        )

    def _close(self, stage: str) -> None:
        if bar := self._bars.pop(stage, None):
            bar.close()
