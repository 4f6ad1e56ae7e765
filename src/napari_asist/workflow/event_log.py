"""The file of a run's events, which a viewer can follow from another process."""

import json
import time
from pathlib import Path
from typing import IO, Any

from napari_asist.events import Event, Progress, as_record

EVENTS = "events.jsonl"
PROGRESS_SECONDS = 1.0


class EventLog:
    """Append events to ``events.jsonl``, one JSON object a line, flushed at once.

    Progress is written at most once a second and at a stage's last unit; pictures are
    left out, for the stages keep them in their folders.

    Parameters
    ----------
    run : Path
        An existing run folder.
    """

    def __init__(self, run: Path) -> None:
        path = run / EVENTS
        torn = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
        self._file: IO[str] = path.open("a", encoding="utf-8")
        if torn:  # the writer was killed within a line
            self._file.write("\n")
        self._last_progress = float("-inf")

    def add(self, event: Event) -> None:
        """Append one event with the time of day in seconds since 1970."""
        if isinstance(event, Progress) and event.done < event.total:
            if time.monotonic() - self._last_progress < PROGRESS_SECONDS:
                return
            self._last_progress = time.monotonic()
        record = {"time": round(time.time(), 3), **as_record(event)}
        self._file.write(json.dumps(record, default=_plain) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_events(run: Path) -> list[dict[str, Any]]:
    """Return the events of a run folder in order, without lines that were torn."""
    records: list[dict[str, Any]] = []
    path = run / EVENTS
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            records.append(json.loads(line))
        except ValueError:
            continue
    return records


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
