"""Plots in the colours of napari's theme."""

from dataclasses import dataclass
from typing import Any

import pyqtgraph
from napari import Viewer
from napari.utils.theme import get_theme
from qtpy.QtGui import QColor, QFont

AXES = ("left", "bottom")


@dataclass(frozen=True)
class PlotTheme:
    """Colours of a plot."""

    background: QColor
    text: QColor
    faint: QColor
    cursor: QColor


def plot_theme(viewer: Viewer) -> PlotTheme:
    """Return the colours of a viewer's theme."""
    theme = get_theme(viewer.theme)
    faint = QColor(theme.text.as_hex())
    faint.setAlpha(110)
    return PlotTheme(
        QColor(theme.background.as_hex()),
        QColor(theme.text.as_hex()),
        faint,
        QColor(theme.warning.as_hex()),
    )


def color_axes(plot: Any, theme: PlotTheme, font: QFont) -> None:
    """Draw a plot's axes and their texts in a theme.

    Parameters
    ----------
    plot : pyqtgraph.PlotItem
    theme : PlotTheme
    font : QFont
        Of the numbers and names.
    """
    for name in AXES:
        axis = plot.getAxis(name)
        axis.setPen(pyqtgraph.mkPen(theme.faint))
        axis.setTextPen(pyqtgraph.mkPen(theme.text))
        axis.setTickFont(font)
        axis.label.setFont(font)


def is_left_click(event: Any) -> bool:
    """Whether an event of pyqtgraph's scene is a click with the left button."""
    return bool(event.button().name == "LeftButton")
