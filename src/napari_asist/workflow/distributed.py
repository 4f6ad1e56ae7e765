"""A run under torchrun: the first rank leads, the others join for training.

Ranks that train wait for each other, so an error during training ends its process at
once, which ends the others. Only after a stop, which all ranks follow after the same
step, does the first rank finish before they exit.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_asist.errors import AsistError
from napari_asist.events import Result, StopFlag, Stopped, Work
from napari_asist.training.ranks import is_lost, ranks, ranks_of_environment
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run_folder.folder import PARTIAL, RunFolder
from napari_asist.workflow.stages import STAGES, Job, Stage

if TYPE_CHECKING:
    from napari_asist.video import Video


class FailedAmidTraining(AsistError):  # noqa: N818 - also says when it failed
    """An error of the first rank while the others train with it."""


def leading(work: Work[Result]) -> Work[Result]:
    """Do the first rank's work, and release the others when it ends.

    Only those waiting for it are released, not those in the middle of training.
    """
    with _loss_explained():
        try:
            result = yield from work
        except FailedAmidTraining:
            raise
        except AsistError:
            _broadcast(None)
            raise
        _broadcast(None)
        return result


def working(stage: Stage, job: Job, folder: Path) -> Work[None]:
    """Run a stage on the first rank, together with the others if it is a training.

    Parameters
    ----------
    stage : Stage
    job : Job
    folder : Path
        Folder in which the stage works.

    Raises
    ------
    FailedAmidTraining
        It fails while training with others, for any reason other than a stop.
    """
    if not stage.trains or ranks_of_environment().size == 1:
        yield from stage.work(job, folder)
        return
    recipe = job.recipe.model_dump(mode="json")
    _broadcast({"stage": stage.name, "recipe": recipe, "radius": job.radius})
    try:
        yield from _until_all_are_done(stage.work(job, folder))
    except Stopped:
        raise
    except AsistError as error:
        raise FailedAmidTraining(str(error)) from error


def following(videos: "Sequence[Video]", out: Path, stop: StopFlag) -> Work[None]:
    """Take part in each training that the first rank starts, until it ends.

    Parameters
    ----------
    videos : sequence of Video
    out : Path
        The run folder, on a disk shared by all ranks.
    stop : StopFlag

    Raises
    ------
    AsistError
        This rank fails, whether or not the others do.
    """
    stopped: Stopped | None = None
    with _loss_explained():
        while (order := ranks().broadcast()) is not None:
            stage = next(stage for stage in STAGES if stage.name == order["stage"])
            folder = out / (stage.folder + PARTIAL)
            if not folder.is_dir():
                raise AsistError(
                    f"{folder}, the first rank's folder, does not exist here; choose a "
                    "run folder on a disk that all processes share."
                )
            recipe = Recipe.model_validate(order["recipe"])
            job = Job(RunFolder(out), recipe, videos, (), stop, order["radius"])
            try:
                yield from _until_all_are_done(stage.work(job, folder))
            except Stopped as error:
                stopped = error
    if stopped:
        raise stopped


def _until_all_are_done(work: Work[None]) -> Work[None]:
    """Do a rank's part of a training, and wait for the others to finish theirs.

    Afterwards the first rank moves the folder, which the others might still be reading.
    """
    stopped: Stopped | None = None
    try:
        yield from work
    except Stopped as error:
        stopped = error
    ranks().any(False)
    if stopped:
        raise stopped


@contextmanager
def _loss_explained() -> Iterator[None]:
    """Report that another rank has ended and cannot be reached."""
    try:
        yield
    except RuntimeError as error:
        if ranks_of_environment().size == 1 or not is_lost(error):
            raise
        raise AsistError(
            "Another training process has ended; see its message for the reason. Run "
            "the same command again to resume."
        ) from error


def _broadcast(order: dict[str, Any] | None) -> None:
    if ranks_of_environment().size > 1:
        ranks().broadcast(order)
