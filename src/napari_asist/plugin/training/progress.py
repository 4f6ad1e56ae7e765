"""Training progress: losses, sample images, messages."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QFrame,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from napari_asist.events import Event, Note, SampleImage, Scalars, Started
from napari_asist.plugin.training.loss_plot import LossPlot
from napari_asist.plugin.training.sample_images import SampleStrip
from napari_asist.plugin.widgets.plot_theme import PlotTheme
from napari_asist.workflow.run_folder.training_progress import (
    read_losses,
    sample_files,
    training_folder,
)

SHARES = (3, 2)

LINES = 3

KEPT = 200


class ProgressPage(QScrollArea):
    """Losses, sample images and messages, from top to bottom, for some trainings.

    Parameters
    ----------
    trainings : sequence of str
        Names under which they report their events.
    theme : PlotTheme
    """

    def __init__(self, trainings: Sequence[str], theme: PlotTheme) -> None:
        super().__init__()
        self._trainings = trainings
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.plot = LossPlot(theme)
        self.samples = SampleStrip()
        self.messages = Messages()
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        for widget, share in zip((self.plot, self.samples), SHARES, strict=True):
            split.addWidget(widget)
            split.setStretchFactor(split.count() - 1, share)
        split.setSizes([100 * share for share in SHARES])
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.hint)
        layout.addWidget(split, stretch=1)
        layout.addWidget(self.messages)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def show_run(self, run: Path | None, notes: Iterable[Note]) -> None:
        """Show what a run folder contains.

        Parameters
        ----------
        run : Path or None
        notes : iterable of Note
            Earlier messages.
        """
        folders = {
            name: training_folder(run, name) if run else None
            for name in self._trainings
        }
        begun = {name: folder for name, folder in folders.items() if folder}
        self.plot.set_losses({name: read_losses(one) for name, one in begun.items()})
        samples = {name: sample_files(folder) for name, folder in begun.items()}
        last = [name for name, files in samples.items() if files][-1:]
        self.samples.set_samples(*((last[0], samples[last[0]]) if last else ("", {})))
        self.messages.set_notes(notes)

    def take(self, event: Event) -> None:
        """Show an event."""
        self.messages.take(event)
        if event.stage not in self._trainings:
            return
        if isinstance(event, Started | Scalars):
            self.plot.take(event)
        if isinstance(event, SampleImage):
            self.samples.take(event)

    def say(self, hint: str) -> None:
        """Show a sentence in place of missing losses, or no sentence."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.plot.setVisible(not self.plot.is_empty)


class Messages(QPlainTextEdit):
    """A few lines of text, newest at the bottom, that can be scrolled and copied."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setMaximumBlockCount(KEPT)
        self.setPlaceholderText("Messages appear here.")
        frame = 2 * self.frameWidth() + 2 * int(self.document().documentMargin())
        self.setFixedHeight(LINES * self.fontMetrics().lineSpacing() + frame)

    def take(self, event: Event) -> None:
        """Add the message of a note."""
        if isinstance(event, Note):
            self.appendPlainText(f"{event.stage}: {event.message}")

    def set_notes(self, notes: Iterable[Note]) -> None:
        """Replace the notes."""
        self.clear()
        for note in notes:
            self.take(note)
