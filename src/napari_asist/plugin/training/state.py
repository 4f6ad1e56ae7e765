"""What a training panel offers and says now, and how its training starts."""

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
    """What a training panel's buttons say, and which of them can be pressed.

    Parameters
    ----------
    start, pause : str
        What they say.
    can_start, can_pause, can_stop : bool
    can_choose_run : bool
        Whether another run folder may be chosen.
    is_busy : bool
        Whether this or another process works in the run folder.
    """

    start: str
    pause: str
    can_start: bool
    can_pause: bool
    can_stop: bool
    can_choose_run: bool
    is_busy: bool


def buttons_of(work: RunWork, run: Path | None, kind: TrainingKind) -> Buttons:
    """Return what can be done now, and how it is named."""
    is_busy = work.is_running or bool(work.elsewhere)
    is_pausing = work.is_asked_to_pause
    is_open = work.is_running and not work.is_asked_to_stop
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
    """Return what runs, how fast, with how much memory, and for how long."""
    if not work.is_running and not work.elsewhere:
        return _rest_text(run, kind)
    state = work.state
    headline = state.headline()
    if work.is_asked_to_stop:
        headline = "Saving; it ends after this step"
    elif work.is_asked_to_pause and not state.is_paused:
        headline += "; it pauses after this step"
    memory = memory_use() if work.is_running else ""
    parts = (state.outlook(), f"memory {memory}" if memory else "")
    second = ", ".join(filter(None, parts))
    return "\n".join(filter(None, (headline, second)))


def _rest_text(run: Path | None, kind: TrainingKind) -> str:
    if is_done(run, kind.folders):
        return "Done."
    if is_begun(run, kind.folders):
        return "Stopped before the end; it can go on where it was."
    return "Not started."


def elsewhere_text(work: RunWork, run: Path | None) -> str:
    """Return that another process works in the run folder; empty where none does."""
    if not work.elsewhere or run is None:
        return ""
    return (
        f"{work.elsewhere[:1].upper()}{work.elsewhere[1:]} works on {run.name}; "
        "it is shown here as it goes. Pause or stop it where it was started."
    )


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


def memory_use() -> str:
    """Return the memory of this process and of its GPU, such as ``1.2 GiB``.

    Empty where it cannot be told.
    """
    parts = []
    try:
        import psutil

        parts.append(f"{psutil.Process(os.getpid()).memory_info().rss / GIB:.1f} GiB")
    except ImportError:
        pass
    # Not imported here, which takes long; another thread may be about to do so.
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and getattr(cuda, "is_initialized", bool)():
        parts.append(f"GPU {cuda.memory_reserved() / GIB:.1f} GiB")
    return ", ".join(parts)
