"""The "Video" panel: the video, its properties, and its run folder."""

from napari import Viewer
from napari.layers import Image
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from napari_asist.errors import AsistError
from napari_asist.plugin.choices.layer_choice import LayerChoice
from napari_asist.plugin.choices.preset_choice import PresetChoice
from napari_asist.plugin.choices.radius_choice import RadiusChoice
from napari_asist.plugin.choices.run_choice import RunChoice
from napari_asist.plugin.choices.simulator_choice import SimulatorChoice
from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.video.channels import (
    Channels,
    channel_layer,
    channels_of,
    lazy_source,
    reopened,
    take_scale,
)
from napari_asist.plugin.video.facts import FactGrid, video_facts, video_fault
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.panel import Panel
from napari_asist.plugin.widgets.status_bar import WorkBar

NARROWEST = 330

MARGIN = 8


class VideoPanel(Panel):
    """Step 1: the video and its properties, its run folder, preset and objects.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.video = LayerChoice(viewer)
        self.fault = QLabel()
        self.fault.setWordWrap(True)
        self.facts = FactGrid()
        self.reopen = QPushButton("Reopen lazily")
        self.channel_row = QWidget()
        self.channel = ChoiceField([], "The channel to track.")
        self.take_channel = QPushButton("Take channel")
        self.run = RunChoice(self.session)
        self.preset = PresetChoice(self.session)
        self.objects = SimulatorChoice(self.session)
        self.radius = RadiusChoice(self.session)
        self.bar = WorkBar()
        self._channels: Channels | None = None
        self._of_layer = Connections(self)
        self.reopen.setToolTip(
            "Reopen the file with its axes and pixel size; each frame is then read "
            "only when it is shown."
        )
        self.take_channel.setToolTip("Make a gray layer from this channel.")
        self._lay_out()
        self.video.chosen.connect(self._change_video)
        self.reopen.clicked.connect(self._reopen)
        self.take_channel.clicked.connect(self._take_channel)
        self.run.reported.connect(self.bar.say)
        self.radius.reported.connect(self.bar.say)
        self.look()

    def _lay_out(self) -> None:
        self.setMinimumWidth(NARROWEST)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        top = _form()
        top.addRow("video", self.video)
        layout.addLayout(top)
        layout.addWidget(self.fault)
        layout.addWidget(self.facts)
        layout.addWidget(self.reopen)
        row = QHBoxLayout(self.channel_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel("channel"))
        row.addWidget(self.channel, stretch=1)
        row.addWidget(self.take_channel)
        layout.addWidget(self.channel_row)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        layout.addWidget(line)
        below = _form()
        below.addRow("run folder", self.run)
        below.addRow("preset", self.preset)
        below.addRow("objects", self.objects)
        below.addRow("object radius", self.radius)
        layout.addLayout(below)
        layout.addWidget(self.bar)
        layout.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def look(self, event: object = None) -> None:
        """Show the properties of the chosen layer."""
        layer = self.video.layer
        self._watch(layer)
        self._channels = channels_of(layer) if layer is not None else None
        fault = video_fault(layer, self._channels)
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        self.facts.setVisible(layer is not None)
        self.facts.show_facts(video_facts(layer, self._channels))
        self.reopen.setVisible(layer is not None and lazy_source(layer) is not None)
        self.channel.clear()
        self.channel.addItems(self._channels.names if self._channels else [])
        self.channel_row.setVisible(self._channels is not None)

    def _change_video(self) -> None:
        self.bar.say("")
        self.look()

    def _reopen(self) -> None:
        layer = self.video.layer
        source = lazy_source(layer) if layer is not None else None
        if layer is None or source is None:
            self.look()
            return
        try:
            made = reopened(layer, *source)
        except AsistError as error:
            self.bar.say(str(error))
            return
        place = self.viewer.layers.index(layer)
        # The layer gets the channel's units, because napari warns about layers with
        # different units.
        self.viewer.layers.remove(layer)
        self.viewer.layers.insert(place, made)
        self._show(made)
        self.bar.say("The video is now read frame by frame.")

    def _take_channel(self) -> None:
        layer, number = self.video.layer, self.channel.currentIndex()
        if layer is None or self._channels is None or number < 0:
            return
        try:
            made = channel_layer(layer, self._channels, number)
        except AsistError as error:
            self.bar.say(str(error))
            return
        layer.visible = False
        take_scale(layer, made)
        self.viewer.layers.insert(self.viewer.layers.index(layer) + 1, made)
        self._show(made)

    def _show(self, made: Image) -> None:
        self.video.set_layer(made)
        self.viewer.layers.selection.active = made
        self.viewer.reset_view()

    def _watch(self, layer: Image | None) -> None:
        """Follow changes within the chosen layer."""
        self._of_layer.release()
        if layer is not None:
            for name in ("set_data", "scale", "units"):
                self._of_layer.add(getattr(layer.events, name), self.look)


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
