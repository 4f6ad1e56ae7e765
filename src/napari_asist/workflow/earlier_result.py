"""The result of a run made with other settings, kept aside when it is made anew."""

from pathlib import Path

from napari_asist.workflow.lock import locked
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.record import StageRecord
from napari_asist.workflow.run_folder import PARTIAL, RunFolder

FOLDER = "result"


def set_result_aside(run: Path, recipe: Recipe) -> Path | None:
    """Rename a run's result where other settings of tracking made it.

    Parameters
    ----------
    run : Path
        The run folder.
    recipe : Recipe
        With the settings that are to be used now.

    Returns
    -------
    Path or None
        Where the earlier result is now; None where there was none, or one of the
        same settings.

    Raises
    ------
    AsistError
        The run is in use.
    """
    found = [run / FOLDER, run / (FOLDER + PARTIAL)]
    there = [folder for folder in found if folder.is_dir()]
    wanted = recipe.sections("scaling", "tracking")
    if not there or StageRecord.read(there[0]).settings == wanted:
        return None
    number = 1
    while (aside := run / f"earlier_{FOLDER}_{number}").exists():
        number += 1
    with locked(run):
        return there[0].rename(aside)


def has_model(run: Path | None) -> bool:
    """Whether the embedding network of a run is trained."""
    return run is not None and RunFolder(run).is_done("embedding")
