"""The result to inspect and correct, and the layers that show it."""

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari import Viewer
from napari.layers import Image, Labels, Layer, Tracks
from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.plugin.layers.label_layers import (
    Look,
    colored_layers,
    label_layers,
    look_of,
)
from napari_asist.plugin.layers.label_video import video_of_layers
from napari_asist.plugin.layers.metadata import (
    IS_GROUND_TRUTH,
    METADATA_KEY,
    LayerData,
    layer_facts,
    note_facts,
    place_of,
)
from napari_asist.plugin.result.edited_layers import (
    draw_edit,
    edited_layers,
    forget_strokes,
    renew_tracks,
)
from napari_asist.plugin.result.feature_colors import FeatureColors
from napari_asist.plugin.work.meanwhile import breathe, in_thread
from napari_asist.proofreading import Edit


@dataclass(frozen=True, eq=False)
class ShownResult:
    """A result with the layers that show it.

    Parameters
    ----------
    video : LabelVideo
    labels : Labels
    tracks : Tracks or None
    recording : Image or None
        The layer of the video that was tracked; None if unknown.
    """

    video: LabelVideo
    labels: Labels
    tracks: Tracks | None
    recording: Image | None


class ResultLayers(QObject):
    """One label video with its tracks, as a Labels layer and a Tracks layer.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
    """

    changed = Signal()
    """There is a new result, or none; or the result was corrected."""

    replaced = Signal()
    """There is a new result; emitted after `changed`."""

    recolored = Signal()
    """The layers are colored by something else."""

    second_picked = Signal(int)
    """Another second track was picked, for corrections of two."""

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = weakref.ref(viewer)
        self._video: LabelVideo | None = None
        self.name = ""
        self._labels: Labels | None = None
        self.tracks: Tracks | None = None
        self.recording: Image | None = None
        """The layer of the video that was tracked; None if unknown."""
        self.colors = FeatureColors()
        self.revision = 0
        """Incremented whenever the result is replaced or corrected."""
        self.second = 0
        """The label of the second track for corrections of two; 0 if none was
        picked."""

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
        metadata: Mapping[str, Any] | None = None,
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
        metadata : mapping, optional
            What the Labels layer records besides its track table.
        """
        self._video, self.name = video, name
        self._labels = self.tracks = None
        self.recording = below if isinstance(below, Image) else None
        self._add(below, look, metadata or {})
        self._announce()
        self.replaced.emit()

    def adopt(self, labels: Labels, recording: Image | None = None) -> Tracks | None:
        """Use a Labels layer that is already in the viewer as the result.

        Its Tracks layer, if there is one, gives the numbers and parents of the tracks;
        see `tracks_of` and `video_of_layers`.

        Parameters
        ----------
        labels : Labels
            Or its proxy, which napari gives to plugins.
        recording : Image, optional
            The layer of the chosen video. If it has as many frames of the same size,
            the result belongs to it.

        Returns
        -------
        Tracks or None
            The Tracks layer that was found.

        Raises
        ------
        AsistError
            It shows ground truth; or see `video_of_layers`.
        """
        labels = getattr(labels, "__wrapped__", labels)
        if layer_facts(labels).get(IS_GROUND_TRUTH):
            raise AsistError(
                "This layer shows ground truth, which is only for scoring; select the "
                "Labels layer of the result."
            )
        tracks = self._tracks_of(labels)
        video = in_thread(lambda: _video_of(labels, tracks))
        self._video, self.name, self._labels = video, labels.name, labels
        self.tracks = tracks
        self.recording = recording if has_frames_of(recording, video) else None
        if not np.array_equal(video.labels, labels.data):
            self._renew()  # tracks were numbered or cut
        self._announce()
        self.replaced.emit()
        return tracks

    def put_aside(self) -> ShownResult | None:
        """Have no result any more; return the one there was, with its layers."""
        video, labels = self._video, self._labels
        if video is None or labels is None:
            return None
        shown = ShownResult(video, labels, self.tracks, self.recording)
        self._video = self._labels = self.tracks = self.recording = None
        self._announce()
        return shown

    def take_back(self, shown: ShownResult, recording: Image | None) -> None:
        """Have an earlier result again, whose layers are in the viewer.

        Parameters
        ----------
        shown : ShownResult
        recording : Image or None
            The layer of the video that it belongs to from now on.
        """
        self._video, self._labels = shown.video, shown.labels
        self.name, self.tracks = shown.labels.name, shown.tracks
        self.recording = recording
        self._announce()

    def is_shown_by(self, layer: Layer) -> bool:
        """Return whether a layer is the Labels layer of the result."""
        return self._video is not None and layer is self._labels

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

    def pick_second(self, label: int) -> None:
        """Pick the second track, as a click on a layer picks the first."""
        if label != self.second:
            self.second = label
            self.second_picked.emit(label)

    def _announce(self) -> None:
        self.revision += 1
        self.colors.paint(self.labels, self.tracks)
        self.changed.emit()

    def _renew(self, edit: Edit | None = None) -> None:
        viewer, video, shown = self._viewer(), self._video, self.labels
        if viewer is None or video is None or shown is None:
            return
        name, shown_tracks = self.name, self.tracks

        def renewed() -> list[LayerData]:
            layers = edited_layers(edit, video, name, shown_tracks) if edit else None
            return layers or label_layers(video, name)

        (_, options, _), *tracks = in_thread(renewed)
        note_facts(shown, options["metadata"][METADATA_KEY])
        shown.colormap = options["colormap"]
        if edit is None or not draw_edit(edit, shown):
            # A copy, so that painting leaves the result unchanged.
            shown.data = in_thread(video.labels.copy)
        forget_strokes(shown)
        breathe()
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

    def _add(
        self,
        below: Image | Labels | None,
        look: Look | None,
        metadata: Mapping[str, Any],
    ) -> None:
        viewer, video = self._viewer(), self._video
        if viewer is None or video is None:
            return
        name = self.name

        def created() -> list[Layer]:
            layers = colored_layers(video, name, *(look or look_of(video)))
            return [Layer.create(*data) for data in layers]

        for made in in_thread(created):
            breathe()
            if below is not None:
                _put_over(made, below)
            if isinstance(made, Tracks):
                made.name = f"{self.name} tracks"
                self.tracks = made
            if isinstance(made, Labels):
                note_facts(made, metadata.get(METADATA_KEY, {}))
                made.metadata = {**metadata, **made.metadata}
            viewer.add_layer(made)
            if isinstance(made, Labels):
                # Napari numbers layers of the same name.
                self._labels, self.name = made, made.name

    def _tracks_of(self, labels: Labels) -> Tracks | None:
        viewer = self._viewer()
        return None if viewer is None else tracks_of(labels, viewer.layers)


def _video_of(labels: Labels, tracks: Tracks | None) -> LabelVideo:
    data = labels.as_layer_data_tuple()
    if tracks is None:
        return video_of_layers(data)[0]
    try:
        return video_of_layers(data, tracks.as_layer_data_tuple())[0]
    except AsistError as error:
        raise AsistError(
            f"{error} To use the labels alone, hide the layer {tracks.name}."
        ) from error


def tracks_of(labels: Labels, layers: Sequence[Layer]) -> Tracks | None:
    """Return the Tracks layer of a Labels layer.

    Parameters
    ----------
    labels : Labels
    layers : sequence of Layer
        The viewer's layers.

    Returns
    -------
    Tracks or None
        The one that is named after the labels. Labels that this plugin did not make
        have the only other visible one, unless it is named after other labels.
    """
    found = {layer.name: layer for layer in layers if isinstance(layer, Tracks)}
    if own := found.get(f"{labels.name} tracks"):
        return own
    if layer_facts(labels):
        return None
    named = {f"{layer.name} tracks" for layer in layers if isinstance(layer, Labels)}
    others = [
        layer for name, layer in found.items() if layer.visible and name not in named
    ]
    return others[0] if len(others) == 1 else None


def has_frames_of(recording: Image | None, video: LabelVideo) -> bool:
    """Return whether a layer has as many frames of the same size as a label video."""
    shape = getattr(getattr(recording, "data", None), "shape", ())
    return tuple(shape[:3]) == video.labels.shape


def _put_over(layer: Layer, below: Layer) -> None:
    for name, value in place_of(below).items():
        setattr(layer, name, value)
