"""Keep a run's earlier result when the run is repeated with other settings."""

from pathlib import Path

from napari_asist.workflow.recipe import TRACKING, Recipe
from napari_asist.workflow.run_folder.folder import RunFolder
from napari_asist.workflow.run_folder.lock import locked
from napari_asist.workflow.run_folder.record import RECORD, StageRecord

FOLDER = "result"


def set_result_aside(run: Path, recipe: Recipe) -> Path | None:
    """Rename a run's result if it was made with other tracking settings.

    Parameters
    ----------
    run : Path
        The run folder.
    recipe : Recipe
        With the settings to be used now.

    Returns
    -------
    Path or None
        The new location of the earlier result; None if there was none or its settings
        were the same.

    Raises
    ------
    AsistError
        The run is in use.
    """
    there = RunFolder(run).existing(FOLDER)
    # A folder whose process was killed before writing its record has nothing to keep.
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
    """Whether a run's network is trained."""
    return run is not None and RunFolder(run).is_done("network")
