"""How long the stages of a run may take, from what they took in earlier runs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_asist.errors import AsistError
from napari_asist.workflow.recipe import Recipe, read_recipe
from napari_asist.workflow.run_folder.folder import RECIPE, is_run
from napari_asist.workflow.run_folder.record import RECORD, machine

MOST_RUNS = 5
"""Earlier runs that are read, the latest first."""


@dataclass(frozen=True)
class Workload:
    """How a stage works, and how much it has to do.

    Parameters
    ----------
    method : str
        Only stages with the same method can be compared.
    amount : float
        In units of the method; the time is proportional to it.
    """

    method: str
    amount: float


def expected_seconds(
    run: Path, recipe: Recipe, pixels: int, stages: tuple[str, ...]
) -> dict[str, float]:
    """Return how long stages may take, from the runs in the same folder as this one.

    Parameters
    ----------
    run : Path
        The run folder.
    recipe : Recipe
        Has a ``simulation``.
    pixels : int
        Of the videos, in all frames.
    stages : tuple of str
        Names of stages.

    Returns
    -------
    dict of str to float
        Seconds, for stages that an earlier run has done in the same way on this
        machine; the latest one counts.
    """
    wanted = {stage: work_of(stage, recipe, pixels) for stage in stages}
    expected: dict[str, float] = {}
    for earlier, record in _earlier_runs(run):
        try:
            other = read_recipe(earlier / RECIPE)
            frames = [video["frames"] for video in record["videos"]]
            seconds = dict(record["seconds"])
        except (AsistError, KeyError, TypeError, ValueError):
            continue
        size = sum(count * height * width for count, height, width in frames)
        for stage, work in wanted.items():
            done = work_of(stage, other, size)
            if done.method == work.method and stage in seconds and done.amount:
                found = float(seconds[stage]) * work.amount / done.amount
                expected.setdefault(stage, found)
    return expected


def work_of(stage: str, recipe: Recipe, pixels: int) -> Workload:
    """Return how a stage works, and how much it has to do.

    Parameters
    ----------
    stage : str
    recipe : Recipe
        Has a ``simulation``.
    pixels : int
        Of the videos, in all frames.
    """
    simulation = recipe.simulation
    drawn = 0
    if simulation is not None:
        height, width = simulation.field
        drawn = simulation.videos * simulation.frames * height * width
    engine, synthesis = recipe.engine, recipe.synthesis
    if stage == "simulate":
        return Workload(simulation.kind if simulation else "", drawn)
    if stage == "synthesize" and synthesis.engine == "renderer":
        return Workload("renderer", 1)
    if stage == "synthesize":
        steps = synthesis.steps + synthesis.mask_steps
        return Workload(
            f"{synthesis.engine} {synthesis.device}", steps * synthesis.patch**2
        )
    if stage == "refine":
        return Workload(f"{synthesis.engine} {recipe.refinement.deformation}", drawn)
    network = recipe.network
    if stage == "train":
        depth, embedding = recipe.depth, recipe.embedding
        amount = embedding.steps * embedding.batch * embedding.patch**2
        if engine == "depth":
            amount = depth.total_steps * depth.batch * depth.patch**2
        return Workload(f"{engine} {network.device}", amount)
    return Workload(f"{engine} {network.device}", pixels)


def _earlier_runs(run: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the latest runs beside this one that were made on this machine."""
    beside = run.resolve().parent
    try:
        found = [path for path in beside.iterdir() if path != run.resolve()]
        runs = [path for path in found if is_run(path)]
        runs.sort(key=lambda path: -(path / RECORD).stat().st_mtime)
    except OSError:
        return
    here = machine()
    for path in runs[:MOST_RUNS]:
        try:
            record = json.loads((path / RECORD).read_text(encoding="utf-8"))
            is_same = record["machine"] == here
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if is_same:
            yield path, record
