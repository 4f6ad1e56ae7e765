"""The "Video" panel: the video, its properties, and its run folder."""

from pathlib import Path

from napari import Viewer
from napari.layers import Image, Layer
from qtpy.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_asist.errors import AsistError
from napari_asist.plugin.choices.layer_choice import LayerChoice
from napari_asist.plugin.choices.preset_choice import PresetChoice
from napari_asist.plugin.choices.radius_choice import RadiusChoice
from napari_asist.plugin.choices.run_choice import RunChoice
from napari_asist.plugin.choices.simulator_choice import SimulatorChoice
from napari_asist.plugin.forms.fields import ChoiceField, Group
from napari_asist.plugin.video.channels import (
    Channels,
    channel_layer,
    reopened,
    take_scale,
)
from napari_asist.plugin.video.facts import FactGrid
from napari_asist.plugin.video.look import Look, Looking
from napari_asist.plugin.video.making import LayerMaking
from napari_asist.plugin.video.opening import OpenButton, VideoOpening
from napari_asist.plugin.video.part import PartForm, part_layer
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.page import fill_with_page, wide_form
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
        self.opening = VideoOpening(viewer, self)
        self.open = OpenButton(self.opening)
        self.fault = QLabel()
        self.fault.setWordWrap(True)
        self.facts = FactGrid()
        self.reopen = QPushButton("Reopen lazily")
        self.channel_row = QWidget()
        self.channel = ChoiceField([], "The channel to track.")
        self.take_channel = QPushButton("Take channel")
        self.project = QPushButton("Project z")
        self.part = PartForm()
        self.trial = Group(
            "Part for a trial run",
            "A run on a few frames shows sooner whether the settings suit the video.",
            self.part,
        )
        self.run = RunChoice(self.session)
        self.preset = PresetChoice(self.session)
        self.objects = SimulatorChoice(self.session)
        self.radius = RadiusChoice(self.session)
        self.bar = WorkBar()
        self.looking = Looking(self)
        self.making = LayerMaking(self)
        self._channels: Channels | None = None
        self._source: tuple[Path, int | None] | None = None
        self._of_layer = Connections(self)
        self.reopen.setToolTip(
            "Reopen the file with its axes and pixel size; each frame is then read "
            "only when it is shown."
        )
        self.take_channel.setToolTip("Make a gray layer from this channel.")
        self.project.setToolTip(
            "Make a gray layer with the maximum of the z slices at each time."
        )
        self._lay_out()
        self.video.chosen.connect(self._change_video)
        self.reopen.clicked.connect(self._reopen)
        self.take_channel.clicked.connect(self._take_channel)
        self.project.clicked.connect(self._take_channel)
        self.looking.looked.connect(self._show_look)
        self.making.failed.connect(self._explain)
        self.part.requested.connect(self._make_part)
        self.opening.failed.connect(self.bar.say)
        self.opening.said.connect(self.bar.say)
        self.opening.changed.connect(self._show_progress)
        self.making.changed.connect(self._show_progress)
        self.bar.cancel.clicked.connect(self.opening.stop)
        self.bar.cancel.clicked.connect(self.making.stop)
        self.run.reported.connect(self.bar.say)
        self.radius.reported.connect(self.bar.say)
        self.look()

    def _lay_out(self) -> None:
        self.setMinimumWidth(NARROWEST)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        top = wide_form()
        choice = QHBoxLayout()
        choice.addWidget(self.video, stretch=1)
        choice.addWidget(self.open)
        top.addRow("video", choice)
        layout.addLayout(top)
        layout.addWidget(self.fault)
        layout.addWidget(self.facts)
        layout.addWidget(self.reopen)
        row = QHBoxLayout(self.channel_row)
        row.setContentsMargins(0, 0, 0, 0)
        self.channel_name = QLabel("channel")
        row.addWidget(self.channel_name)
        row.addWidget(self.channel, stretch=1)
        row.addWidget(self.take_channel)
        row.addWidget(self.project)
        layout.addWidget(self.channel_row)
        layout.addWidget(self.trial)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        layout.addWidget(line)
        below = wide_form()
        below.addRow("run folder", self.run)
        below.addRow("preset", self.preset)
        below.addRow("objects", self.objects)
        below.addRow("object radius", self.radius)
        layout.addLayout(below)
        layout.addWidget(self.bar)
        layout.addStretch(1)
        fill_with_page(self, content)

    def look(self, event: object = None) -> None:
        """Show the properties of the chosen layer."""
        self._watch(self.video.layer)
        self.looking.ask(self.video.layer)

    def on_undock(self) -> None:
        """Stop reading files."""
        self.looking.stop()
        self.making.stop()
        self.opening.stop()

    def _show_look(self, look: Look) -> None:
        self._channels, self._source = look.channels, look.source
        self.fault.setText(look.fault)
        self.fault.setVisible(bool(look.fault))
        self.facts.setVisible(self.video.layer is not None)
        self.facts.show_facts(look.facts)
        self.reopen.setVisible(look.source is not None)
        channels = look.channels
        is_3d, is_single = False, True
        self.channel.clear()
        if channels is not None:
            self.channel.addItems(channels.names)
            is_3d, is_single = channels.is_3d_video, len(channels.names) == 1
        self.channel_row.setVisible(channels is not None)
        self.channel.setVisible(not is_single)
        self.channel_name.setVisible(not is_single)
        self.take_channel.setVisible(not is_3d)
        self.project.setVisible(is_3d)
        layer = self.video.layer
        is_video = layer is not None and not look.fault and layer.data.ndim == 3
        self.trial.setVisible(is_video)
        if layer is not None and is_video:
            self.part.show_layer(layer)

    def _show_progress(self) -> None:
        if self.opening.is_busy or self.making.is_busy:
            self.bar.begin()
            self.bar.say("Opening the video …")
        else:
            self.bar.say("")
            self.bar.end()

    def _explain(self, sentence: str) -> None:
        self.bar.say(sentence)
        self.look()

    def _change_video(self) -> None:
        self.bar.say("")
        self.look()

    def _reopen(self) -> None:
        layer, source = self.video.layer, self._source
        if layer is None or source is None:
            return

        def show(made: list[Layer]) -> None:
            if layer not in self.viewer.layers:
                return
            place = self.viewer.layers.index(layer)
            # The layer gets the channel's units, because napari warns about layers
            # with different units.
            self.viewer.layers.remove(layer)
            self.viewer.layers.insert(place, made[0])
            self._show(made[0])
            self.bar.say("The video is now read frame by frame.")

        self.making.make(lambda: [reopened(layer, *source)], show)

    def _take_channel(self) -> None:
        layer, number = self.video.layer, max(self.channel.currentIndex(), 0)
        channels = self._channels
        if layer is None or channels is None:
            return

        def show(made: list[Layer]) -> None:
            if layer not in self.viewer.layers:
                return
            layer.visible = False
            take_scale(layer, made[0])
            place = self.viewer.layers.index(layer)
            self.viewer.layers.insert(place + 1, made[0])
            self._show(made[0])

        self.making.make(lambda: [channel_layer(layer, channels, number)], show)

    def _make_part(self) -> None:
        layer = self.video.layer
        if layer is None:
            return
        try:
            part = self.part.part(layer)
        except AsistError as error:
            self.bar.say(str(error))
            return

        def show(made: list[Layer]) -> None:
            if layer not in self.viewer.layers:
                return
            layer.visible = False
            take_scale(layer, made[0])
            self.viewer.layers.insert(self.viewer.layers.index(layer) + 1, made[0])
            self._show(made[0])
            self.viewer.dims.set_point(0, made[0].translate[0])

        self.making.make(lambda: [part_layer(layer, part)], show)

    def _show(self, made: Layer) -> None:
        self.video.set_layer(made)
        self.viewer.layers.selection.active = made
        self.viewer.reset_view()

    def _watch(self, layer: Image | None) -> None:
        """Follow changes within the chosen layer."""
        self._of_layer.release()
        if layer is not None:
            for name in ("set_data", "scale", "units"):
                self._of_layer.add(getattr(layer.events, name), self.look)
