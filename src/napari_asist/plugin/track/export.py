"""Export the session's result: a CTC folder, tables and a run card."""

from dataclasses import replace
from pathlib import Path

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag
from napari_asist.labels import LabelVideo
from napari_asist.plugin.layers.metadata import layer_journal
from napari_asist.plugin.result.origin import noted_origin
from napari_asist.plugin.review.follower import review_counts
from napari_asist.plugin.session import Session
from napari_asist.plugin.track.measurements import result_scale
from napari_asist.plugin.work.meanwhile import in_thread
from napari_asist.plugin.work.worker import LongWork
from napari_asist.workflow.export.export import export_result, refuse_overwriting

NO_RESULT = (
    "There is no result yet; press Track, or Use layer if you already have labels."
)


class ResultExport(LongWork):
    """Writes the session's result, and returns the path of its CTC folder.

    Parameters
    ----------
    session : Session
    parent : QObject, optional
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def video(self) -> LabelVideo:
        """Return the result to export, or raise `AsistError` if there is none."""
        if self._session.result.video is None:
            raise AsistError(NO_RESULT)
        return self._session.result.video

    def ask_and_export(self, parent: QWidget) -> bool:
        """Ask for a folder and start writing to it; return False if there is none.

        Raises
        ------
        AsistError
            See `export_into`.
        """
        self.video()  # raises before the user is asked for a folder
        title = "Folder for the result"
        folder = QFileDialog.getExistingDirectory(parent, title)
        if folder:
            self.export_into(Path(folder))
        return bool(folder)

    def export_into(self, folder: Path) -> None:
        """Start writing the result, its tables and its run card to a folder.

        Raises
        ------
        AsistError
            There is no result, its layer was painted on since, or the folder has files
            that are not from an export.
        """
        video, layer = self.video(), self._session.result.labels
        refuse_overwriting(folder)
        self._session.corrections.refuse_painting()
        # The result may be corrected during the export.
        video = replace(video, labels=in_thread(video.labels.copy))
        origin, made_as = noted_origin(layer)
        journal = () if layer is None else layer_journal(layer)
        scale = result_scale(layer, self._session.layer)
        stop = StopFlag()
        reviewed = review_counts(layer)
        work = export_result(
            video, folder, scale, origin, made_as, stop, journal, reviewed
        )
        self.start(work, "ASIST export", stop)


def exported(result: Path) -> str:
    """Say in one sentence what was written, and where.

    Parameters
    ----------
    result : Path
        The exported CTC folder.
    """
    return f"Exported {result.name}, tables and the run card to {result.parent}."
