"""Plots over time: number, area and speed of the objects."""

from typing import Any

import numpy as np
import pyqtgraph
from napari import Viewer
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_asist.measurement.frames import frame_statistics
from napari_asist.measurement.scale import Scale
from napari_asist.plugin.layers.colors import shown_colors
from napari_asist.plugin.track.navigator import TrackNavigator
from napari_asist.plugin.track.view import TrackView, frame_title
from napari_asist.plugin.widgets.plot_theme import color_axes, is_left_click, plot_theme

QUANTITIES = ("count", "area", "speed")
AXIS_WIDTH = 58
MEAN_WIDTH = 2
TRACK_WIDTH = 3


class TrackPlots(TrackView):
    """Count, mean area and mean speed by frame; a click moves the time slider.

    Parameters
    ----------
    viewer : Viewer
    navigator : TrackNavigator
    parent : QWidget, optional
    """

    def __init__(
        self, viewer: Viewer, navigator: TrackNavigator, parent: QWidget | None = None
    ) -> None:
        super().__init__(viewer, navigator, parent)
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self.view = pyqtgraph.GraphicsLayoutWidget()
        self.plots: dict[str, Any] = {}
        self.means: dict[str, Any] = {}
        """The curve of all objects, by quantity."""
        self.own: dict[str, Any] = {}
        """The curve of the selected track."""
        self.cursors: dict[str, Any] = {}
        for row, name in enumerate(QUANTITIES):
            self._add(name, row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.legend)
        layout.addWidget(self.view, stretch=1)
        self.view.scene().sigMouseClicked.connect(self._click)
        navigator.frame_changed.connect(self._move_cursors)
        navigator.selected.connect(self._show_track)

    def draw(self, event: object = None) -> None:
        """Redraw everything."""
        theme = plot_theme(self._viewer)
        self.view.setBackground(theme.background)
        for name, plot in self.plots.items():
            color_axes(plot, theme, self.font())
            self.means[name].setPen(pyqtgraph.mkPen(theme.text, width=MEAN_WIDTH))
            self.cursors[name].setPen(pyqtgraph.mkPen(theme.cursor, width=1))
        self._name_axes()
        self._move_cursors(self._navigator.frame)
        for name, curve in self.means.items():
            curve.setData(*self._curve(name, None))
        if self._facts is not None:
            last = max(len(self._facts.frames) - 1, 1)
            for plot in self.plots.values():
                plot.setXRange(0, last, padding=0.02)
        self._show_track(self._navigator.label)

    def _curve(self, name: str, label: int | None) -> tuple[Any, Any]:
        """Return frames and values of all objects, or of one track."""
        facts = self._facts
        if facts is None:
            return [], []
        frames = facts.frames
        if label is not None:
            frames = frame_statistics(facts.of_track(label), len(frames))
        factor = {
            "count": 1,
            "area": facts.scale.area_factor,
            "speed": facts.scale.speed_factor,
        }[name]
        return np.arange(len(frames)), frames[name] * factor

    def _show_track(self, label: int) -> None:
        facts = self._facts
        is_known = facts is not None and label in facts.tracks["label"]
        color = shown_colors(self._layer, np.array([label]))[0].tolist()
        for name, curve in self.own.items():
            curve.setPen(pyqtgraph.mkPen(color, width=TRACK_WIDTH))
            curve.setSymbolBrush(pyqtgraph.mkBrush(color))
            curve.setData(*(self._curve(name, label) if is_known else ([], [])))
        track = f'<b style="color: rgb{tuple(color)}">track {label}</b>'
        self.legend.setText(
            f"All objects, with {track} in its own color."
            if is_known
            else "All objects. Select a track to compare it with them."
        )

    def _name_axes(self) -> None:
        scale = self._facts.scale if self._facts is not None else Scale()
        titles = {
            "count": "objects",
            "area": f"area ({scale.area_unit})",
            "speed": f"speed ({scale.speed_unit})",
        }
        for name, plot in self.plots.items():
            plot.setLabel("left", titles[name])
        self.plots[QUANTITIES[-1]].setLabel("bottom", frame_title(scale))

    def _move_cursors(self, frame: int) -> None:
        for cursor in self.cursors.values():
            cursor.setValue(frame)

    def _click(self, event: Any) -> None:
        for plot in self.plots.values():
            box = plot.getViewBox()
            is_inside = box.sceneBoundingRect().contains(event.scenePos())
            if is_inside and is_left_click(event):
                place = box.mapSceneToView(event.scenePos())
                self._navigator.go_to_frame(round(place.x()))

    def _add(self, name: str, row: int) -> None:
        plot = self.view.addPlot(row=row, col=0, enableMenu=False)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        axis = plot.getAxis("left")
        axis.setWidth(AXIS_WIDTH)
        # Must come before the unit is set; otherwise pyqtgraph scales the unit by
        # thousands.
        axis.enableAutoSIPrefix(False)
        self.means[name] = plot.plot(connect="finite")
        if name != "count":  # a track is one object in each of its frames
            self.own[name] = plot.plot(
                connect="finite", symbol="o", symbolSize=5, symbolPen=None
            )
        self.cursors[name] = pyqtgraph.InfiniteLine(angle=90)
        plot.addItem(self.cursors[name], ignoreBounds=True)
        self.plots[name] = plot
