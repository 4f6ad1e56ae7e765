"""A run on disk: one folder per stage, either complete or marked as partial."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from napari_asist.errors import AsistError
from napari_asist.workflow.run_folder.fingerprint import differences, hash_folder
from napari_asist.workflow.run_folder.record import (
    RECORD,
    StageRecord,
    versions,
)

PARTIAL = ".partial"

RECIPE = "recipe.yaml"

SCRATCH = "cache"
"""Folder within a partial stage that is deleted when the stage is done."""


@dataclass(frozen=True)
class Plan:
    """What a stage is made from.

    Parameters
    ----------
    stage : str
        Name of the stage.
    folder : str
        Its output folder in the run folder.
    settings : mapping
        Sections of the recipe that it reads, as plain data.
    seed : int
        Seed of the recipe.
    after : sequence of str
        Folders of the earlier stages that it reads.
    videos : sequence of str
        SHA-256 of the videos that it reads, in order.
    """

    stage: str
    folder: str
    settings: Mapping[str, Any]
    seed: int
    after: Sequence[str] = ()
    videos: Sequence[str] = ()


@dataclass(frozen=True)
class RunFolder:
    """The stage folders of a run.

    A stage works in ``NAME.partial``. When it is done, the folder is renamed to
    ``NAME`` in one step, so a folder of that name is always complete. Both contain the
    record of what they were made from.

    Parameters
    ----------
    path : Path
    """

    path: Path

    def check(self, plans: Sequence[Plan]) -> None:
        """Reject plans that do not match what the folders were made from.

        Parameters
        ----------
        plans : sequence of Plan
            In the order of the stages.

        Raises
        ------
        AsistError
            States what differs, and which folders to delete.
        """
        for number, plan in enumerate(plans):
            if reason := self._difference(plan):
                later = [self.existing(other.folder) for other in plans[number:]]
                names = [path.name for path in later if path]
                raise AsistError(
                    f"{reason}; choose another --out, or delete "
                    f"{listed(names)} in {self.path} to make "
                    f"{'it' if len(names) == 1 else 'them'} again."
                )

    def is_done(self, folder: str) -> bool:
        """Whether a stage's folder is complete."""
        return (self.path / folder).is_dir()

    def done(self, folder: str) -> Path:
        """Return a stage's complete folder, or raise if the stage is missing."""
        if not self.is_done(folder):
            raise AsistError(
                f"{self.path / folder} does not exist yet; first run its stage, or all "
                "stages with napari-asist run."
            )
        return self.path / folder

    def open(self, plan: Plan) -> Path:
        """Return the folder in which a stage works, including earlier output.

        Parameters
        ----------
        plan : Plan
            Must have passed `check`, for a stage that is not done.
        """
        partial = self.path / (plan.folder + PARTIAL)
        if not (partial / RECORD).exists():
            if partial.exists():  # killed before its record was written
                shutil.rmtree(partial)
            partial.mkdir(parents=True)
            inputs = dict(self._inputs(plan))
            StageRecord(
                plan.stage, dict(plan.settings), plan.seed, inputs, versions()
            ).write(partial)
        return partial

    def spend(self, plan: Plan, seconds: float) -> None:
        """Add time to the record of a partial stage."""
        partial = self.path / (plan.folder + PARTIAL)
        record = StageRecord.read(partial)
        replace(record, seconds=round(record.seconds + seconds, 2)).write(partial)

    def close(self, plan: Plan) -> Path:
        """Mark a stage as done; return its complete folder."""
        partial = self.path / (plan.folder + PARTIAL)
        if (partial / SCRATCH).exists():
            shutil.rmtree(partial / SCRATCH)
        return partial.rename(self.path / plan.folder)

    def existing(self, folder: str) -> Path | None:
        """Return a stage's folder, complete or partial; None if never started."""
        for name in (folder, folder + PARTIAL):
            if (self.path / name).is_dir():
                return self.path / name
        return None

    def _difference(self, plan: Plan) -> str | None:
        existing = self.existing(plan.folder)
        if existing is None or (
            existing.name.endswith(PARTIAL) and not (existing / RECORD).exists()
        ):
            return None
        record = StageRecord.read(existing)
        old = {**record.settings, "seed": record.seed}
        new = {**plan.settings, "seed": plan.seed}
        for name, before, after in differences(old, new):
            return (
                f"{name} is {shown(after)} in the recipe, but {existing.name} was "
                f"made with {shown(before)}"
            )
        for folder in plan.after:
            if not self.is_done(folder):
                return f"{existing.name} was made from {folder}, which no longer exists"
        now = dict(self._inputs(plan))
        for name, _, _ in differences(record.inputs, now):
            return f"{existing.name} was made from a different {name}"
        return None

    def _inputs(self, plan: Plan) -> Iterator[tuple[str, str]]:
        for number, digest in enumerate(plan.videos, 1):
            yield f"video {number}", digest
        for folder in plan.after:
            yield folder, hash_folder(self.done(folder))


def shown(value: Any) -> str:
    """Return a setting for use in a sentence, shortened if it is long."""
    text = "not set" if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def listed(names: Sequence[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


def make_folder(folder: Path) -> None:
    """Create a folder, or report why it cannot be created."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AsistError(
            f"{folder} cannot be created ({error.strerror}); choose another --out."
        ) from error


def is_run(path: Path) -> bool:
    """Return whether a path is a run folder."""
    return (path / RECIPE).is_file() and (path / RECORD).is_file()
