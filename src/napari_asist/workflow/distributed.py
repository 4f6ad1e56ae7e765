"""A run under torchrun: the first rank leads, the others join it in the trainings.

Ranks that train wait for each other, so an error amid a training ends the process that
has it, at once; that ends the others. Only a stop, which all heed after the same step,
lets the first rank finish before they leave.
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


class FailedAmidTraining(AsistError):  # noqa: N818 - it says where, not only what
    """An error of the first rank while the others train with it."""


def leading(work: Work[Result]) -> Work[Result]:
    """Do the first rank's work, and let the others go when it ends.

    Only those that wait for it are let go, not those that are amid a training.
    """
    with _loss_explained():
        try:
            result = yield from work
        except FailedAmidTraining:
            raise
        except AsistError:
            _tell(None)
            raise
        _tell(None)
        return result


def working(stage: Stage, job: Job, folder: Path) -> Work[None]:
    """Do a stage on the first rank, with the others if it is one that trains.

    Parameters
    ----------
    stage : Stage
    job : Job
    folder : Path
        In which it works.

    Raises
    ------
    FailedAmidTraining
        When it trains with others and fails, other than by being stopped.
    """
    if not stage.trains or ranks_of_environment().size == 1:
        yield from stage.work(job, folder)
        return
    recipe = job.recipe.model_dump(mode="json")
    _tell({"stage": stage.name, "recipe": recipe, "radius": job.radius})
    try:
        yield from _until_all_are_done(stage.work(job, folder))
    except Stopped:
        raise
    except AsistError as error:
        raise FailedAmidTraining(str(error)) from error


def following(videos: "Sequence[Video]", out: Path, stop: StopFlag) -> Work[None]:
    """Take part in each training that the first rank begins, until it ends.

    Parameters
    ----------
    videos : sequence of Video
    out : Path
        The run folder, on a disk that all ranks share.
    stop : StopFlag

    Raises
    ------
    AsistError
        When this rank fails, whether or not the others do.
    """
    stopped: Stopped | None = None
    with _loss_explained():
        while (order := ranks().told()) is not None:
            stage = next(stage for stage in STAGES if stage.name == order["stage"])
            folder = out / (stage.folder + PARTIAL)
            if not folder.is_dir():
                raise AsistError(
                    f"{folder}, in which the first rank works, is not there; choose a "
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
    """Do a rank's part of a training, and wait for the parts of the others.

    The first rank moves the folder then, in which the others might still look.
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
    """Say that another rank has ended where it cannot be reached."""
    try:
        yield
    except RuntimeError as error:
        if ranks_of_environment().size == 1 or not is_lost(error):
            raise
        raise AsistError(
            "Another of the processes that train together has ended; it says why. Run "
            "the same command again to go on."
        ) from error


def _tell(order: dict[str, Any] | None) -> None:
    if ranks_of_environment().size > 1:
        ranks().told(order)
