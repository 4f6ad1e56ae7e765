"""A training that was begun with another number of steps: continue, or start again."""

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from napari_asist.events import Note
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run_folder.event_log import EventLog
from napari_asist.workflow.run_folder.folder import PARTIAL, RunFolder
from napari_asist.workflow.run_folder.lock import locked
from napari_asist.workflow.run_folder.record import RECORD, StageRecord

FOLDERS = ("simulated", "synthesis", "training", "network", "result")
"""Folders of the stages; each is made from those before it."""

MASK = "mask"
"""Folder of the second training within that of the stage synthesize, which depends on
the first."""


@dataclass(frozen=True)
class ChangedSteps:
    """A training in a run folder, and how many steps it has and shall have.

    Parameters
    ----------
    stage, folder : str
        The stage, and its folder.
    section : str
        The section of the recipe that sets the steps.
    before, after : mapping of str to int
        The steps that it was begun with, and those that are set now, by the setting's
        name.
    """

    stage: str
    folder: str
    section: str
    before: Mapping[str, int]
    after: Mapping[str, int]

    @property
    def steps(self) -> tuple[int, int]:
        """The first number of steps that has changed: before, and now."""
        name = next(
            name for name in self.after if self.after[name] != self.before[name]
        )
        return self.before[name], self.after[name]


def changed_steps(
    run: Path, recipe: Recipe, stages: Collection[str]
) -> ChangedSteps | None:
    """Return the first training that was begun with another number of steps, if any.

    Parameters
    ----------
    run : Path
        The run folder.
    recipe : Recipe
        With the settings to be used now.
    stages : collection of str
        Names of the stages that are about to run.
    """
    network = "depth" if recipe.engine == "depth" else "embedding"
    for stage, folder, section, names in (
        ("synthesize", "synthesis", "synthesis", ("steps", "mask_steps")),
        ("train", "network", network, ("steps",)),
    ):
        there = RunFolder(run).existing(folder)
        if stage not in stages or there is None or not (there / RECORD).exists():
            continue
        before = StageRecord.read(there).settings.get(section, {})
        now = getattr(recipe, section).model_dump()
        # Where no number is set, the run chooses it.
        known = [name for name in names if name in before and now[name] is not None]
        if any(before[name] != now[name] for name in known):
            return ChangedSteps(
                stage,
                folder,
                section,
                {name: before[name] for name in known},
                {name: now[name] for name in known},
            )
    return None


def continue_with_steps(run: Path, change: ChangedSteps) -> None:
    """Let a training continue where it is, up to another number of steps.

    A training that was done is opened again; what was made from it is set aside, as
    ``earlier_result_1``. A network that has already taken as many steps is finished as
    it is.

    Parameters
    ----------
    run : Path
    change : ChangedSteps

    Raises
    ------
    AsistError
        The run is in use, or its record cannot be read.
    """
    with locked(run):
        folder = RunFolder(run)
        if folder.is_done(change.folder):
            _set_aside_after(folder, change.folder)
            folder.done(change.folder).rename(run / (change.folder + PARTIAL))
        partial = run / (change.folder + PARTIAL)
        if change.before.get("steps") != change.after.get("steps"):
            shutil.rmtree(partial / MASK, ignore_errors=True)
        record = StageRecord.read(partial)
        section: dict[str, Any] = {**record.settings[change.section], **change.after}
        settings = {**record.settings, change.section: section}
        replace(record, settings=settings).write(partial)
        log = EventLog(run)
        old, new = change.steps
        sentence = f"The training continues up to step {new} instead of {old}."
        log.add(Note(change.stage, sentence))
        log.close()


def start_stage_again(run: Path, change: ChangedSteps) -> None:
    """Set a training aside, and all that was made from it, so that it starts again.

    Parameters
    ----------
    run : Path
    change : ChangedSteps
        The training becomes ``earlier_network_1``, or another number.

    Raises
    ------
    AsistError
        The run is in use.
    """
    with locked(run):
        folder = RunFolder(run)
        _set_aside_after(folder, change.folder)
        _set_aside(folder, change.folder)


def _set_aside_after(run: RunFolder, folder: str) -> None:
    """Set aside what was made from a folder, the last first."""
    later = FOLDERS[FOLDERS.index(folder) + 1 :]
    for name in reversed(later):
        _set_aside(run, name)


def _set_aside(run: RunFolder, name: str) -> None:
    there = run.existing(name)
    if there is None:
        return
    number = 1
    while (aside := run.path / f"earlier_{name}_{number}").exists():
        number += 1
    there.rename(aside)
