"""Table of a result's tracks; clicking a row goes to the track."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    Qt,
)
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QAbstractItemView, QApplication, QTableView, QWidget

from napari_asist.measurement.scale import Scale, number_text
from napari_asist.plugin.layers.colors import shown_colors
from napari_asist.plugin.track.color_by import ColorBy
from napari_asist.plugin.track.measurements import ResultFacts
from napari_asist.plugin.track.navigator import TrackNavigator
from napari_asist.plugin.track.track_filter import ShownTracks, TrackFilter
from napari_asist.plugin.widgets.connections import Connections

PADDING = 10

SWATCH = 22
"""Width in pixels of the color swatch before a label."""

NARROW_HEADER = """
    QHeaderView::section { padding: 2px; }
    QHeaderView::up-arrow, QHeaderView::down-arrow {
        subcontrol-origin: padding; subcontrol-position: top center;
        width: 9px; height: 5px;
    }
"""
"""The arrow is above the name, so that more columns fit in a narrow dock."""

COLUMNS = (
    ("track", "Label of the track."),
    ("frames", "Number of frames in which the object is present."),
    ("first", "First frame."),
    ("last", "Last frame."),
    ("parent", "Track from which it arose by division."),
    ("children", "Tracks that it divides into."),
    ("area", "Mean area"),
    ("speed", "Mean speed of its center"),
    ("sure", "How sure the network is of its outlines, from 0 to 1."),
)

BIRTH = [name for name, _ in COLUMNS].index("first")
SURE = len(COLUMNS) - 1

SORT_ROLE = Qt.ItemDataRole.UserRole

ALIGNED = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TrackTable(QTableView):
    """One row per track; clicking a column sorts, clicking a row jumps to the track.

    The controls of its rows and colors, `filter` and `color_by`, are laid out by
    `TrackList`.

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
        self.color_by = ColorBy(navigator.result)
        self.filter = TrackFilter(navigator.viewer)
        self.tracks = TrackModel(self)
        self.sorted = ShownTracks(self)
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
        self.filter.changed.connect(self._filter)
        Connections(self).add(navigator.result.recolored, self._recolor)

    def set_facts(self, facts: ResultFacts | None, layer: object) -> None:
        """Show another result, in the colors of its layer."""
        self.color_by.set_facts(facts)
        self.filter.set_facts(facts)
        self.sorted.are_shown = self.filter.are_shown
        colors = None
        if facts is not None:
            colors = shown_colors(layer, facts.tracks["label"])
        self.tracks.set_facts(facts, colors)
        is_known = facts is not None and not np.isnan(facts.tracks["confidence"]).all()
        self.setColumnHidden(SURE, not is_known)
        self._fit_columns()
        self.select(self._navigator.label)

    def select(self, label: int) -> None:
        """Select the row of a track, or none, without jumping."""
        if label not in self.tracks.labels:
            self.clearSelection()
            return
        row = self.tracks.labels.index(label)
        index = self.sorted.mapFromSource(self.tracks.index(row, 0))
        if not index.isValid():  # its row is hidden
            self.clearSelection()
            return
        self.selectRow(index.row())
        self.scrollTo(index)

    def label_at(self, index: QModelIndex) -> int:
        """Return the track in a displayed row."""
        row: int = self.sorted.mapToSource(index).row()
        return self.tracks.labels[row]

    def _jump(self, index: QModelIndex) -> None:
        label = self.label_at(index)
        if QApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._navigator.pick_second(label)
            self.select(self._navigator.label)
            return
        row = self.sorted.mapToSource(index).row()
        self._navigator.jump(label, self.tracks.first_frame(row))

    def _filter(self) -> None:
        self.sorted.show_rows(self.filter.are_shown)
        self.select(self._navigator.label)

    def _recolor(self) -> None:
        layer = self._navigator.result.labels
        self.tracks.set_colors(shown_colors(layer, np.array(self.tracks.labels, int)))

    def _fit_columns(self) -> None:
        measure = self.fontMetrics().horizontalAdvance
        for column in range(self.tracks.columnCount()):
            widest = max(map(measure, self.tracks.texts(column)))
            room = PADDING + (SWATCH if column == 0 else 0)
            self.setColumnWidth(column, widest + room)


class TrackModel(QAbstractTableModel):
    """One row per track, with its statistics.

    Parameters
    ----------
    parent : QObject
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.labels: list[int] = []
        """Label by row."""
        self._cells: list[list[float]] = []
        self._children: dict[int, list[int]] = {}
        self._colors: NDArray[np.uint8] = np.empty((0, 3), np.uint8)
        self._units = (Scale().area_unit, Scale().speed_unit)

    def set_facts(
        self, facts: ResultFacts | None, colors: NDArray[np.uint8] | None = None
    ) -> None:
        """Show the tracks of another result.

        Parameters
        ----------
        facts : ResultFacts or None
        colors : ndarray of uint8, shape (number of tracks, 3), optional
        """
        self.beginResetModel()
        self.labels, self._cells, self._children = [], [], {}
        if facts is not None:
            tracks, scale = facts.tracks, facts.scale
            self.labels = tracks["label"].tolist()
            self._units = (scale.area_unit, scale.speed_unit)
            for label, parent in tracks[["label", "parent"]].tolist():
                if parent:
                    self._children.setdefault(parent, []).append(label)
            columns = [
                tracks[name]
                for name in ("label", "length", "begin", "end", "parent", "children")
            ]
            columns.append(tracks["area"] * scale.area_factor)
            columns.append(tracks["speed"] * scale.speed_factor)
            columns.append(tracks["confidence"])
            self._cells = [list(row) for row in zip(*columns, strict=True)]
            if colors is not None:
                self._colors = colors
        self.endResetModel()

    def set_colors(self, colors: NDArray[np.uint8]) -> None:
        """Show the tracks in other colors, shape (number of tracks, 3)."""
        self._colors = colors
        if self._cells:
            ends = self.index(0, 0), self.index(len(self._cells) - 1, 0)
            self.dataChanged.emit(*ends, [Qt.ItemDataRole.DecorationRole])

    def first_frame(self, row: int) -> int:
        """Return the first frame of the track in a row."""
        return int(self._cells[row][BIRTH])

    def texts(self, column: int) -> list[str]:
        """Return the lines of a column's header and its longest cell."""
        header = self.headerData(column, Qt.Orientation.Horizontal)
        cells = (self._text(self.index(row, column)) for row in range(self.rowCount()))
        return [*header.splitlines(), max(cells, key=len, default="")]

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Return the number of tracks."""
        return 0 if parent is not None and parent.isValid() else len(self._cells)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return the name of a column, or its meaning."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        name, meaning = COLUMNS[section]
        unit = dict(zip(("area", "speed"), self._units, strict=True)).get(name)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{name}\n{unit}" if unit else name
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{meaning} ({unit})." if unit else meaning
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, or its sort key."""
        value = self._cells[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index)
        if role == SORT_ROLE:
            return -1.0 if math.isnan(value) else float(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return ALIGNED
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return QColor(*self._colors[index.row()].tolist())
        return None

    def _text(self, index: QModelIndex) -> str:
        value = self._cells[index.row()][index.column()]
        name = COLUMNS[index.column()][0]
        if name == "children":
            below = self._children.get(self.labels[index.row()], [])
            return ", ".join(map(str, below))
        if name in ("area", "speed", "sure"):
            return "–" if math.isnan(value) else number_text(value)
        return "" if name == "parent" and not value else str(int(value))
