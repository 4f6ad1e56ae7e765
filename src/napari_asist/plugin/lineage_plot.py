"""A plot of which the rows scroll by the wheel while all frames stay in sight."""

from typing import Any

import pyqtgraph
from qtpy.QtCore import Qt

ROWS_A_NOTCH = 3
ZOOM_A_NOTCH = 1.25
NOTCH = 120
FEWEST_ROWS = 4
FIRST_ROWS = 24
"""Rows that are in sight at first; more would be too narrow to read."""


class RowsBox(pyqtgraph.ViewBox):
    """Scrolls its rows by the wheel, and zooms in on them with Ctrl."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False, invertY=True)
        self.setMouseEnabled(x=False, y=True)
        self.rows = 1

    def show_rows(self, rows: int, frames: int) -> None:
        """Set how much there is to see, and show the first of it."""
        self.rows = max(rows, 1)
        bottom = max(self.rows, FEWEST_ROWS) - 0.2
        self.setLimits(
            xMin=-0.8,
            xMax=max(frames, 1) - 0.2,
            yMin=-0.8,
            yMax=bottom,
            minYRange=FEWEST_ROWS - 1,
        )
        self.setXRange(-0.8, max(frames, 1) - 0.2, padding=0)
        self.setYRange(-0.8, min(bottom, FIRST_ROWS - 0.2), padding=0)

    def show_row(self, row: float) -> None:
        """Scroll so far that a row is in sight."""
        low, high = self.viewRange()[1]
        margin = min(1.0, (high - low) / 4)
        if row - margin < low:
            self.translateBy(y=row - margin - low)
        elif row + margin > high:
            self.translateBy(y=row + margin - high)

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802
        """Scroll, or zoom with Ctrl around the mouse."""
        notches = event.delta() / NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            centre = self.mapSceneToView(event.scenePos())
            self.scaleBy(y=ZOOM_A_NOTCH**-notches, center=centre)
        else:
            low, high = self.viewRange()[1]
            first, last = self.state["limits"]["yLimits"]
            move = -notches * ROWS_A_NOTCH
            self.translateBy(y=min(max(move, first - low), last - high))
        event.accept()
