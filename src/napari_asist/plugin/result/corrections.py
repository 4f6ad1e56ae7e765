"""The corrections of a viewer's result, which outlive the docks."""

from collections.abc import Callable
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.plugin.layers.label_video import layer_label_video
from napari_asist.plugin.layers.metadata import (
    JOURNAL_KEY,
    layer_journal,
    note_facts,
)
from napari_asist.plugin.result.result_layers import ResultLayers
from napari_asist.plugin.work.meanwhile import in_thread
from napari_asist.proofreading import (
    Edit,
    EditHistory,
    accept_painting,
    painted_frames,
)


class Corrections(QObject):
    """Corrects the result: applies, undoes and redoes edits, and signals each change.

    Parameters
    ----------
    result : ResultLayers
    parent : QObject
    """

    changed = Signal()
    """An edit was done, undone or redone, painting was discarded, or there is a new
    result.
    """

    def __init__(self, result: ResultLayers, parent: QObject) -> None:
        super().__init__(parent)
        self._result = result
        self._history: EditHistory | None = None
        self._is_busy = False
        result.changed.connect(self._follow)

    @property
    def history(self) -> EditHistory | None:
        """The edits of the current result; None if there is no result."""
        if self._history is None and self._result.video is not None:
            shown, layer = self._result.video, self._result.labels
            earlier = () if layer is None else layer_journal(layer)
            history = in_thread(
                lambda: EditHistory(_valid(self._result), earlier=earlier)
            )
            if self._result.video is shown:  # not replaced in the meantime
                self._history = history
                self._result.keep(history.video)
        return self._history

    @property
    def begun(self) -> EditHistory | None:
        """The edits of the current result, if any of its corrections has begun."""
        return self._history

    def resume(self, history: EditHistory | None) -> None:
        """Continue the edits of a result that is about to be shown again."""
        self._history = history

    def do(self, correction: Callable[..., Edit], *arguments: Any) -> Edit:
        """Correct the result.

        Parameters
        ----------
        correction : callable
            One of `napari_asist.proofreading`.
        *arguments
            Its arguments after the video.

        Raises
        ------
        AsistError
            There is no result, some painting is not accepted yet, or the correction
            cannot be done.
        """

        def corrected(history: EditHistory) -> Edit:
            self._refuse_painting(history)
            return history.do(correction(history.video, *arguments))

        return self._make(corrected)

    def accept_painting(self) -> Edit:
        """Add what was painted on the Labels layer to the result.

        Raises
        ------
        AsistError
            See `napari_asist.proofreading.accept_painting`.
        """
        return self._make(
            lambda history: history.do(accept_painting(history.video, self._painted()))
        )

    def discard_painting(self) -> None:
        """Show the result as it was before the painting."""
        history = self._required()
        self._result.replace(history.video)
        self.changed.emit()

    def undo(self) -> Edit:
        """Undo the last correction.

        Raises
        ------
        AsistError
            There is none.
        """
        return self._step(EditHistory.undo, "There is no correction to undo.")

    def redo(self) -> Edit:
        """Redo the correction that was undone last.

        Raises
        ------
        AsistError
            There is none.
        """
        return self._step(EditHistory.redo, "There is no correction to redo.")

    def _step(self, step: Callable[[EditHistory], Edit | None], nothing: str) -> Edit:
        def stepped(history: EditHistory) -> Edit:
            self._refuse_painting(history)
            edit = step(history)
            if edit is None:
                raise AsistError(nothing)
            return edit

        return self._make(stepped)

    def _make(self, change: Callable[[EditHistory], Edit]) -> Edit:
        """Change the history in a thread, then show the edit; one at a time."""
        history = self._required()
        if self._is_busy:
            raise AsistError(
                "The last correction is still being made; try again in a moment."
            )
        self._is_busy = True
        try:
            edit = in_thread(lambda: change(history))
            # A result that replaced this one in the meantime is not touched.
            if self._history is history:
                self._show(edit, history)
        finally:
            self._is_busy = False
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
            raise AsistError("The result is not shown; show it again.")
        return np.asarray(layer.data)

    def refuse_painting(self) -> None:
        """Raise an error if some painting was neither accepted nor discarded.

        Raises
        ------
        AsistError
            The layer does not show the result.
        """
        if self._history is not None:
            self._refuse_painting(self._history)

    def _refuse_painting(self, history: EditHistory) -> None:
        layer = self._result.labels
        if layer is not None and (
            layer.data.shape != history.video.labels.shape
            or painted_frames(history.video, np.asarray(layer.data))
        ):
            raise AsistError(
                "The layer has been painted on since the last correction; first accept "
                "or discard the painting."
            )

    def _show(self, edit: Edit, history: EditHistory) -> None:
        self._result.correct(edit, history.video)
        layer = self._result.labels
        if layer is not None:
            note_facts(layer, {JOURNAL_KEY: list(history.journal)})
        self.changed.emit()

    def _follow(self) -> None:
        is_ours = (
            self._history is not None and self._result.video is self._history.video
        )
        if not is_ours:
            self._history = None
            self.changed.emit()


def _valid(result: ResultLayers) -> LabelVideo:
    """Return the result, repaired if it was painted on before the first correction."""
    assert result.video is not None
    if result.labels is not None and result.video.faults():
        return layer_label_video(result.labels.data, result.labels.metadata)
    return result.video
