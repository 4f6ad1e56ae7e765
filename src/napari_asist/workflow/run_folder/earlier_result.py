"""The result of a run made with other settings, kept aside when it is made anew."""

from pathlib import Path

from napari_asist.workflow.recipe import TRACKING, Recipe
from napari_asist.workflow.run_folder.folder import RunFolder
from napari_asist.workflow.run_folder.lock import locked
from napari_asist.workflow.run_folder.record import RECORD, StageRecord

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
    there = RunFolder(run).existing(FOLDER)
    # Killed before its record was written, a folder has nothing to keep.
    if there is None or not (there / RECORD).exists():
        return None
    if StageRecord.read(there).settings == recipe.sections(
        *recipe.used(("scaling", *TRACKING))
    ):
        return None
    with locked(run):
        number = 1
        while (aside := run / f"earlier_{FOLDER}_{number}").exists():
            number += 1
        return there.rename(aside)


def has_model(run: Path | None) -> bool:
    """Whether the network of a run is trained."""
    return run is not None and RunFolder(run).is_done("network")
