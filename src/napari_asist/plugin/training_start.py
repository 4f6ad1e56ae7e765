"""What training needs before it can begin: a video and a run folder."""

from pathlib import Path

from napari.layers import Image

from napari_asist.errors import AsistError
from napari_asist.plugin.session import Session
from napari_asist.plugin.video_layer import CHOOSE
from napari_asist.workflow.run_folder.folder import PARTIAL, RunFolder
from napari_asist.workflow.run_folder.record import recorded_videos


def source_of(session: Session) -> tuple[Image | Path, int | None]:
    """Return the session's video for `RunWork.start`: its layer, or path and channel.

    Where no layer is chosen it is the video that the run folder was made for.

    Parameters
    ----------
    session : Session
        Its run folder is chosen.

    Raises
    ------
    AsistError
        There is no video, or it cannot be used.
    """
    assert session.run is not None
    if session.layer is not None:
        return session.layer, None
    try:
        videos, channel = recorded_videos(session.run)
    except AsistError as error:
        raise AsistError(CHOOSE) from error
    if not videos:
        raise AsistError(CHOOSE)
    return videos[0], channel


def start_training(session: Session, stages: tuple[str, ...]) -> None:
    """Train for the session's video, in its run folder.

    Parameters
    ----------
    session : Session
        Its run folder is chosen.
    stages : tuple of str

    Raises
    ------
    AsistError
        There is no video, or it cannot be used.
    """
    video, channel = source_of(session)
    assert session.run is not None
    session.work.start(video, channel, session.recipe, session.run, stages)


def has_video(session: Session) -> bool:
    """Whether there is a video to train for, before a folder is asked for."""
    return session.layer is not None or session.run is not None


def is_begun(run: Path | None, folders: tuple[str, ...]) -> bool:
    """Whether a stage was begun and not ended.

    Parameters
    ----------
    run : Path or None
    folders : tuple of str
        Of the stages.
    """
    return run is not None and any(
        (run / (folder + PARTIAL)).is_dir() for folder in folders
    )


def is_done(run: Path | None, folders: tuple[str, ...]) -> bool:
    """Whether all these stages are done."""
    return run is not None and all(map(RunFolder(run).is_done, folders))
