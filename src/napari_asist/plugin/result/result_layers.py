"""The result to inspect and correct, and the layers that show it."""

import weakref

from napari import Viewer
from napari.layers import Image, Labels, Layer, Tracks
from qtpy.QtCore import QObject, Signal

from napari_asist.labels import LabelVideo
from napari_asist.plugin.layers.label_layers import (
    Look,
    colored_layers,
    label_layers,
    look_of,
)
from napari_asist.plugin.layers.label_video import layer_label_video
from napari_asist.plugin.layers.metadata import LayerData
from napari_asist.plugin.result.edited_layers import (
    draw_edit,
    edited_layers,
    renew_tracks,
)
from napari_asist.proofreading import Edit

SHARED = ("scale", "translate", "units", "axis_labels")


class ResultLayers(QObject):
    """One label video with its tracks, as a Labels layer and a Tracks layer.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
    """

    changed = Signal()
    """There is a new result, or the result was corrected."""

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = weakref.ref(viewer)
        self._video: LabelVideo | None = None
        self.name = ""
        self._labels: Labels | None = None
        self.tracks: Tracks | None = None
        self.revision = 0
        """Incremented whenever the result is replaced or corrected."""

    @property
    def video(self) -> LabelVideo | None:
        """The result; None if there is none."""
        return self._video

    @property
    def labels(self) -> Labels | None:
        """The layer of the result; None if there is none or it was removed."""
        viewer = self._viewer()
        return self._labels if viewer and self._labels in viewer.layers else None

    def show(
        self,
        video: LabelVideo,
        name: str,
        below: Image | Labels | None = None,
        look: Look | None = None,
    ) -> None:
        """Show a new result in its own layers.

        Parameters
        ----------
        video : LabelVideo
            Must be valid.
        name : str
            Name of the Labels layer.
        below : Image or Labels, optional
            The layer over which the result is shown.
        look : Look, optional
            The value of `look_of`, if another thread has already computed it.
        """
        self._video, self.name = video, name
        self._labels = self.tracks = None
        self._add(below, look)
        self._announce()

    def adopt(self, labels: Labels) -> None:
        """Use a Labels layer that is already in the viewer as the result.

        Parameters
        ----------
        labels : Labels
            Or its proxy, which napari gives to plugins.

        Raises
        ------
        AsistError
            See `layer_label_video`.
        """
        labels = getattr(labels, "__wrapped__", labels)
        self._video = layer_label_video(labels.data, labels.metadata)
        self.name, self._labels = labels.name, labels
        self.tracks = self._layer(f"{labels.name} tracks", Tracks)
        self._announce()

    def keep(self, video: LabelVideo) -> None:
        """Keep the same result in a separate array, which painting does not change."""
        self._video = video

    def replace(self, video: LabelVideo) -> None:
        """Show the corrected result in the same layers.

        Parameters
        ----------
        video : LabelVideo
            Must be valid, with frames of the same shape.
        """
        self._video = video
        self._renew()
        self._announce()

    def correct(self, edit: Edit, video: LabelVideo) -> None:
        """Show the result after one correction; only the changes are redrawn.

        Parameters
        ----------
        edit : Edit
            The change from the result that is shown.
        video : LabelVideo
            The corrected result.
        """
        self._video = video
        self._renew(edit)
        self._announce()

    def _announce(self) -> None:
        self.revision += 1
        self.changed.emit()

    def _renew(self, edit: Edit | None = None) -> None:
        viewer, video, shown = self._viewer(), self._video, self.labels
        if viewer is None or video is None or shown is None:
            self._add(None)
            return
        layers = edited_layers(edit, video, self.name, self.tracks) if edit else None
        (_, options, _), *tracks = layers or label_layers(video, self.name)
        shown.metadata = {**shown.metadata, **options["metadata"]}
        shown.colormap = options["colormap"]
        if edit is None or not draw_edit(edit, shown):
            # A copy, so that painting leaves the result unchanged.
            shown.data = video.labels.copy()
        self._renew_tracks(viewer, shown, tracks)

    def _renew_tracks(
        self, viewer: Viewer, labels: Labels, tracks: list[LayerData]
    ) -> None:
        shown = self.tracks if self.tracks in viewer.layers else None
        if shown is not None and tracks:
            renew_tracks(shown, tracks[0])
            return
        active, self.tracks = viewer.layers.selection.active, None
        if shown is not None:
            viewer.layers.remove(shown)
        elif tracks:
            self.tracks = Layer.create(*tracks[0])
            _put_over(self.tracks, labels)
            viewer.add_layer(self.tracks)
        is_there = active in viewer.layers
        viewer.layers.selection.active = active if is_there else labels

    def _add(self, below: Image | Labels | None, look: Look | None = None) -> None:
        viewer, video = self._viewer(), self._video
        if viewer is None or video is None:
            return
        for data in colored_layers(video, self.name, *(look or look_of(video))):
            made = Layer.create(*data)
            if below is not None:
                _put_over(made, below)
            if isinstance(made, Tracks):
                made.name = f"{self.name} tracks"
                self.tracks = made
            viewer.add_layer(made)
            if isinstance(made, Labels):
                # Napari numbers layers of the same name.
                self._labels, self.name = made, made.name

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
