"""The file with a run's events, written and read while it grows."""

import json
import time
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from napari_asist.events import (
    CheckpointWritten,
    Entered,
    Event,
    Finished,
    Note,
    Paused,
    Progress,
    Resumed,
    Scalars,
    Started,
    as_record,
)
from napari_asist.files import refuse_link

EVENTS = "events.jsonl"

PROGRESS_SECONDS = 1.0

KINDS: Mapping[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        Entered,
        Started,
        Progress,
        Scalars,
        CheckpointWritten,
        Paused,
        Resumed,
        Note,
        Finished,
    )
}
"""Events that one line stores completely; the line of a sample image lacks the
picture."""

FIRST_LOOK = 1 << 16
"""Bytes at the end of the file that are searched first for the start of the current
stage, because the whole file may be long."""


class EventLog:
    """Append events to ``events.jsonl``, one JSON object per line, flushed at once.

    Progress is written at most once a second and at a stage's last unit; pictures are
    left out because the stages store them in their folders.

    Parameters
    ----------
    run : Path
        An existing run folder.
    """

    def __init__(self, run: Path) -> None:
        path = run / EVENTS
        refuse_link(path)
        torn = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
        self._file: IO[str] = path.open("a", encoding="utf-8")
        if torn:  # the writer was killed in the middle of a line
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


def event_of(record: Mapping[str, Any]) -> Event | None:
    """Return the event stored in a line of the file.

    Parameters
    ----------
    record : mapping
        One of those that `read_events` returns.

    Returns
    -------
    Event or None
        None for a sample image, whose picture is in the stage's folder, and for events
        of other versions that are unknown to this one.
    """
    kind = KINDS.get(str(record.get("event")))
    if kind is None:
        return None
    names = {field.name for field in fields(kind)}
    try:
        return kind(**{name: record[name] for name in names & record.keys()})
    except TypeError:
        return None


def parsed_lines(text: str) -> list[dict[str, Any]]:
    """Return the records of complete lines, skipping torn ones."""
    records: list[dict[str, Any]] = []
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records


def read_events(run: Path) -> list[dict[str, Any]]:
    """Return the events of a run folder in order, skipping torn lines."""
    path = run / EVENTS
    return parsed_lines(path.read_text(encoding="utf-8")) if path.exists() else []


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


class EventTail:
    """Reads what was appended to ``events.jsonl`` since the last read.

    Parameters
    ----------
    run : Path
        A run folder; the file may not exist yet.
    """

    def __init__(self, run: Path) -> None:
        self._path = run / EVENTS
        self._offset = 0

    def skip(self) -> None:
        """Skip everything that is in the file now."""
        self._offset = self._size()

    def current(self) -> list[dict[str, Any]]:
        """Return the records since the current stage began, and continue after them.

        The file is read backward from its end, as far as needed. The last record that
        says which stage of the run it is comes first, if it is not much earlier.
        """
        size, length = self._size(), FIRST_LOOK
        while True:
            self._offset = max(0, size - length)
            is_within = self._offset > 0
            text = self._read()
            records = parsed_lines(text.partition("\n")[2] if is_within else text)
            begun = [
                n for n, one in enumerate(records) if one.get("event") == "Started"
            ]
            if begun:
                entered = [
                    one
                    for one in records[: begun[-1]]
                    if one.get("event") == Entered.__name__
                ]
                return [*entered[-1:], *records[begun[-1] :]]
            if not is_within:
                return records
            length *= 2

    def new(self) -> list[dict[str, Any]]:
        """Return the appended records; a torn line is read once it is complete."""
        if self._size() < self._offset:  # another run has replaced the folder
            self._offset = 0
        return parsed_lines(self._read())

    def _read(self) -> str:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return ""
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return whole.decode("utf-8", "replace")

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0
