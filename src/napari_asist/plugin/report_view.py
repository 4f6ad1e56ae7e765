"""The label-free report: numbers with their accepted ranges, and the contact sheet."""

from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QImage
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_asist.plugin.picture import Picture
from napari_asist.plugin.theme_colors import PlotColors

TITLES = ("", "found", "accepted")
NONE = "There is no report yet; it is written while the synthesis trains."


class ReportView(QWidget):
    """What synthetic frames are worth, told without labels of the real video.

    Parameters
    ----------
    colors : PlotColors
    """

    def __init__(self, colors: PlotColors) -> None:
        super().__init__()
        self._colors = colors
        self._folder: Path | None = None
        self.sentence = QLabel(NONE)
        self.sentence.setWordWrap(True)
        self.table = QTableWidget(0, len(TITLES))
        self.table.setHorizontalHeaderLabels(TITLES)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setShowGrid(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.sheet = Picture("real, synthetic and cycled frames")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.sentence)
        layout.addWidget(self.table, stretch=3)
        layout.addWidget(self.sheet, stretch=2)
        self.show_folder(None)

    @property
    def is_empty(self) -> bool:
        """Whether there is no report."""
        return not self.table.rowCount()

    def set_colors(self, colors: PlotColors) -> None:
        """Follow another theme."""
        self._colors = colors
        self.show_folder(self._folder)

    def show_folder(self, folder: Path | None) -> None:
        """Show the report in a stage's folder, or that there is none.

        Parameters
        ----------
        folder : Path or None
        """
        self._folder = folder
        self.table.setRowCount(0)
        if folder is not None and (folder / "report.json").exists():
            self._read(folder)
        has_any = not self.is_empty
        self.table.setVisible(has_any)
        self.sheet.setVisible(has_any and not self.sheet.image.isNull())

    def _read(self, folder: Path) -> None:
        from napari_asist.synthesis.advice import advice
        from napari_asist.synthesis.report_files import SHEET, read_report
        from napari_asist.synthesis.report_table import report_rows

        try:
            report = read_report(folder)
        except (OSError, ValueError, TypeError):
            return  # it is being written
        step = f"After step {report.step}: " if report.step else ""
        told = " ".join(advice(report)) or "All numbers are within their range."
        self.sentence.setText(step + told)
        self.sheet.show_image(QImage(str(folder / SHEET)))
        rows = report_rows(report)
        self.table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, text in enumerate((row.name, row.found, row.accepted)):
                item = QTableWidgetItem(text)
                item.setToolTip(row.meaning)
                if column == 1 and row.accepted:
                    color = self._colors.good if row.is_good else self._colors.bad
                    item.setForeground(QColor(color))
                self.table.setItem(place, column, item)
        self.table.resizeRowsToContents()
