"""The scores of one result as a small table."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QLabel, QWidget

from napari_asist.evaluation.scores import Scores

COLUMNS = (
    ("DET", "det", "Detection accuracy, 0 to 1."),
    ("SEG", "seg", "Mean overlap of the masks with the truth's, 0 to 1."),
    ("TRA", "tra", "Tracking accuracy: objects and links, 0 to 1."),
    ("LNK", "lnk", "Linking accuracy: links alone, 0 to 1."),
    ("div. F1", "division_f1", "Divisions found, at most a frame early or late."),
)
NOTHING = "–"


class ScoreTable(QWidget):
    """Names of the scores and their values below."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        for column, (title, name, meaning) in enumerate(COLUMNS):
            for row, label in enumerate((QLabel(title), QLabel(NOTHING))):
                label.setAlignment(Qt.AlignmentFlag.AlignCenter)
                label.setToolTip(meaning)
                grid.addWidget(label, row, column)
            self.values[name] = label
            grid.setColumnStretch(column, 1)

    def show_scores(self, scores: Scores) -> None:
        """Show other scores; a dash where the truth cannot tell."""
        for name, label in self.values.items():
            value = getattr(scores, name)
            label.setText(NOTHING if value is None else f"{value:.3f}")
