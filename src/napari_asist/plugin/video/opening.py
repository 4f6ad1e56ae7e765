"""Open videos and runs without blocking the window, from a button with a menu."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from napari import Viewer
from napari.layers import Image, Layer
from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QWidget

from napari_asist.errors import AsistError
from napari_asist.plugin.contributions.view_run import run_layers
from napari_asist.plugin.layers.metadata import layer_facts
from napari_asist.plugin.layers.source_file import layer_path
from napari_asist.plugin.layers.video_layers import layers_of_file
from napari_asist.plugin.preferences import recent_paths, remember
from napari_asist.plugin.session import session_of
from napari_asist.plugin.video.making import LayerMaking
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.workflow.run_folder.folder import is_run

ARROW_WIDTH = 22

LONGEST_FOLDER = 360
"""Pixels that the menu needs at most for the folder of a path."""

FILTER = "TIFF videos (*.tif *.tiff);;All files (*)"


class VideoOpening(QObject):
    """Opens videos and runs in a thread, and chooses their video in all panels.

    The videos and run folders of the session are remembered, see `recent_paths`.

    Parameters
    ----------
    viewer : Viewer
    parent : QWidget
        Also the parent of the dialogs.
    """

    opened = Signal(object)
    """The Image layer that was opened, and is now the session's video."""

    said = Signal(str)
    """One sentence about the video, if it is not shown exactly as it was recorded."""

    failed = Signal(str)
    """Why a path cannot be opened, in one sentence."""

    changed = Signal()
    """`is_busy` has changed."""

    def __init__(self, viewer: Viewer, parent: QWidget) -> None:
        super().__init__(parent)
        self._viewer: Viewer = getattr(viewer, "__wrapped__", viewer)
        self._window = parent
        self._session = session_of(viewer)
        self._making = LayerMaking(self)
        self._making.failed.connect(self.failed)
        self._making.changed.connect(self.changed)
        connections = Connections(self)
        connections.add(self._session.video_changed, self._remember_video)
        connections.add(self._session.run_changed, self._remember_run)

    @property
    def is_busy(self) -> bool:
        """Whether something is being opened."""
        return self._making.is_busy

    def open(self, path: Path) -> None:
        """Open a TIFF file, a folder of frames or a run folder soon.

        Of several requests, only the last one counts.
        """
        if not is_run(path):
            self._making.make(partial(layers_of_file, path), self._show)
            return
        try:
            self._session.set_run(path)
        except AsistError as error:
            self.failed.emit(str(error))
            return
        self._making.make(partial(run_layers, path), self._show)

    def ask_for_file(self) -> None:
        """Show a dialog, and open the chosen file."""
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open video", _start(), FILTER
        )
        if path:
            self.open(Path(path))

    def ask_for_folder(self) -> None:
        """Show a dialog, and open the chosen folder of frames or run folder."""
        path = QFileDialog.getExistingDirectory(
            self._window, "Open a folder of frames or a run", _start()
        )
        if path:
            self.open(Path(path))

    def stop(self) -> None:
        """Abandon what is being opened."""
        self._making.stop()

    def _show(self, layers: Sequence[Layer]) -> None:
        for layer in layers:
            self._viewer.add_layer(layer)
        shown = (one for one in layers if isinstance(one, Image) and one.visible)
        video = next(shown, None)
        if video is None:
            return
        self._viewer.layers.selection.active = video
        self._viewer.reset_view()
        self._session.set_layer(video)
        if made_from := layer_facts(video).get("made_from"):
            self.said.emit(f"{video.name} is {made_from}.")
        self.opened.emit(video)

    def _remember_video(self) -> None:
        layer = self._session.layer
        if layer is not None and (path := layer_path(layer)):
            remember(path)

    def _remember_run(self) -> None:
        if self._session.run is not None:
            remember(self._session.run)


class OpenButton(QWidget):
    """A button that opens a file, and one with a menu for folders and recent paths.

    Parameters
    ----------
    opening : VideoOpening
    """

    def __init__(self, opening: VideoOpening) -> None:
        super().__init__()
        self._opening = opening
        self.file = QPushButton("Open video…")
        self.file.setToolTip(
            "Open a TIFF file; each frame is read only when it is shown."
        )
        self.more = QPushButton("▾")
        self.more.setToolTip("Open a folder of frames, or what was used last.")
        self.more.setFixedWidth(ARROW_WIDTH)
        self.choices = QMenu(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.file)
        layout.addWidget(self.more)
        self.file.clicked.connect(opening.ask_for_file)
        self.more.clicked.connect(self._offer)

    def _offer(self) -> None:
        self.choices.clear()
        folder = self.choices.addAction("Open folder of frames…")
        folder.triggered.connect(self._opening.ask_for_folder)
        recent = recent_paths()
        if recent:
            self.choices.addSeparator()
        for path in recent:
            action = self.choices.addAction(self._named(path))
            action.triggered.connect(partial(self._open, path))
        self.choices.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _named(self, path: Path) -> str:
        """Return how the menu names a path: Qt would take “&” for a shortcut."""
        kind = "run " if is_run(path) else ""
        folder = self.fontMetrics().elidedText(
            str(path.parent), Qt.TextElideMode.ElideMiddle, LONGEST_FOLDER
        )
        return f"{kind}{path.name}  –  {folder}".replace("&", "&&")

    def _open(self, path: Path, checked: bool = False) -> None:
        self._opening.open(path)


def _start() -> str:
    """Return the folder in which dialogs start: that of the last video or run."""
    recent = recent_paths()
    return str(recent[0].parent if recent else Path.home())
