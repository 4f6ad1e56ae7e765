"""The label-free report: numbers with their accepted ranges, and the contact sheet."""

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QImage
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_asist.errors import AsistError
from napari_asist.plugin.widgets.picture import Picture
from napari_asist.plugin.widgets.plot_theme import PlotTheme

if TYPE_CHECKING:
    from napari_asist.synthesis.report.report import SynthesisReport

TITLES = ("number", "found", "accepted")
NONE = "There is no report yet; it is written during synthesis training."
ALL_GOOD = "All numbers are within their accepted ranges."
SHEET_HEIGHT, CROPS_HEIGHT = 320, 180


class ReportView(QScrollArea):
    """How good the synthetic frames are, judged without labels of the real video.

    Parameters
    ----------
    theme : PlotTheme
    """

    def __init__(self, theme: PlotTheme) -> None:
        super().__init__()
        self._theme = theme
        self._folder: Path | None = None
        self.sentence, self.advice = QLabel(), QLabel()
        self.table = _table()
        self.table.horizontalHeader().sectionResized.connect(self._fit_table)
        self.sheet = Picture("real, synthetic and cycled frames")
        self.sheet.setFixedHeight(SHEET_HEIGHT)
        self.telltale = Picture("crops that reveal synthetic frames")
        self.telltale.setFixedHeight(CROPS_HEIGHT)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 4, 0, 4)
        for widget in (
            self.sentence,
            self.table,
            self.advice,
            self.sheet,
            self.telltale,
        ):
            layout.addWidget(widget)
        layout.addStretch()
        for label in (self.sentence, self.advice):
            label.setWordWrap(True)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.show_folder(None)

    @property
    def is_empty(self) -> bool:
        """Whether there is no report."""
        return not self.table.rowCount()

    def set_theme(self, theme: PlotTheme) -> None:
        """Switch to another theme."""
        self._theme = theme
        self.show_folder(self._folder)

    def show_folder(self, folder: Path | None) -> None:
        """Show the report in a stage's folder, or say that there is none.

        Parameters
        ----------
        folder : Path or None
        """
        self._folder = folder
        self.table.setRowCount(0)
        self.sentence.setText(NONE)
        self.advice.clear()
        if folder is not None and (folder / "report.json").exists():
            self._read(folder)
        for widget in (self.table, self.advice, self.sheet):
            widget.setVisible(not self.is_empty)
        self.telltale.setVisible(not self.is_empty and not self.telltale.image.isNull())

    def _read(self, folder: Path) -> None:
        from napari_asist.synthesis.report.advice import advice
        from napari_asist.synthesis.report.files import SHEET, read_report
        from napari_asist.synthesis.report.telltale import TELLTALE

        try:
            report = read_report(folder)
        except AsistError:
            return  # it is being written
        self._fill(report)
        self.advice.setText("\n\n".join(advice(report)))
        self.sheet.show_image(QImage(str(folder / SHEET)))
        self.telltale.show_image(QImage(str(folder / TELLTALE)))

    def _fill(self, report: "SynthesisReport") -> None:
        from napari_asist.synthesis.report.table import report_rows

        rows = report_rows(report)
        bad = sum(not row.is_good for row in rows)
        message = f"{bad} of {len(rows)} numbers out of range." if bad else ALL_GOOD
        self.sentence.setText(
            f"Step {report.step}: {message}" if report.step else message
        )
        self.table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, text in enumerate((row.name, row.found, row.accepted)):
                item = QTableWidgetItem(text)
                item.setToolTip(row.meaning)
                if column == 1 and row.accepted:
                    theme = self._theme
                    item.setForeground(theme.good if row.is_good else theme.bad)
                self.table.setItem(place, column, item)
        self._fit_table()

    def _fit_table(self) -> None:
        """Give each row the height that its texts need at this width."""
        self.table.resizeRowsToContents()
        rows = range(self.table.rowCount())
        height = sum(self.table.rowHeight(row) for row in rows)
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(height + header + 2 * self.table.frameWidth())


def _table() -> QTableWidget:
    table = QTableWidget(0, len(TITLES))
    table.setHorizontalHeaderLabels(TITLES)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(20)
    table.verticalHeader().setMinimumSectionSize(20)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setWordWrap(True)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setShowGrid(False)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    return table
