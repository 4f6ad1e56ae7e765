"""The tick that shows synthetic frames, where there is a generator to draw them."""

from napari import Viewer
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox

from napari_asist.events import CheckpointWritten
from napari_asist.plugin.preview_player import PreviewPlayer
from napari_asist.plugin.session import Session
from napari_asist.plugin.synthetic_player import SyntheticPlayer
from napari_asist.workflow.synthetic_preview import preview_file

READY = (
    "Show what the run's generator makes of the simulated frame, beside the real one."
)
NO_RUN = "Needs a generator: start a run, or choose its folder, first."
NO_GENERATOR = (
    "Needs a generator: the run has none yet. Train one, and wait for its first "
    "checkpoint."
)


class SyntheticTick(QCheckBox):
    """While it is set, a synthetic frame follows the settings and the time slider.

    Parameters
    ----------
    viewer : Viewer
    session : Session
        Its run has the generator.
    previews : PreviewPlayer
        What is simulated.
    """

    failed = Signal(str)

    def __init__(
        self, viewer: Viewer, session: Session, previews: PreviewPlayer
    ) -> None:
        super().__init__("synthetic frame")
        self._viewer, self._session, self._previews = viewer, session, previews
        self.player = SyntheticPlayer(viewer, self)
        self.player.failed.connect(self.failed)
        self.player.removed.connect(lambda: self.setChecked(False))
        self.toggled.connect(self._switch)
        previews.completed.connect(self._draw)
        viewer.dims.events.current_step.connect(self._draw)
        session.run_changed.connect(self._draw)
        session.work.happened.connect(self._notice)
        session.work.ended.connect(self._draw)
        self._draw()

    def close_tick(self) -> None:
        """Let the viewer and its session go."""
        self._viewer.dims.events.current_step.disconnect(self._draw)
        self._session.run_changed.disconnect(self._draw)
        self._session.work.happened.disconnect(self._notice)
        self._session.work.ended.disconnect(self._draw)
        self.player.close()

    def _draw(self, event: object = None) -> None:
        """See whether there is a generator, and draw where that is wanted."""
        run, preview = self._session.run, self._previews.complete
        is_ready = preview_file(run) is not None
        self.setEnabled(is_ready)
        self.setToolTip(READY if is_ready else NO_GENERATOR if run else NO_RUN)
        if not is_ready:
            self.setChecked(False)
        elif run and preview and self.isChecked():
            self.player.ask(run, preview, self._previews.time, self._previews.below)

    def _switch(self, is_on: bool) -> None:
        if is_on:
            self._draw()
        else:
            self.player.stop()

    def _notice(self, event: object) -> None:
        if isinstance(event, CheckpointWritten):
            self._draw()
