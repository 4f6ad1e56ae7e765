"""The end of a run's event file, read as it grows."""

from pathlib import Path
from typing import Any

from napari_asist.workflow.event_log import EVENTS, parsed_lines

FIRST_LOOK = 1 << 16
"""Bytes from the end in which the beginning of the current stage is looked for first;
most files are longer than what anybody wants to read again."""


class EventTail:
    """Reads what was appended to ``events.jsonl`` since it looked last.

    Parameters
    ----------
    run : Path
        A run folder; the file need not be there yet.
    """

    def __init__(self, run: Path) -> None:
        self._path = run / EVENTS
        self._offset = 0

    def skip(self) -> None:
        """Leave out all that is there now."""
        self._offset = self._size()

    def current(self) -> list[dict[str, Any]]:
        """Return the records since the current stage began, and go on behind them.

        The file is read from its end backwards, as far as needed.
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
                return records[begun[-1] :]
            if not is_within:
                return records
            length *= 2

    def new(self) -> list[dict[str, Any]]:
        """Return the records that were appended; a line that is torn waits."""
        if self._size() < self._offset:  # another run has taken the folder's place
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
