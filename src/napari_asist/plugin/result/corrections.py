"""The corrections of the result of one viewer, which outlive the docks."""

from collections.abc import Callable
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.plugin.layers.label_video import layer_label_video
from napari_asist.plugin.layers.metadata import JOURNAL_KEY, METADATA_KEY, layer_facts
from napari_asist.plugin.result.result_layers import ResultLayers
from napari_asist.proofreading import (
    Edit,
    EditHistory,
    accept_painting,
    painted_frames,
)


class Corrections(QObject):
    """Corrects the result: applies edits, takes them back, tells of each.

    Parameters
    ----------
    result : ResultLayers
    parent : QObject
    """

    changed = Signal()
    """An edit was done, undone or redone, painting was discarded, or there is another
    result.
    """

    def __init__(self, result: ResultLayers, parent: QObject) -> None:
        super().__init__(parent)
        self._result = result
        self._history: EditHistory | None = None
        result.changed.connect(self._follow)

    @property
    def history(self) -> EditHistory | None:
        """The edits of the result that is shown; None where there is no result."""
        if self._history is None and self._result.video is not None:
            self._history = EditHistory(_valid(self._result))
            self._result.keep(self._history.video)
        return self._history

    def do(self, correction: Callable[..., Edit], *arguments: Any) -> Edit:
        """Correct the result.

        Parameters
        ----------
        correction : callable
            One of `napari_asist.proofreading`.
        *arguments
            For it, after the video.

        Raises
        ------
        AsistError
            There is no result; something was painted and is not accepted yet; the
            correction cannot be done.
        """
        history = self._required()
        self._refuse_painting(history)
        edit = history.do(correction(history.video, *arguments))
        self._show(edit, history)
        return edit

    def accept_painting(self) -> Edit:
        """Take what was painted on the Labels layer into the result.

        Raises
        ------
        AsistError
            See `napari_asist.proofreading.accept_painting`.
        """
        history = self._required()
        edit = history.do(accept_painting(history.video, self._painted()))
        self._show(edit, history)
        return edit

    def discard_painting(self) -> None:
        """Show the result again as it was before somebody painted on it."""
        history = self._required()
        self._result.replace(history.video)
        self.changed.emit()

    def undo(self) -> Edit:
        """Take the last correction back.

        Raises
        ------
        AsistError
            There is none.
        """
        return self._step(EditHistory.undo, "There is no correction to undo.")

    def redo(self) -> Edit:
        """Do again what was undone last.

        Raises
        ------
        AsistError
            There is nothing.
        """
        return self._step(EditHistory.redo, "There is no correction to do again.")

    def _step(self, step: Callable[[EditHistory], Edit | None], nothing: str) -> Edit:
        history = self._required()
        self._refuse_painting(history)
        edit = step(history)
        if edit is None:
            raise AsistError(nothing)
        self._show(edit, history)
        return edit

    def _required(self) -> EditHistory:
        history = self.history
        if history is None:
            raise AsistError(
                "There is no result to correct; track a video, or choose a Labels "
                "layer as the result."
            )
        return history

    def _painted(self) -> Any:
        layer = self._result.labels
        if layer is None:
            raise AsistError("The layer of the result is gone; show the result again.")
        return np.asarray(layer.data)

    def _refuse_painting(self, history: EditHistory) -> None:
        layer = self._result.labels
        if layer is not None and (
            layer.data.shape != history.video.labels.shape
            or painted_frames(history.video, np.asarray(layer.data))
        ):
            raise AsistError(
                "The layer was painted on since the last correction; accept or discard "
                "the painting first."
            )

    def _show(self, edit: Edit, history: EditHistory) -> None:
        self._result.correct(edit, history.video)
        layer = self._result.labels
        if layer is not None:
            known = layer_facts(layer)
            journal = {JOURNAL_KEY: list(history.journal)}
            layer.metadata = {**layer.metadata, METADATA_KEY: {**known, **journal}}
        self.changed.emit()

    def _follow(self) -> None:
        is_ours = (
            self._history is not None and self._result.video is self._history.video
        )
        if not is_ours:
            self._history = None
            self.changed.emit()


def _valid(result: ResultLayers) -> LabelVideo:
    """Return the result; mended where it was painted on before the first correction."""
    assert result.video is not None
    if result.labels is not None and result.video.faults():
        return layer_label_video(result.labels.data, result.labels.metadata)
    return result.video
