"""The list of review items: what is unusual, where, how bad, and what was decided."""

from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtGui import QPainter, QPalette
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from napari_asist.proofreading.review import ReviewItem
from napari_asist.proofreading.reviewed import (
    ACCEPTED,
    CORRECTED,
    DISMISSED,
    OPEN,
    Review,
)

COLUMNS = (
    ("", "✓ looks right, ✎ corrected, – dismissed."),
    ("what", "What is unusual."),
    ("track", "The tracks involved; the first one is the one to correct."),
    ("frame", "Frame of the result, as on the time slider."),
    ("how bad", "How far from usual it is, compared with the worst one."),
)

STATE, WHAT, TRACK, FRAME, LEVEL = range(len(COLUMNS))

MARKS = {OPEN: "", ACCEPTED: "✓", CORRECTED: "✎", DISMISSED: "–"}

WIDTHS = {STATE: 24, TRACK: 74, FRAME: 50, LEVEL: 64}

LEAST_HEIGHT = 130

MOST_NAMED = 2
"""Tracks that are named in the list; the sentence below it names all."""

BAR_MARGIN = 5

Role = Qt.ItemDataRole

IS_DECIDED = Role.UserRole + 1

PALE = 0.6
"""Opacity of the text of an item with a decision."""


class ReviewTable(QTableView):
    """One row per item, worst first; signals which one the user goes to."""

    chosen = Signal(object)
    """The `ReviewItem` that was selected or clicked again."""

    def __init__(self) -> None:
        super().__init__()
        self.items = ReviewModel()
        self.setModel(self.items)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.setItemDelegate(RowStyle(self))
        self.setItemDelegateForColumn(LEVEL, LevelBar(self))
        header = self.horizontalHeader()
        for column, width in WIDTHS.items():
            header.resizeSection(column, width)
        header.setSectionResizeMode(WHAT, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._go_to)
        self.activated.connect(self._go_to)

    @property
    def item(self) -> ReviewItem | None:
        """The selected item."""
        rows = self.selectionModel().selectedRows()
        return self.items.rows[rows[0].row()] if rows else None

    def show_review(self, review: Review | None) -> None:
        """Show new items, and select the same one as before, if it is still there."""
        before = self.item
        self.items.replace(review)
        if before is not None:
            self.select(before)

    def select(self, item: ReviewItem) -> None:
        """Select an item, if it is listed, without going to it."""
        keys = [row.key for row in self.items.rows]
        if item.key in keys:
            self.selectRow(keys.index(item.key))
            self.scrollTo(self.items.index(keys.index(item.key), 0))

    def step(self, direction: int) -> bool:
        """Go to the next open item below or above; return whether there is one.

        Parameters
        ----------
        direction : int
            1 for below, -1 for above. After the last one comes the first.
        """
        rows, item = self.items.rows, self.item
        count = len(rows)
        keys = [row.key for row in rows]
        start = keys.index(item.key) if item else (-1 if direction > 0 else 0)
        for away in range(1, count + 1):
            row = (start + direction * away) % count
            if self.items.state(row) == OPEN:
                self.selectRow(row)
                self.scrollTo(self.items.index(row, 0))
                self.chosen.emit(rows[row])
                return True
        return False

    def _go_to(self, index: QModelIndex) -> None:
        self.chosen.emit(self.items.rows[index.row()])


class ReviewModel(QAbstractTableModel):
    """The items of a review."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[ReviewItem] = []
        self._review = Review()

    def replace(self, review: Review | None) -> None:
        """Show the items of a review, or none."""
        self.beginResetModel()
        self._review = review or Review()
        self.rows = list(self._review.items)
        self.endResetModel()

    def refresh(self) -> None:
        """Show the decisions again."""
        if self.rows:
            last = self.index(len(self.rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def state(self, row: int) -> str:
        """Return what was decided on the item in a row."""
        return self._review.state(self.rows[row])

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Return the number of items."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Role.DisplayRole,
    ) -> Any:
        """Return the name of a column, or its meaning."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        name, meaning = COLUMNS[section]
        return {Role.DisplayRole: name, Role.ToolTipRole: meaning}.get(role)

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:
        """Return what a cell shows."""
        item, column = self.rows[index.row()], index.column()
        if role == Role.DisplayRole:
            return self._text(index.row(), column)
        if role == Role.ToolTipRole:
            return item.words
        if role == Role.UserRole and column == LEVEL:
            return item.level / self.rows[0].level
        if role == IS_DECIDED:
            return self.state(index.row()) != OPEN
        return None

    def _text(self, row: int, column: int) -> str:
        item = self.rows[row]
        named = ", ".join(map(str, item.labels[:MOST_NAMED]))
        more = "…" if len(item.labels) > MOST_NAMED else ""
        return {
            STATE: MARKS[self.state(row)],
            WHAT: item.kind,
            TRACK: named + more,
            FRAME: str(item.frame),
        }.get(column, "")


class RowStyle(QStyledItemDelegate):
    """Draws rows with a decision paler than open ones."""

    def initStyleOption(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Choose the color of the text."""
        super().initStyleOption(option, index)
        if index.data(IS_DECIDED):
            color = option.palette.color(QPalette.ColorRole.Text)
            color.setAlphaF(PALE)
            for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
                option.palette.setColor(role, color)


class LevelBar(RowStyle):
    """Draws how bad an item is as a bar."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw the bar over the row's background."""
        super().paint(painter, option, index)
        space = option.rect.adjusted(BAR_MARGIN, BAR_MARGIN, -BAR_MARGIN, -BAR_MARGIN)
        space.setWidth(max(round(space.width() * index.data(Role.UserRole)), 2))
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        painter.fillRect(space, own.palette.text())
