"""Results that are not shown, because their layers or their videos were closed."""

import weakref
from dataclasses import dataclass
from typing import Any

from napari import Viewer
from napari.layers import Image, Layer
from qtpy.QtCore import QObject, Signal

from napari_asist.plugin.result.corrections import Corrections
from napari_asist.plugin.result.result_layers import (
    ResultLayers,
    ShownResult,
    has_frames_of,
)
from napari_asist.proofreading import EditHistory


@dataclass(frozen=True, eq=False)
class AsideResult:
    """A result that is not shown, and the edits that can be undone."""

    shown: ShownResult
    history: EditHistory | None


class ResultsAside(QObject):
    """Puts the result aside when its layer or its video is closed, and shows it again.

    A result belongs to the video that was tracked. While another video is chosen, or
    none, its layers are hidden; once its own is chosen again, it is shown with all
    corrections. A result whose layer was removed can be shown again until there is a
    new one, so nothing is lost by accident.

    Parameters
    ----------
    viewer : Viewer
    result : ResultLayers
    corrections : Corrections
    parent : QObject
    """

    changed = Signal()
    """Another result, or none, can be shown again."""

    def __init__(
        self,
        viewer: Viewer,
        result: ResultLayers,
        corrections: Corrections,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._viewer = weakref.ref(viewer)
        self._result, self._corrections = result, corrections
        self._aside: list[AsideResult] = []
        self._recording: Image | None = None
        viewer.layers.events.removed.connect(self._follow_removed)
        result.replaced.connect(self._follow_new)

    def follow_video(self, recording: Image | None) -> None:
        """Show the result of the chosen video, and put any other aside.

        Parameters
        ----------
        recording : Image or None
            The layer of the video.
        """
        self._recording = recording
        self._check()
        if self._result.video is None and recording is not None:
            for one in reversed(self._aside):
                if one.shown.recording is recording and self._has(one.shown.labels):
                    self._take_back(one)
                    break
        self.changed.emit()

    @property
    def note(self) -> str:
        """One sentence on a result that is not shown; empty if another one is."""
        one = self._last
        if one is None:
            return ""
        shown, name = one.shown, one.shown.labels.name
        if not self._has(shown.labels):
            return f"“{name}” was closed."
        if shown.recording is not None and self._has(shown.recording):
            return (
                f"“{name}” is hidden, because it belongs to the video "
                f"“{shown.recording.name}”. Choose that video to see it."
            )
        return f"“{name}” is hidden, because its video was closed."

    @property
    def can_show(self) -> bool:
        """Whether the result of the note can be shown again in the present state."""
        one, now = self._last, self._recording
        if one is None:
            return False
        shown = one.shown
        if now is None or shown.recording is now:
            return True
        is_other = shown.recording is not None and self._has(shown.recording)
        return not is_other and has_frames_of(now, shown.video)

    def show_again(self) -> None:
        """Show the result of the note again, with its corrections."""
        if self._last is not None and self.can_show:
            self._take_back(self._last)
            self.changed.emit()

    @property
    def _last(self) -> AsideResult | None:
        is_shown = self._result.video is not None
        return None if is_shown or not self._aside else self._aside[-1]

    def _follow_removed(self, event: Any) -> None:
        if self._result.is_shown_by(event.value):
            self._put_aside()
            self.changed.emit()

    def _follow_new(self) -> None:
        recording = self._result.recording
        self._aside = [
            one
            for one in self._aside
            if self._has(one.shown.labels) and one.shown.recording is not recording
        ]
        if self._recording is not None:
            self._check()
        self.changed.emit()

    def _check(self) -> None:
        """Put the result aside if it is not that of the chosen video."""
        result, chosen = self._result, self._recording
        if result.video is None or result.recording is chosen:
            return
        if result.recording is not None:
            self._put_aside()
        elif has_frames_of(chosen, result.video):
            result.recording = chosen

    def _put_aside(self) -> None:
        history = self._corrections.begun
        shown = self._result.put_aside()
        if shown is None:
            return
        self._aside.append(AsideResult(shown, history))
        for layer in (shown.labels, shown.tracks):
            if layer is not None and self._has(layer):
                layer.visible = False

    def _take_back(self, one: AsideResult) -> None:
        viewer, shown = self._viewer(), one.shown
        if viewer is None:
            return
        self._aside.remove(one)
        place = len(viewer.layers)
        # From top to bottom: labels are below their tracks.
        for layer in (shown.tracks, shown.labels):
            if layer is not None:
                if not self._has(layer):
                    viewer.layers.insert(place, layer)
                place, layer.visible = viewer.layers.index(layer), True
        viewer.layers.selection.active = shown.labels
        self._corrections.resume(one.history)
        self._result.take_back(shown, self._recording or shown.recording)
        self._corrections.changed.emit()

    def _has(self, layer: Layer) -> bool:
        viewer = self._viewer()
        return viewer is not None and layer in viewer.layers
