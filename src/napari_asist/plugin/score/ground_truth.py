"""The ground truth as outlines over the video, while the Score step is open."""

from pathlib import Path

from napari import Viewer
from napari.layers import Labels, Layer
from napari.utils.colormaps import DirectLabelColormap
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox

from napari_asist.errors import AsistError
from napari_asist.evaluation.truth_video import reading_truth
from napari_asist.events import StopFlag
from napari_asist.labels import LabelArray
from napari_asist.plugin.layers.metadata import (
    IS_GROUND_TRUTH,
    METADATA_KEY,
    place_of,
)
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.session import session_of
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.work.worker import LongWork

NAME = "ground truth"

COLOR = "white"
"""No track has this color, so outlines of the truth stand out from the result."""

OUTLINE = 1
"""Pixels of the video."""


class GroundTruthBox(QCheckBox):
    """Shows the ground truth as a layer that is neither a video nor a result.

    Parameters
    ----------
    viewer : Viewer
    """

    said = Signal(str)
    """One sentence for the user, empty to take it back."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__("Show ground truth")
        self.setToolTip(
            "Outline the ground truth's tracking markers, or its masks, in white over "
            "the video. The outlines are only to look at, and go when you leave this "
            "step."
        )
        self._viewer, self._session = viewer, session_of(viewer)
        self._folder: Path | None = None
        self._labels: LabelArray | None = None
        self._layer: Labels | None = None
        self.work = LongWork(self)
        self.work.returned.connect(self._take)
        self.work.failed.connect(self._refuse)
        self.work.ended.connect(self._follow)
        self.toggled.connect(self._follow)
        connections = Connections(self)
        connections.add(self._session.video_changed, self._check)
        connections.add(self._session.result.changed, self._check)

    def set_folder(self, text: str) -> None:
        """Choose another ground truth folder; what is shown of the earlier one goes."""
        self._folder = Path(text.strip()).expanduser() if text.strip() else None
        self.forget()

    def forget(self) -> None:
        """Remove the ground truth, so that it is read again when it is shown again."""
        self._labels = None
        self.setChecked(False)
        self._follow()

    def enter(self) -> None:
        """Show the ground truth again if the box is checked."""
        self._follow()

    def leave(self) -> None:
        """Remove the layer until the step is entered again."""
        if self._layer is not None and self._layer in self._viewer.layers:
            self._viewer.layers.remove(self._layer)
        self._layer = None

    def _follow(self) -> None:
        if not self.isChecked():
            self.work.stop()
            self.leave()
        elif self._labels is not None:
            self._show(self._labels)
        elif not self.work.is_running:
            self._read()

    def _read(self) -> None:
        try:
            if self._folder is None:
                raise AsistError("Choose a ground truth folder, such as 01_GT.")
            frames, shape, name = self._wanted()
            work = reading_truth(self._folder, frames, shape, name)
        except AsistError as error:
            self._refuse(str(error))
            return
        self.said.emit("Reading the ground truth…")
        self.work.start(work, "ground truth", StopFlag())

    def _wanted(self) -> tuple[range, tuple[int, int], str]:
        """Return the frames that the ground truth has to match."""
        result = self._session.result.video
        if result is not None:
            first, shape, name = result.first_frame, result.labels.shape, "the result"
        else:
            video = layer_video(self._session.layer)
            first, shape, name = video.first_frame, video.frames.shape, "the video"
        return range(first, first + shape[0]), (shape[1], shape[2]), name

    def _check(self) -> None:
        """Remove the ground truth of another video."""
        if self._labels is None:
            return
        try:
            frames, shape, _ = self._wanted()
        except AsistError:
            self.forget()
            return
        if self._labels.shape != (len(frames), *shape):
            self.forget()

    def _take(self, labels: LabelArray) -> None:
        self.said.emit("")
        self._labels = labels if self.isChecked() else None

    def _refuse(self, sentence: str) -> None:
        self.setChecked(False)
        self.said.emit(sentence)

    def _show(self, labels: LabelArray) -> None:
        layers = self._viewer.layers
        if not self.isVisible() or (self._layer is not None and self._layer in layers):
            return
        below: Layer | None = self._session.result.labels
        if below is None:
            below = self._session.layer
        place = {}
        if below is not None:
            place = place_of(below)
        active = layers.selection.active
        self._layer = Labels(
            labels,
            name=NAME,
            colormap=DirectLabelColormap(color_dict={None: COLOR, 0: "transparent"}),
            opacity=1,
            metadata={METADATA_KEY: {IS_GROUND_TRUTH: True}},
            **place,
        )
        self._layer.contour = OUTLINE
        self._layer.editable = False
        self._viewer.add_layer(self._layer)
        layers.selection.active = active
