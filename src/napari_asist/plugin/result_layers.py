"""The result that is looked at and corrected, and the layers that show it."""

import weakref

from napari import Viewer
from napari.layers import Image, Labels, Layer, Tracks
from qtpy.QtCore import QObject, Signal

from napari_asist.labels import LabelVideo
from napari_asist.plugin.layer_labels import layer_label_video
from napari_asist.plugin.layers import label_layers

SHARED = ("scale", "translate", "units", "axis_labels")


class ResultLayers(QObject):
    """One label video with its tracks, as a Labels layer and a Tracks layer.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
    """

    changed = Signal()
    """There is another result, or the result was corrected."""

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = weakref.ref(viewer)
        self._video: LabelVideo | None = None
        self.name = ""
        self.labels: Labels | None = None
        self.tracks: Tracks | None = None

    @property
    def video(self) -> LabelVideo | None:
        """The result; None where there is none."""
        return self._video

    def show(
        self, video: LabelVideo, name: str, below: Image | Labels | None = None
    ) -> None:
        """Show another result in layers of its own.

        Parameters
        ----------
        video : LabelVideo
            A valid one.
        name : str
            Name of the Labels layer.
        below : Image or Labels, optional
            The layer over which the result lies.
        """
        self._video, self.name = video, name
        self.labels = self.tracks = None
        self._add(below)
        self.changed.emit()

    def adopt(self, labels: Labels) -> None:
        """Take a Labels layer that the viewer has already as the result.

        Raises
        ------
        AsistError
            See `layer_label_video`.
        """
        self._video = layer_label_video(labels.data, labels.metadata)
        self.name, self.labels = labels.name, labels
        self.tracks = self._layer(f"{labels.name} tracks", Tracks)
        self.changed.emit()

    def replace(self, video: LabelVideo) -> None:
        """Show the result corrected, in the same layers.

        Parameters
        ----------
        video : LabelVideo
            A valid one, with frames of the same shape.
        """
        self._video = video
        self._renew()
        self.changed.emit()

    def _renew(self) -> None:
        viewer, video = self._viewer(), self._video
        if viewer is None or video is None or self.labels not in viewer.layers:
            self._add(None)
            return
        assert self.labels is not None
        (data, options, _), *tracks = label_layers(video, self.name)
        self.labels.colormap = options["colormap"]
        self.labels.metadata = {**self.labels.metadata, **options["metadata"]}
        self.labels.data = data
        place, is_visible = None, True
        if self.tracks is not None and self.tracks in viewer.layers:
            place, is_visible = (
                viewer.layers.index(self.tracks),
                self.tracks.visible,
            )
            viewer.layers.remove(self.tracks)
        self.tracks = None
        if tracks:
            made = Layer.create(*tracks[0])
            _put_over(made, self.labels)
            made.visible = is_visible
            viewer.layers.insert(len(viewer.layers) if place is None else place, made)
            self.tracks = made
        viewer.layers.selection.active = self.labels

    def _add(self, below: Image | Labels | None) -> None:
        viewer, video = self._viewer(), self._video
        if viewer is None or video is None:
            return
        for data in label_layers(video, self.name):
            made = Layer.create(*data)
            if below is not None:
                _put_over(made, below)
            viewer.add_layer(made)
            if isinstance(made, Labels):
                self.labels = made
            else:
                self.tracks = made

    def _layer(self, name: str, kind: type[Tracks]) -> Tracks | None:
        viewer = self._viewer()
        if viewer is None or name not in viewer.layers:
            return None
        layer = viewer.layers[name]
        return layer if isinstance(layer, kind) else None


def _put_over(layer: Layer, below: Layer) -> None:
    for name in SHARED:
        value = getattr(below, name)
        setattr(layer, name, value[-3:])
