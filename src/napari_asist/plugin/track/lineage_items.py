"""Graphics items of a lineage tree: a line for each track, forks, names, rows."""

from typing import Any

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from qtpy.QtCore import Qt

TRACK_WIDTH = 4

SELECTED_WIDTH = 10

HALF_FRAME = 0.5
"""A track's line spans its frames fully, so that even a single frame has a length."""

ROWS_A_NOTCH = 3

ZOOM_A_NOTCH = 1.25

NOTCH = 120

FEWEST_ROWS = 4

FIRST_ROWS = 24
"""Rows that are visible initially; more would be too narrow to read."""


def track_lines(
    lineages: NDArray[np.void], colors: NDArray[np.uint8]
) -> list[pyqtgraph.PlotCurveItem]:
    """Return one item for all tracks of the same color, which is fast for many tracks.

    Parameters
    ----------
    lineages : structured ndarray of `LINEAGE_DTYPE`, shape (number of tracks,)
    colors : ndarray of uint8, shape (number of tracks, 3)
    """
    shades, which = np.unique(colors, axis=0, return_inverse=True)
    items = []
    for number, shade in enumerate(shades.tolist()):
        x, y = track_ends(lineages[which.ravel() == number])
        pen = pyqtgraph.mkPen(shade, width=TRACK_WIDTH)
        items.append(pyqtgraph.PlotCurveItem(x, y, pen=pen, connect="pairs"))
    return items


def track_ends(
    lineages: NDArray[np.void],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the tracks' lines, in pairs: frames and rows."""
    x = np.stack([lineages["begin"] - HALF_FRAME, lineages["end"] + HALF_FRAME], axis=1)
    return x.ravel(), np.repeat(lineages["row"], 2)


def fork_lines(lineages: NDArray[np.void], pen: Any) -> pyqtgraph.PlotCurveItem:
    """Return the lines from parents to their children.

    Parameters
    ----------
    lineages : structured ndarray of `LINEAGE_DTYPE`, shape (number of tracks,)
    pen : QPen
    """
    by_label = {row["label"].item(): row for row in lineages}
    x: list[float] = []
    y: list[float] = []
    for child in lineages:
        parent = by_label.get(child["parent"].item())
        if parent is None:
            continue
        begin, end = child["begin"] - HALF_FRAME, parent["end"] + HALF_FRAME
        # Along the gap, if there is one, then across to the child's row.
        x += [end, begin, begin, begin]
        y += [parent["row"], parent["row"], parent["row"], child["row"]]
    return pyqtgraph.PlotCurveItem(
        np.array(x), np.array(y), pen=pen, connect="pairs", skipFiniteCheck=True
    )


def nearest_track(lineages: NDArray[np.void], frame: float, row: float) -> int:
    """Return the label of the track at a position in the drawing, 0 for none.

    Parameters
    ----------
    lineages : structured ndarray of `LINEAGE_DTYPE`
    frame, row : float
    """
    away = np.maximum(lineages["begin"] - frame, frame - lineages["end"])
    across = np.abs(lineages["row"] - row)
    near = (away <= HALF_FRAME) & (across <= 0.5)
    if not near.any():
        return 0
    return int(lineages["label"][near][across[near].argmin()])


class RowsBox(pyqtgraph.ViewBox):
    """Scrolls its rows with the wheel, and zooms with Ctrl."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False, invertY=True)
        self.setMouseEnabled(x=False, y=True)
        self.rows = 1

    def show_rows(self, rows: int, frames: int) -> None:
        """Set the numbers of rows and frames, and show the first rows."""
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
        """Scroll until a row is visible."""
        low, high = self.viewRange()[1]
        margin = min(1.0, (high - low) / 4)
        if row - margin < low:
            self.translateBy(y=row - margin - low)
        elif row + margin > high:
            self.translateBy(y=row + margin - high)

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802
        """Scroll, or zoom around the mouse with Ctrl."""
        notches = event.delta() / NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            center = self.mapSceneToView(event.scenePos())
            self.scaleBy(y=ZOOM_A_NOTCH**-notches, center=center)
        else:
            low, high = self.viewRange()[1]
            first, last = self.state["limits"]["yLimits"]
            move = -notches * ROWS_A_NOTCH
            self.translateBy(y=min(max(move, first - low), last - high))
        event.accept()
