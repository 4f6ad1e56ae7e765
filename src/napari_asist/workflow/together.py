"""A run under torchrun: the first rank leads, the others join it in the trainings."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_asist.errors import AsistError
from napari_asist.events import Result, StopFlag, Work
from napari_asist.training.ranks import ranks, ranks_of_environment
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run_folder import PARTIAL, RunFolder
from napari_asist.workflow.stages import STAGES, Job, Stage

if TYPE_CHECKING:
    from napari_asist.video import Video


def leading(work: Work[Result]) -> Work[Result]:
    """Do the first rank's work, and let the others go when it ends.

    An error that is not foreseen lets nobody go, for the others may be amid a
    training: torchrun ends them.
    """
    try:
        result = yield from work
    except AsistError:
        _tell(None)
        raise
    _tell(None)
    return result


def call_others(stage: Stage, job: Job) -> None:
    """Have the other ranks take part in a stage, if it is one that trains."""
    if stage.trains:
        recipe = job.recipe.model_dump(mode="json")
        _tell({"stage": stage.name, "recipe": recipe, "radius": job.radius})


def following(videos: "Sequence[Video]", out: Path, stop: StopFlag) -> Work[None]:
    """Take part in each training that the first rank begins, until it ends.

    Parameters
    ----------
    videos : sequence of Video
    out : Path
        The run folder, on a disk that all ranks share.
    stop : StopFlag
    """
    ended: AsistError | None = None
    while (order := ranks().told()) is not None:
        job = Job(
            RunFolder(out),
            Recipe.model_validate(order["recipe"]),
            videos,
            (),
            stop,
            order["radius"],
        )
        stage = next(stage for stage in STAGES if stage.name == order["stage"])
        try:
            yield from stage.work(job, out / (stage.folder + PARTIAL))
        except AsistError as error:
            ended = error  # the first rank has the same and will say so
    if ended:
        raise ended


def _tell(order: dict[str, Any] | None) -> None:
    if ranks_of_environment().size > 1:
        ranks().told(order)
