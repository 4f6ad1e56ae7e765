"""Colours of plots that suit napari's theme."""

from collections.abc import Sequence
from dataclasses import dataclass

from napari import Viewer
from napari.utils.theme import get_theme
from qtpy.QtGui import QColor

# Okabe and Ito's colours, which colour-blind people tell apart, made lighter or darker.
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


@dataclass(frozen=True)
class PlotColors:
    """Colours as ``#rrggbb``.

    Parameters
    ----------
    background, text : str
    curves : sequence of str
    good, bad : str
        Of numbers within and out of their range.
    """

    background: str
    text: str
    curves: Sequence[str]
    good: str
    bad: str


def plot_colors(viewer: Viewer) -> PlotColors:
    """Return the colours that suit a viewer's theme.

    Parameters
    ----------
    viewer : Viewer
    """
    theme = get_theme(viewer.theme)
    background, text = (
        QColor(*color.as_rgb_tuple()[:3]) for color in (theme.background, theme.text)
    )
    is_dark = background.lightness() < BRIGHT
    return PlotColors(
        background.name(),
        text.name(),
        ON_DARK if is_dark else ON_LIGHT,
        "#4fc38a" if is_dark else "#1b7f4b",
        "#ff8f6b" if is_dark else "#b83208",
    )
