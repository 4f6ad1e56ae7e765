"""The track to correct, and a second one."""

from napari.layers import Labels
from qtpy.QtWidgets import QGridLayout, QLabel, QSpinBox, QWidget

from napari_asist.plugin.result.result_layers import ResultLayers
from napari_asist.plugin.widgets.connections import Connections

HIGHEST = 2**31 - 1
LEAST_WIDTH = 90


class TrackPair(QWidget):
    """Two labels, with the frames and parents of their tracks.

    The first one follows the label that is picked on the layer, the second one the
    track that is picked with Shift, on the canvas or in a list of tracks.

    Parameters
    ----------
    result : ResultLayers
    """

    def __init__(self, result: ResultLayers) -> None:
        super().__init__()
        self._result = result
        self._layer: Labels | None = None
        self._of_layer = Connections(self)
        self.track, self.other = QSpinBox(), QSpinBox()
        self.facts, self.other_facts = QLabel(), QLabel()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(2, 1)
        rows = (
            ("track", self.track, self.facts),
            ("second track", self.other, self.other_facts),
        )
        for place, (name, number, facts) in enumerate(rows):
            number.setRange(0, HIGHEST)
            number.setMinimumWidth(LEAST_WIDTH)
            for column, widget in enumerate((QLabel(name), number, facts)):
                grid.addWidget(widget, place, column)
        self.track.valueChanged.connect(self._choose)
        self.other.valueChanged.connect(result.pick_second)
        self.other.valueChanged.connect(self.show_facts)
        self.other.setValue(result.second)
        Connections(self).add(result.second_picked, self.other.setValue)

    def watch(self, layer: Labels | None) -> None:
        """Follow the label that is picked on a layer, or on none."""
        if layer is self._layer:
            return
        self._of_layer.release()
        self._layer = layer
        if layer is not None:
            self._of_layer.add(layer.events.selected_label, self._take_picked)
            self._take_picked()

    def show_facts(self) -> None:
        """Update what is shown about both tracks."""
        self.facts.setText(self._described(self.track.value()))
        self.other_facts.setText(self._described(self.other.value()))

    def _take_picked(self, event: object = None) -> None:
        if self._layer is not None:
            self.track.setValue(int(self._layer.selected_label))

    def _choose(self) -> None:
        label = self.track.value()
        if self._layer is not None and self._layer.selected_label != label:
            self._layer.selected_label = label
        self.show_facts()

    def _described(self, label: int) -> str:
        video = self._result.video
        if video is None:
            return ""
        rows = video.tracks[video.tracks["label"] == label]
        for _, begin, end, parent in rows.tolist():
            frames = f"frame {begin}" if begin == end else f"frames {begin}–{end}"
            return frames + (f", parent {parent}" if parent else "")
        return "no such track"
