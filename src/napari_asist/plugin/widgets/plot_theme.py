"""Plot colors that match napari's theme."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph
from napari import Viewer
from napari.utils.theme import get_theme
from qtpy.QtGui import QColor, QFont

# Okabe and Ito's colors, distinguishable by color-blind people, lightened or darkened.
ON_DARK = (
    "#56b4e9",
    "#e8a317",
    "#2fc59c",
    "#f0e442",
    "#ff8a5c",
    "#d79ae8",
    "#c8ccd0",
    "#ff7fb0",
)
ON_LIGHT = (
    "#0072b2",
    "#a86500",
    "#00795a",
    "#857a00",
    "#c2410c",
    "#8e44ad",
    "#50555a",
    "#b0105e",
)
BRIGHT = 128
FAINT = 110
AXES = ("left", "bottom")


@dataclass(frozen=True)
class PlotTheme:
    """Colors of plots and of the text next to them.

    Parameters
    ----------
    background, text : QColor
    faint : QColor
        For axes and other faint lines.
    cursor : QColor
        For the line at the current frame.
    curves : sequence of str
        As ``#rrggbb``, for curves in one plot.
    good, bad : QColor
        For numbers within and out of their range.
    """

    background: QColor
    text: QColor
    faint: QColor
    cursor: QColor
    curves: Sequence[str]
    good: QColor
    bad: QColor


def plot_theme(viewer: Viewer) -> PlotTheme:
    """Return the colors that match a viewer's theme.

    Parameters
    ----------
    viewer : Viewer
    """
    theme = get_theme(viewer.theme)
    background = QColor(theme.background.as_hex())
    text, faint = QColor(theme.text.as_hex()), QColor(theme.text.as_hex())
    faint.setAlpha(FAINT)
    is_dark = background.lightness() < BRIGHT
    return PlotTheme(
        background,
        text,
        faint,
        QColor(theme.warning.as_hex()),
        ON_DARK if is_dark else ON_LIGHT,
        QColor("#4fc38a" if is_dark else "#1b7f4b"),
        QColor("#ff8f6b" if is_dark else "#b83208"),
    )


def color_axes(plot: Any, theme: PlotTheme, font: QFont) -> None:
    """Draw a plot's axes and their labels in a theme.

    Parameters
    ----------
    plot : pyqtgraph.PlotItem
    theme : PlotTheme
    font : QFont
        For tick labels and axis names.
    """
    for name in AXES:
        axis = plot.getAxis(name)
        axis.setPen(pyqtgraph.mkPen(theme.faint))
        axis.setTextPen(pyqtgraph.mkPen(theme.text))
        axis.setTickFont(font)
        axis.label.setFont(font)


def is_left_click(event: Any) -> bool:
    """Whether an event of pyqtgraph's scene is a left click."""
    return bool(event.button().name == "LeftButton")
