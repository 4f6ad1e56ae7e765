"""A panel's message, and the progress of its work."""

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_asist.plugin.work.run_progress import Pace, about, doing

LOOK_MILLISECONDS = 500
"""Time between two looks at the time left, which is withdrawn if nothing advances."""


class WorkBar(QWidget):
    """One sentence for the user; below it, the progress while something runs.

    What is being done, with the time left, is above the bar, and a button to cancel it
    is beside it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.doing = QLabel()
        self.doing.setWordWrap(True)
        self.progress = QProgressBar()
        self.cancel = QPushButton("Cancel")
        self._stage, self._done, self._total = "", 0, 0
        self._pace = Pace()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self.cancel.clicked.connect(self._show_canceling)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.message)
        layout.addWidget(self.doing)
        row = QHBoxLayout()
        row.addWidget(self.progress, stretch=1)
        row.addWidget(self.cancel)
        layout.addLayout(row)
        self.say("")
        self.end()

    def say(self, sentence: str) -> None:
        """Show a sentence, or none."""
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))

    def begin(self) -> None:
        """Show that something is running."""
        self.say("")
        self._stage = ""
        self._pace.clear()
        self.doing.hide()
        self.progress.setRange(0, 0)
        self.progress.show()
        self.cancel.setEnabled(True)
        self.cancel.show()
        self._timer.start()

    def advance(self, stage: str, done: int, total: int) -> None:
        """Show the progress of a stage."""
        if stage != self._stage or done < self._done:
            self._pace.clear()
        self._stage, self._done, self._total = stage, done, total
        self._pace.see(done)
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.setFormat("%v of %m")
        self.refresh()

    def refresh(self) -> None:
        """Show what is being done, and the time left as far as it is known now."""
        if self.progress.isHidden() or not self._stage or not self.cancel.isEnabled():
            return
        text = doing(self._stage)
        left = self._pace.seconds_left(self._done, self._total)
        after = "…" if left is None else f", {about(left)} left"
        self.doing.setText(text[:1].upper() + text[1:] + after)
        self.doing.show()

    def end(self) -> None:
        """Show that nothing is running."""
        self._timer.stop()
        for widget in (self.doing, self.progress, self.cancel):
            widget.hide()

    def _show_canceling(self) -> None:
        """Show at once that the button was pressed."""
        self.cancel.setEnabled(False)
        self.doing.setText("Canceling…")
        self.doing.show()
