"""Choice of the run folder: a new one, or the folder of an earlier run."""

import tempfile
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from napari_asist.errors import AsistError
from napari_asist.plugin.session import Session
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.workflow.run_folder.claim import refuse_other_folder
from napari_asist.workflow.run_folder.folder import is_run

RESUMES = "{} is an existing run: its settings are loaded, and the run will resume."


class RunChoice(QWidget):
    """A text field for the run folder, and a button to browse for it.

    Parameters
    ----------
    session : Session
        The session whose run is chosen.
    """

    reported = Signal(str)
    """One sentence about the chosen folder, or why it was rejected."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.line = QLineEdit()
        self.line.setPlaceholderText("a new folder, or one from an earlier run")
        self.choose = QPushButton("Choose…")
        meaning = "Folder for all output; an earlier run in it is resumed."
        for widget in (self.line, self.choose):
            widget.setToolTip(meaning)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, stretch=1)
        layout.addWidget(self.choose)
        self.line.editingFinished.connect(self._take_line)
        self.choose.clicked.connect(self.look)
        Connections(self).add(session.run_changed, self.show_run)
        self.show_run()

    def take(self, folder: Path) -> None:
        """Choose a folder and load the settings of its run, or reject it."""
        try:
            refuse_foreign(folder)
            self._session.set_run(folder)
        except AsistError as error:
            self.reported.emit(str(error))
        else:
            self.reported.emit(RESUMES.format(folder.name) if is_run(folder) else "")
        self.show_run()

    def look(self) -> None:
        """Ask for a folder."""
        start = str(self._session.run or Path.home())
        if folder := QFileDialog.getExistingDirectory(self, "Run folder", start):
            self.take(Path(folder))

    def show_run(self) -> None:
        """Show the session's folder."""
        run = self._session.run
        self.line.setText(str(run) if run else "")

    def _take_line(self) -> None:
        text = self.line.text().strip()
        run = self._session.run
        if text == (str(run) if run else ""):
            return
        if text:
            self.take(Path(text).expanduser().absolute())
        else:
            self._session.set_run(None)


def refuse_foreign(folder: Path) -> None:
    """Raise an error if a folder cannot be a run folder, or has other contents.

    Parameters
    ----------
    folder : Path
        Need not exist, and is not created.

    Raises
    ------
    AsistError
        It is a file, is not writable, or contains other files.
    """
    try:
        refuse_other_folder(folder)
        with tempfile.TemporaryFile(dir=_existing(folder)):
            pass
    except OSError as error:
        raise AsistError(
            f"{folder} is not writable ({error.strerror or error}); choose another "
            "folder for the run."
        ) from error


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
