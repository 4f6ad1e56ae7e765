"""The lineage tree: time to the right, one line per track, divisions as forks."""

from typing import Any

import pyqtgraph
from napari import Viewer
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QScrollBar, QVBoxLayout, QWidget

from napari_asist.labels import track_table
from napari_asist.measurement.lineages import lay_out_lineages
from napari_asist.measurement.scale import Scale
from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.layers.colors import shown_colors
from napari_asist.plugin.track.lineage_items import (
    SELECTED_WIDTH,
    RowsBox,
    fork_lines,
    nearest_track,
    track_ends,
    track_lines,
)
from napari_asist.plugin.track.navigator import TrackNavigator
from napari_asist.plugin.track.view import TrackView, frame_title
from napari_asist.plugin.widgets.plot_theme import color_axes, is_left_click, plot_theme

ALL, FAMILY = "all families", "selected family"
STEPS_A_ROW = 10
MOST_NAMES = 60
NAME_HEIGHT = 13
"""Row height in pixels at which track labels start to be shown."""


class LineageTree(TrackView):
    """Draws the tracks of a result; a click on one jumps to it.

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
        self.shown = lay_out_lineages(track_table([]))
        """The tracks that are drawn."""
        self.choice = ChoiceField([ALL, FAMILY], "Which tracks to draw.")
        self.box = RowsBox()
        self.plot = pyqtgraph.PlotWidget(viewBox=self.box)
        self.scroll = QScrollBar(Qt.Orientation.Vertical)
        self.cursor = pyqtgraph.InfiniteLine(angle=90)
        self._selected = pyqtgraph.PlotCurveItem()
        self._names: dict[int, Any] = {}
        """The drawn names of tracks, by label."""
        self._is_drawing = False
        self._lay_out()
        self.choice.changed.connect(self.draw)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self.box.sigYRangeChanged.connect(self._follow_range)
        self.scroll.valueChanged.connect(self._scroll)
        navigator.selected.connect(self._select)
        navigator.frame_changed.connect(self.cursor.setValue)

    def _lay_out(self) -> None:
        self.plot.hideAxis("left")
        self.plot.hideButtons()
        top = QHBoxLayout()
        top.addWidget(QLabel("show"))
        top.addWidget(self.choice, stretch=1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.plot, stretch=1)
        middle.addWidget(self.scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(top)
        layout.addLayout(middle, stretch=1)
        self.plot.setToolTip(
            "Click a track to jump to it. The wheel scrolls; Ctrl+wheel zooms."
        )

    def draw(self, event: object = None) -> None:
        """Redraw everything."""
        theme = plot_theme(self._viewer)
        self.plot.setBackground(theme.background)
        color_axes(self.plot.getPlotItem(), theme, self.font())
        self.cursor.setPen(pyqtgraph.mkPen(theme.cursor, width=1))
        self._selected.setPen(pyqtgraph.mkPen(theme.faint, width=SELECTED_WIDTH))
        self.plot.clear()
        self._names = {}
        self._is_drawing = True
        scale = Scale() if self._facts is None else self._facts.scale
        self.plot.setLabel("bottom", frame_title(scale))
        frames = 0 if self._facts is None else len(self._facts.frames)
        before = self.box.viewRange()[1]
        rows, self.shown = self.box.rows, self._wanted()
        self.plot.addItem(self._selected)
        self.plot.addItem(fork_lines(self.shown, pyqtgraph.mkPen(theme.faint, width=2)))
        for item in track_lines(
            self.shown, shown_colors(self._layer, self.shown["label"])
        ):
            self.plot.addItem(item)
        self.plot.addItem(self.cursor)
        self.cursor.setValue(self._navigator.frame)
        count = int(self.shown["row"].max(initial=-1)) + 1
        self.box.show_rows(count, frames)
        if rows == self.box.rows:  # a correction must not scroll the tree
            self.box.setYRange(*before, padding=0)
        self._mark()
        self._is_drawing = False
        self._follow_range()

    def place_of(self, label: int) -> tuple[float, float]:
        """Return frame and row of the middle of a drawn track."""
        row = self.shown[self.shown["label"] == label][0]
        return (row["begin"] + row["end"]) / 2, float(row["row"])

    def _wanted(self) -> Any:
        """Return the lineages to draw."""
        if self._facts is None:
            return lay_out_lineages(track_table([]))
        everyone = self._facts.lineages
        mine = everyone[everyone["label"] == self._navigator.label]
        if self.choice.value() == ALL or not len(mine):
            return everyone
        family = everyone[everyone["root"] == mine["root"][0]]
        rows = family[["label", "begin", "end", "parent"]].tolist()
        return lay_out_lineages(track_table(rows))

    def _select(self, label: int) -> None:
        if self.choice.value() == FAMILY and label not in self.shown["label"]:
            self.draw()
        self._mark()
        if label in self.shown["label"]:
            self.box.show_row(self.place_of(label)[1])

    def _mark(self) -> None:
        selected = self.shown[self.shown["label"] == self._navigator.label]
        self._selected.setData(*track_ends(selected))

    def _click(self, event: Any) -> None:
        if not is_left_click(event):
            return
        place = self.box.mapSceneToView(event.scenePos())
        label = nearest_track(self.shown, place.x(), place.y())
        is_second = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if label and is_second:
            self._navigator.pick_second(label)
        elif label:
            self._navigator.jump(label, round(place.x()))
        elif self.box.sceneBoundingRect().contains(event.scenePos()):
            self._navigator.go_to_frame(round(place.x()))

    def _follow_range(self, event: object = None) -> None:
        if self._is_drawing:  # the names of the tracks are written once, at the end
            return
        low, high = self.box.viewRange()[1]
        first, last = self.box.state["limits"]["yLimits"]
        blocked = self.scroll.blockSignals(True)
        self.scroll.setPageStep(round((high - low) * STEPS_A_ROW))
        self.scroll.setRange(0, round((last - first - (high - low)) * STEPS_A_ROW))
        self.scroll.setValue(round((low - first) * STEPS_A_ROW))
        self.scroll.blockSignals(blocked)
        self._name_tracks(low, high)

    def _scroll(self, value: int) -> None:
        low = self.box.viewRange()[1][0]
        first = self.box.state["limits"]["yLimits"][0]
        self.box.translateBy(y=first + value / STEPS_A_ROW - low)

    def _name_tracks(self, low: float, high: float) -> None:
        """Write the labels of the visible tracks, if there is room for them."""
        named = self.shown[:0]
        if self.box.height() / max(high - low, 1) >= NAME_HEIGHT:
            inside = (self.shown["row"] > low) & (self.shown["row"] < high)
            named = self.shown[inside][:MOST_NAMES]
        for label in self._names.keys() - set(named["label"].tolist()):
            self.plot.removeItem(self._names.pop(label))
        text = plot_theme(self._viewer).text
        for row in named:
            label = int(row["label"])
            if label in self._names:
                continue
            name = pyqtgraph.TextItem(str(label), color=text, anchor=(0, 0.85))
            name.setFont(self.font())
            name.setPos(row["begin"] - 0.5, row["row"])
            self.plot.addItem(name, ignoreBounds=True)
            self._names[label] = name
