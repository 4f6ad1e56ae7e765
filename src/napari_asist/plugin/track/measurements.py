"""Measurements for a result's table, lineage tree and plots, computed in a thread."""

from collections.abc import Iterator
from dataclasses import dataclass

from napari.layers import Image, Labels
from numpy import void
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.measurement.frames import frame_statistics
from napari_asist.measurement.lineages import lay_out_lineages
from napari_asist.measurement.objects import ObjectTable, joined, measured_frames
from napari_asist.measurement.scale import Scale
from napari_asist.measurement.tracks import TrackStatistics, track_statistics
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.session import Session
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.work.latest_request import NewestRequest


@dataclass(frozen=True, eq=False)
class ResultFacts:
    """The measurements of a result.

    Parameters
    ----------
    objects, tracks, frames, lineages : structured ndarray
        See the package `measurement`; objects are sorted by frame and label.
    scale : Scale
    """

    objects: ObjectTable
    tracks: TrackStatistics
    frames: NDArray[void]
    lineages: NDArray[void]
    scale: Scale

    def of_track(self, label: int) -> ObjectTable:
        """Return the objects of a track, sorted by frame."""
        found: ObjectTable = self.objects[self.objects["label"] == label]
        return found


def measure_result(video: LabelVideo, scale: Scale) -> Iterator[ResultFacts | None]:
    """Measure a result, yielding None after each frame so that it can be aborted."""
    found = []
    for objects in measured_frames(video.labels):
        found.append(objects)
        yield None
    objects = joined(found)
    yield ResultFacts(
        objects,
        track_statistics(video, objects),
        frame_statistics(objects, len(video)),
        lay_out_lineages(video.tracks),
        scale,
    )


class ResultFollower(QObject):
    """Measures the session's result whenever it is replaced or corrected.

    Parameters
    ----------
    session : Session
    parent : QObject
    """

    measured = Signal(object)
    """`ResultFacts`; None if there is no result."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._request = NewestRequest()
        self._request.delivered.connect(self._take)
        connections = Connections(self)
        connections.add(session.result.changed, self.measure)
        connections.add(session.video_changed, self.measure)

    def measure(self) -> None:
        """Measure the result soon."""
        result = self._session.result
        if result.video is None:
            self.stop()
            self.measured.emit(None)
            return
        scale = result_scale(result.labels, self._session.layer)
        self._request.ask(measure_result(result.video, scale))

    def stop(self) -> None:
        """Abandon the measurement in progress."""
        self._request.close()

    def _take(self, number: int, facts: ResultFacts) -> None:
        if number == self._request.newest:
            self.measured.emit(facts)


def result_scale(labels: Labels | None, layer: Image | None) -> Scale:
    """Return the pixel size of a result and the time between frames, if known.

    Parameters
    ----------
    labels : Labels or None
        The result's layer, whose units take precedence.
    layer : Image or None
        The video's layer.
    """
    pixel_size = None
    if labels is not None and labels.units[-1].is_compatible_with("micrometer"):
        own = labels.scale[-1] * labels.units[-1]
        pixel_size = float(own.to("micrometer").magnitude)
    try:
        video = layer_video(layer)
    except AsistError:
        return Scale(pixel_size)
    return Scale(pixel_size or video.pixel_size, video.frame_interval)
