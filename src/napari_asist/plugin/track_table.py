"""The table of a result's tracks, which jumps to them."""

from qtpy.QtCore import QModelIndex, QSortFilterProxyModel, Qt
from qtpy.QtWidgets import QAbstractItemView, QTableView, QWidget

from napari_asist.plugin.result_facts import ResultFacts
from napari_asist.plugin.shown_colors import shown_colors
from napari_asist.plugin.track_model import SORT_ROLE, TrackModel
from napari_asist.plugin.track_navigator import TrackNavigator

PADDING = 12
SWATCH = 22
"""Pixels that the colour before a label takes."""

NARROW_HEADER = """
    QHeaderView::section { padding: 2px; }
    QHeaderView::up-arrow, QHeaderView::down-arrow {
        subcontrol-origin: padding; subcontrol-position: top center;
        width: 9px; height: 5px;
    }
"""
"""The arrow over the name and not beside it: more columns are seen in a narrow dock."""


class TrackTable(QTableView):
    """One row a track, sorted by a click on a column; a click on a row jumps there.

    Parameters
    ----------
    navigator : TrackNavigator
    parent : QWidget, optional
    """

    def __init__(
        self, navigator: TrackNavigator, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._navigator = navigator
        self.tracks = TrackModel(self)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.tracks)
        self.sorted.setSortRole(SORT_ROLE)
        self.setModel(self.sorted)
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.horizontalHeader().setStyleSheet(NARROW_HEADER)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.clicked.connect(self._jump)
        self.activated.connect(self._jump)
        navigator.selected.connect(self.select)

    def set_facts(self, facts: ResultFacts | None, layer: object) -> None:
        """Show another result, in the colours of its layer."""
        colors = None
        if facts is not None:
            colors = shown_colors(layer, facts.tracks["label"])
        self.tracks.set_facts(facts, colors)
        self._fit_columns()
        self.select(self._navigator.label)

    def select(self, label: int) -> None:
        """Select the row of a track, or none, without a jump."""
        if label not in self.tracks.labels:
            self.clearSelection()
            return
        row = self.tracks.labels.index(label)
        index = self.sorted.mapFromSource(self.tracks.index(row, 0))
        self.selectRow(index.row())
        self.scrollTo(index)

    def label_at(self, index: QModelIndex) -> int:
        """Return the track of a row as it is shown."""
        row: int = self.sorted.mapToSource(index).row()
        return self.tracks.labels[row]

    def _jump(self, index: QModelIndex) -> None:
        label = self.label_at(index)
        row = self.sorted.mapToSource(index).row()
        self._navigator.jump(label, self.tracks.birth(row))

    def _fit_columns(self) -> None:
        measure = self.fontMetrics().horizontalAdvance
        for column in range(self.tracks.columnCount()):
            widest = max(map(measure, self.tracks.texts(column)))
            room = PADDING + (SWATCH if column == 0 else 0)
            self.setColumnWidth(column, widest + room)
