"""The buttons and status text of a training panel, and how its training starts."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from napari.layers import Image

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.video_layers import CHOOSE
from napari_asist.plugin.session import Session
from napari_asist.plugin.training.kinds import TrainingKind
from napari_asist.plugin.work.run_work import RunWork
from napari_asist.workflow.run_folder.folder import PARTIAL, RunFolder
from napari_asist.workflow.run_folder.record import recorded_videos

GIB = 2**30


@dataclass(frozen=True)
class Buttons:
    """The labels of a training panel's buttons, and which of them can be pressed.

    Parameters
    ----------
    start, pause : str
        Button labels.
    can_start, can_pause, can_stop : bool
    can_choose_run : bool
        Whether another run folder may be chosen.
    is_busy : bool
        Whether this or another process is working in the run folder.
    """

    start: str
    pause: str
    can_start: bool
    can_pause: bool
    can_stop: bool
    can_choose_run: bool
    is_busy: bool


def buttons_of(work: RunWork, run: Path | None, kind: TrainingKind) -> Buttons:
    """Return the buttons' current labels, and which can be pressed."""
    is_busy = work.is_running or bool(work.elsewhere)
    is_pausing = work.is_pause_requested
    is_open = work.is_running and not work.is_stop_requested
    goes_on = not is_busy and is_begun(run, kind.folders)
    return Buttons(
        start="Resume training" if goes_on else "Start",
        pause="Resume" if is_pausing else "Pause",
        can_start=not is_busy,
        can_pause=is_open and (is_pausing or work.state.is_training),
        can_stop=is_open,
        can_choose_run=not work.is_running,
        is_busy=is_busy,
    )


def state_text(work: RunWork, run: Path | None, kind: TrainingKind) -> str:
    """Return what is running, how fast, with how much memory, and for how long."""
    if not work.is_running and not work.elsewhere:
        return _rest_text(run, kind)
    state = work.state
    headline = state.headline()
    if work.is_stop_requested:
        headline = "Stopping… What is done so far is being saved."
    elif work.is_pause_requested and not state.is_paused:
        headline += "; will pause after this step"
    memory = memory_use() if work.is_running else ""
    outlook = "" if work.is_stop_requested else state.outlook()
    parts = (outlook, f"memory {memory}" if memory else "")
    second = ", ".join(filter(None, parts))
    return "\n".join(filter(None, (headline, second)))


def _rest_text(run: Path | None, kind: TrainingKind) -> str:
    if is_done(run, kind.folders):
        return "Done."
    if is_begun(run, kind.folders):
        return "Stopped before the end; it can resume where it stopped."
    return "Not started."


def elsewhere_text(work: RunWork, run: Path | None) -> str:
    """Return a notice that another process works in the run folder, or an empty one."""
    if not work.elsewhere or run is None:
        return ""
    return (
        f"{work.elsewhere[:1].upper()}{work.elsewhere[1:]} is working on {run.name}; "
        "its progress is shown here. Pause or stop it where it was started."
    )


def source_of(session: Session) -> tuple[Image | Path, int | None]:
    """Return the session's video for `RunWork.start`: its layer, or path and channel.

    If no layer is chosen, the run folder's own video is used.

    Parameters
    ----------
    session : Session
        With a chosen run folder.

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
    """Train on the session's video, in its run folder.

    Parameters
    ----------
    session : Session
        With a chosen run folder.
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
    """Whether there is a video to train on, before asking for a folder."""
    return session.layer is not None or session.run is not None


def is_begun(run: Path | None, folders: tuple[str, ...]) -> bool:
    """Whether a stage was begun but not finished.

    Parameters
    ----------
    run : Path or None
    folders : tuple of str
        Folders of the stages.
    """
    return run is not None and any(
        (run / (folder + PARTIAL)).is_dir() for folder in folders
    )


def is_done(run: Path | None, folders: tuple[str, ...]) -> bool:
    """Whether all these stages are done."""
    return run is not None and all(map(RunFolder(run).is_done, folders))


def memory_use() -> str:
    """Return the memory used by this process and on its GPU, such as ``1.2 GiB``.

    Empty if unknown.
    """
    parts = []
    try:
        import psutil

        parts.append(f"{psutil.Process(os.getpid()).memory_info().rss / GIB:.1f} GiB")
    except ImportError:
        pass
    # Not imported here, because that is slow and another thread may be importing it.
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and getattr(cuda, "is_initialized", bool)():
        parts.append(f"GPU {cuda.memory_reserved() / GIB:.1f} GiB")
    return ", ".join(parts)
