"""How the panel "Simulator" looks."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from napari_asist.plugin.simulator_panel import SimulatorPanel

NARROWEST = 330
MARGIN = 8


class WorkBar(QWidget):
    """One sentence for the user; below it, while something runs, how far it is."""

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
        """Show that something runs."""
        self.say("")
        self.progress.setRange(0, 0)
        self.progress.show()
        self.cancel.show()

    def advance(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.setFormat(f"{stage} %v / %m")

    def end(self) -> None:
        """Show that nothing runs."""
        self.progress.hide()
        self.cancel.hide()


def lay_out(panel: "SimulatorPanel") -> None:
    """Put the widgets of a panel in their places."""
    panel.setMinimumWidth(NARROWEST)
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    top = QFormLayout()
    top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    top.addRow("simulator", panel.simulator)
    top.addRow("start from", panel.start)
    top.addRow("video", panel.video)
    layout.addLayout(top)
    layout.addWidget(panel.match)
    layout.addWidget(panel.form, stretch=1)
    layout.addLayout(_row(QLabel("seed"), panel.seed, panel.live))
    layout.addWidget(panel.bar)
    layout.addLayout(_row(panel.simulate, panel.load, panel.save))
    _explain(panel)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row


def _explain(panel: "SimulatorPanel") -> None:
    for widget, meaning in (
        (panel.match, "Estimate the settings from the video, without labels."),
        (panel.live, "Show the simulated labels over the video."),
        (panel.simulate, "Write annotation videos into a folder."),
        (panel.load, "Take the settings from a recipe."),
        (panel.save, "Write the settings as a recipe, also for the command line."),
    ):
        widget.setToolTip(meaning)
