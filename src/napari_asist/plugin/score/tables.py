"""Tables of a result's scores and errors."""

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from qtpy.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from napari_asist.evaluation.errors import count_errors
from napari_asist.evaluation.kinds import KINDS, TrackingError
from napari_asist.evaluation.scores import Scores

TITLES = ("frame", "error", "label", "truth")

MEANINGS = (
    "Frame of the result, as on the time slider.",
    "What is wrong.",
    "Labels in the result.",
    "Labels in the ground truth.",
)

ANY = "all errors"

Role = Qt.ItemDataRole

LEAST_HEIGHT = 120

MEASURED_ROWS = 100
"""Columns are as wide as these rows need; measuring thousands takes long."""

COLUMNS = (
    ("DET", "det", "Detection accuracy, 0 to 1."),
    ("SEG", "seg", "Mean overlap of the masks with the ground truth, 0 to 1."),
    ("TRA", "tra", "Tracking accuracy: objects and links, 0 to 1."),
    ("LNK", "lnk", "Linking accuracy: links alone, 0 to 1."),
    (
        "div. F1",
        "division_f1",
        "F1 score of the divisions, which may be at most one frame early or late.",
    ),
)

NOTHING = "–"


class ErrorTable(QWidget):
    """All errors, or those of one kind; signals which one the user selects."""

    chosen = Signal(object)
    """The selected `TrackingError`."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = QComboBox()
        self.kind.setToolTip("Which errors to list.")
        self.model = _ErrorModel()
        self.shown = _OneKind()
        self.shown.setSourceModel(self.model)
        self.shown.setSortRole(Role.UserRole)
        self.view = QTableView()
        self.view.setModel(self.shown)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setWordWrap(False)
        self.view.verticalHeader().hide()
        self.view.setMinimumHeight(LEAST_HEIGHT)
        self.view.setTextElideMode(Qt.TextElideMode.ElideRight)
        header = self.view.horizontalHeader()
        header.setResizeContentsPrecision(MEASURED_ROWS)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        # Frame and error are always readable; labels share the rest, and tooltips show
        # those that are too many for it.
        for column in range(TITLES.index("label")):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.kind)
        layout.addWidget(self.view, stretch=1)
        self.kind.activated.connect(self._filter)
        self.view.selectionModel().currentRowChanged.connect(self._choose)
        self.show_errors([])

    def show_errors(self, errors: Sequence[TrackingError]) -> None:
        """List new errors, of all kinds."""
        self.model.replace(errors)
        counts = count_errors(errors)
        self.kind.clear()
        self.kind.addItem(f"{ANY} ({len(errors)})", "")
        for kind in KINDS:
            if counts[kind]:
                self.kind.addItem(f"{kind} ({counts[kind]})", kind)
        self._filter()

    def deselect(self) -> None:
        """Select no error, so that a click on the same one leads there again."""
        self.view.selectionModel().clear()

    def step(self, rows: int) -> None:
        """Select the error some rows below the selected one, or the first one."""
        selected = self.view.selectionModel().currentIndex()
        row = selected.row() + rows if selected.isValid() else 0
        if 0 <= row < self.shown.rowCount():
            self.view.selectRow(row)

    def listed(self) -> list[TrackingError]:
        """Return the listed errors, from top to bottom."""
        return [
            self._error(self.shown.index(row, 0))
            for row in range(self.shown.rowCount())
        ]

    def _filter(self) -> None:
        self.shown.show_kind(self.kind.currentData() or "")

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self._error(index))

    def _error(self, index: QModelIndex) -> TrackingError:
        error: TrackingError = self.model.errors[self.shown.mapToSource(index).row()]
        return error


class _ErrorModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.errors: list[TrackingError] = []

    def replace(self, errors: Sequence[TrackingError]) -> None:
        self.beginResetModel()
        self.errors = list(errors)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        return len(self.errors)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        return len(TITLES)

    def headerData(  # noqa: N802
        self, section: int, orientation: Any, role: int = Role.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return TITLES[section]
        if orientation == Qt.Orientation.Horizontal and role == Role.ToolTipRole:
            return MEANINGS[section]
        return None

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:
        error, column = self.errors[index.row()], index.column()
        if role in (Role.DisplayRole, Role.ToolTipRole):
            return _cells(error)[column]
        if role == Role.UserRole:
            values = (error.frame, error.kind, error.labels, error.truth)
            names = values[column]
            return (names[0] if names else 0) if isinstance(names, tuple) else names
        return None


class _OneKind(QSortFilterProxyModel):
    def __init__(self) -> None:
        super().__init__()
        self._kind = ""

    def show_kind(self, kind: str) -> None:
        if kind != self._kind:  # sorting many errors again takes long
            self._kind = kind
            self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:  # noqa: N802
        model = self.sourceModel()
        return not self._kind or model.errors[row].kind == self._kind


def _cells(error: TrackingError) -> tuple[str, ...]:
    names = (", ".join(map(str, labels)) for labels in (error.labels, error.truth))
    return (str(error.frame), error.kind, *names)


class ScoreTable(QWidget):
    """Names of the scores, with their values below."""

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
        """Show new scores, with a dash for those that the ground truth cannot give."""
        for name, label in self.values.items():
            value = getattr(scores, name)
            label.setText(NOTHING if value is None else f"{value:.3f}")
