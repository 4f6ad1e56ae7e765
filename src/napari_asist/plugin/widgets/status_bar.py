"""A panel's message, and the progress of its work."""

from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)


class WorkBar(QWidget):
    """One sentence for the user; below it, a progress bar while something runs."""

    def __init__(self) -> None:
        super().__init__()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.progress = QProgressBar()
        self.cancel = QPushButton("Cancel")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.message)
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
        self.progress.setRange(0, 0)
        self.progress.show()
        self.cancel.show()

    def advance(self, stage: str, done: int, total: int) -> None:
        """Show the progress of a stage."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.setFormat(f"{stage} %v / %m")

    def end(self) -> None:
        """Show that nothing is running."""
        self.progress.hide()
        self.cancel.hide()
