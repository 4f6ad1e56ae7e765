"""The last sentences that the work has told."""

from collections.abc import Iterable

from qtpy.QtWidgets import QPlainTextEdit

from napari_asist.events import Event, Note

LINES = 3
KEPT = 200


class Messages(QPlainTextEdit):
    """A few lines of text, the newest below, that can be scrolled and copied."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setMaximumBlockCount(KEPT)
        self.setPlaceholderText("Messages of the work appear here.")
        frame = 2 * self.frameWidth() + 2 * int(self.document().documentMargin())
        self.setFixedHeight(LINES * self.fontMetrics().lineSpacing() + frame)

    def take(self, event: Event) -> None:
        """Add what a note tells."""
        if isinstance(event, Note):
            self.appendPlainText(f"{event.stage}: {event.message}")

    def set_notes(self, notes: Iterable[Note]) -> None:
        """Show other notes."""
        self.clear()
        for note in notes:
            self.take(note)
