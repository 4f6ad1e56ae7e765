"""The first look at a layer's video, which reads its file in a thread."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from napari.layers import Image
from qtpy.QtCore import QObject, Signal

from napari_asist.plugin.layers.source_file import layer_path
from napari_asist.plugin.video.channels import Channels, channels_of, lazy_source
from napari_asist.plugin.video.facts import NAMES, NOTHING, video_facts, video_fault
from napari_asist.plugin.work.latest_request import NewestRequest

READING = "reading …"


@dataclass(frozen=True, eq=False)
class Look:
    """What is known about a layer.

    Parameters
    ----------
    facts : dict of str to str
        A short text for each of `NAMES`.
    fault : str
        What the user has to do, empty if the layer is a video.
    channels : Channels or None
        See `channels_of`.
    source : (Path, int or None) or None
        See `lazy_source`.
    """

    facts: dict[str, str]
    fault: str = ""
    channels: Channels | None = None
    source: tuple[Path, int | None] | None = None


def look_at(layer: Image | None) -> Look:
    """Look at a layer and its file, which may take seconds."""
    if layer is None:
        return Look(video_facts(None, None), video_fault(None, None))
    channels = channels_of(layer)
    return Look(
        video_facts(layer, channels),
        video_fault(layer, channels),
        channels,
        lazy_source(layer),
    )


class Looking(QObject):
    """Looks at one layer after another, of which only the latest counts.

    Parameters
    ----------
    parent : QObject
    """

    looked = Signal(object)
    """A `Look` at the latest layer; first an empty one if its file is read."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.is_reading = False
        self._layer: Image | None = None
        self._requests = NewestRequest()
        self._requests.delivered.connect(self._deliver)
        self._requests.failed.connect(self._explain)

    def ask(self, layer: Image | None) -> None:
        """Look at a layer: now, or in a thread if it has a file."""
        is_other, self._layer = layer is not self._layer, layer
        if layer is None or layer_path(layer) is None:
            self.stop()
            self.looked.emit(look_at(layer))
            return
        self.is_reading = True
        if is_other:
            facts = dict.fromkeys(NAMES, NOTHING) | {"file": READING}
            self.looked.emit(Look(facts))
        self._requests.ask(_looks(layer))

    def stop(self) -> None:
        """Abandon the look in progress."""
        self._requests.close()
        self.is_reading = False

    def _deliver(self, number: int, look: Look) -> None:
        if number == self._requests.newest:
            self.is_reading = False
            self.looked.emit(look)

    def _explain(self, number: int, error: Exception) -> None:
        self.is_reading = False
        raise error


def _looks(layer: Image) -> Iterator[Look]:
    yield look_at(layer)
