"""What a lineage tree draws: a line a track, forks, names."""

from typing import Any

import numpy as np
import pyqtgraph
from numpy.typing import NDArray

TRACK_WIDTH = 4
SELECTED_WIDTH = 10
HALF_FRAME = 0.5
"""A track covers its frames whole, so that one of a single frame has a length."""


def track_lines(
    lineages: NDArray[np.void], colors: NDArray[np.uint8]
) -> list[pyqtgraph.PlotCurveItem]:
    """Return one item for all tracks of a colour, which is fast for many tracks.

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
    """Return where the lines of tracks begin and end, in pairs: frames and rows."""
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
        # Along the pause, where there is one, then across to the child's row.
        x += [end, begin, begin, begin]
        y += [parent["row"], parent["row"], parent["row"], child["row"]]
    return pyqtgraph.PlotCurveItem(
        np.array(x), np.array(y), pen=pen, connect="pairs", skipFiniteCheck=True
    )


def nearest_track(lineages: NDArray[np.void], frame: float, row: float) -> int:
    """Return the label of the track at a place of the drawing, 0 for none.

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
