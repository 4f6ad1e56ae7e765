"""Filter of the table of tracks by length and area, with histograms."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph
from napari import Viewer
from numpy.typing import NDArray
from qtpy.QtCore import QModelIndex, QObject, QSortFilterProxyModel, Qt, Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QDoubleRangeSlider

from napari_asist.measurement.scale import number_text
from napari_asist.plugin.track.measurements import ResultFacts
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.plot_theme import plot_theme

BINS = 40

HISTOGRAM_HEIGHT = 36

HANDLE = 8
"""Half the width of a slider's handle, by which the histogram is narrower."""


@dataclass(frozen=True)
class Limits:
    """The lowest and the highest number that is shown, both included."""

    low: float = -math.inf
    high: float = math.inf

    def contain(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which numbers are within the limits."""
        return np.asarray((values >= self.low) & (values <= self.high))


class ShownTracks(QSortFilterProxyModel):
    """The sorted rows of the table, without those that the filter hides.

    Parameters
    ----------
    parent : QObject
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.are_shown: NDArray[np.bool_] = np.zeros(0, bool)
        """By row of the table, before it is sorted."""

    def show_rows(self, are_shown: NDArray[np.bool_]) -> None:
        """Show some rows and hide the others."""
        self.are_shown = are_shown
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:  # noqa: N802
        """Return whether a row of the table is shown."""
        return bool(self.are_shown[row])


class RangeFilter(QWidget):
    """A histogram of one number of each track, with a slider for its limits.

    Parameters
    ----------
    name : str
        What the number is.
    is_whole : bool
        Whether it is always whole.
    """

    changed = Signal()

    def __init__(self, name: str, is_whole: bool) -> None:
        super().__init__()
        self._name, self._is_whole = name, is_whole
        self._values: NDArray[np.float64] = np.zeros(0)
        self._unit = ""
        self._edges: NDArray[np.float64] = np.zeros(0)
        self._brushes: tuple[Any, Any] = (None, None)
        self.limits = Limits()
        self.title = QLabel(name)
        self.plot = pyqtgraph.PlotWidget()
        self.bars = pyqtgraph.BarGraphItem(x=[], height=[], width=1)
        self.slider = QDoubleRangeSlider(Qt.Orientation.Horizontal)
        self._lay_out()
        self.slider.valueChanged.connect(self._take)

    def _lay_out(self) -> None:
        tooltip = f"Only tracks with a {self._name} between the handles are listed."
        self.slider.setToolTip(tooltip)
        self.plot.setToolTip(tooltip)
        self.plot.setFixedHeight(HISTOGRAM_HEIGHT)
        self.plot.setMenuEnabled(False)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.getPlotItem().hideAxis("left")
        self.plot.getPlotItem().hideAxis("bottom")
        self.plot.setContentsMargins(0, 0, 0, 0)
        self.plot.addItem(self.bars)
        middle = QHBoxLayout()
        middle.setContentsMargins(HANDLE, 0, HANDLE, 0)
        middle.addWidget(self.plot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.title)
        layout.addLayout(middle)
        layout.addWidget(self.slider)

    def set_values(self, values: NDArray[np.float64], unit: str) -> None:
        """Show other tracks; limits that the user has set stay.

        Parameters
        ----------
        values : ndarray of float64, shape (number of tracks,)
        unit : str
        """
        if unit != self._unit:
            self.limits = Limits()
        self._values, self._unit = values, unit
        low, high = (values.min(), values.max()) if len(values) else (0.0, 1.0)
        self.slider.setEnabled(bool(low < high))
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(float(low), float(high) if low < high else float(low) + 1)
        self.slider.blockSignals(blocked)
        self._show_limits()
        counts, self._edges = np.histogram(values, BINS, (low, max(high, low + 1e-9)))
        width = self._edges[1] - self._edges[0]
        self.bars.setOpts(x=self._edges[:-1] + width / 2, height=counts, width=width)
        self.plot.setXRange(self._edges[0], self._edges[-1], padding=0)
        self.plot.setYRange(0, max(counts.max(), 1), padding=0)
        self._draw()

    def set_colors(self, background: Any, inside: Any, outside: Any) -> None:
        """Draw the histogram in other colors."""
        self.plot.setBackground(background)
        self._brushes = pyqtgraph.mkBrush(inside), pyqtgraph.mkBrush(outside)
        self._draw()

    def reset(self) -> None:
        """Remove the limits."""
        self.limits = Limits()
        self._show_limits()
        self._draw()

    def are_within(self) -> NDArray[np.bool_]:
        """Return which tracks are within the limits."""
        return self.limits.contain(self._values)

    def _take(self, ends: tuple[float, float]) -> None:
        lowest, highest = self.slider.minimum(), self.slider.maximum()
        low, high = ends
        self.limits = Limits(
            low if low > lowest else -math.inf, high if high < highest else math.inf
        )
        self._draw()
        self.changed.emit()

    def _show_limits(self) -> None:
        ends = self.slider.minimum(), self.slider.maximum()
        shown = np.clip((self.limits.low, self.limits.high), *ends)
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(tuple(shown.tolist()))
        self.slider.blockSignals(blocked)

    def _draw(self) -> None:
        """Name the limits, and draw bars beyond them faintly."""
        low, high = self.slider.value()
        if self._is_whole:
            low, high = math.ceil(low), math.floor(high)
        ends = f"{number_text(low)} to {number_text(high)}"
        self.title.setText(f"{self._name} {ends} {self._unit}")
        if len(self._edges):
            are_inside = self.limits.contain((self._edges[1:] + self._edges[:-1]) / 2)
            inside, outside = self._brushes
            self.bars.setOpts(
                brushes=[inside if one else outside for one in are_inside], pen=None
            )


class TrackFilter(QWidget):
    """Hides tracks of the table by their length and mean area.

    Parameters
    ----------
    viewer : Viewer
    """

    changed = Signal()
    """Other tracks are shown."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__()
        self._viewer = viewer
        self.are_shown: NDArray[np.bool_] = np.zeros(0, bool)
        """Which tracks are shown, in the order of the measurements."""
        self.open = QPushButton("Filter")
        self.count = QLabel()
        self.reset = QPushButton("Show all")
        self.length = RangeFilter("length", is_whole=True)
        self.area = RangeFilter("area", is_whole=False)
        self._ranges = QWidget()
        self._lay_out()
        self._color()
        self.open.toggled.connect(self._ranges.setVisible)
        self.reset.clicked.connect(self._reset)
        for one in (self.length, self.area):
            one.changed.connect(self._follow)
        Connections(self).add(viewer.events.theme, self._color)

    def _lay_out(self) -> None:
        self.open.setCheckable(True)
        self.open.setToolTip("List only tracks of a certain length and area.")
        self.reset.setToolTip("Remove the limits, so that all tracks are listed.")
        top = QHBoxLayout()
        top.addWidget(self.open)
        top.addWidget(self.count, stretch=1)
        top.addWidget(self.reset)
        ranges = QHBoxLayout(self._ranges)
        ranges.setContentsMargins(0, 0, 0, 0)
        ranges.addWidget(self.length, stretch=1)
        ranges.addWidget(self.area, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addWidget(self._ranges)
        self._ranges.hide()

    def set_facts(self, facts: ResultFacts | None) -> None:
        """Filter the tracks of another or a corrected result by the same limits."""
        if facts is None:
            lengths, areas, unit = np.zeros(0), np.zeros(0), ""
        else:
            lengths = facts.tracks["length"].astype(float)
            areas = facts.tracks["area"] * facts.scale.area_factor
            unit = facts.scale.area_unit
        self.length.set_values(lengths, "frames")
        self.area.set_values(areas, unit)
        self._count()

    def _reset(self) -> None:
        for one in (self.length, self.area):
            one.reset()
        self._follow()

    def _follow(self) -> None:
        self._count()
        self.changed.emit()

    def _count(self) -> None:
        self.are_shown = self.length.are_within() & self.area.are_within()
        total, shown = len(self.are_shown), int(self.are_shown.sum())
        tracks = f"{total} {'track' if total == 1 else 'tracks'}"
        self.count.setText(tracks if shown == total else f"{shown} of {tracks}")
        self.reset.setVisible(shown < total)

    def _color(self, event: object = None) -> None:
        theme = plot_theme(self._viewer)
        for one in (self.length, self.area):
            one.set_colors(theme.background, theme.text, theme.faint)
