"""What would stop a run hours later is found before its first stage."""

import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from dask.utils import format_bytes

from napari_asist.errors import AsistError
from napari_asist.training.settings import TrainingSettings
from napari_asist.workflow.recipe import NETWORK, Recipe

if TYPE_CHECKING:
    from napari_asist.video import Video

COPIES = 3
"""How often the labels of a video are on the disk while it is tracked: in two files
that trackers work on, and in the result's draft."""


def refuse_impossible(
    run: Path, videos: "Sequence[Video]", recipe: Recipe, stages: Collection[str]
) -> None:
    """Raise an error if stages need what is not there: a device, a cluster, space.

    Parameters
    ----------
    run : Path
        The run folder.
    videos : sequence of Video
    recipe : Recipe
    stages : collection of str
        Names of the stages that are still to be done.

    Raises
    ------
    AsistError
        Says what is missing, and which setting to change.
    """
    _refuse_devices(recipe, stages)
    if "refine" in stages and recipe.refinement.scheduler:
        from napari_asist.refinement.workers import connect

        with connect(recipe.refinement.scheduler):
            pass
    if "track" in stages:
        _refuse_full_disk(run, videos)


def _refuse_devices(recipe: Recipe, stages: Collection[str]) -> None:
    from napari_asist.training.device import choose_device

    sections = ["synthesis"] if "synthesize" in stages else []
    if {"train", "track"}.intersection(stages):
        sections += NETWORK
    for name in recipe.used(sections):
        section = getattr(recipe, name)
        if not isinstance(section, TrainingSettings):
            continue
        try:
            choose_device(section.device)
        except AsistError as error:
            raise AsistError(f"{name}.device: {error}") from error


def _refuse_full_disk(run: Path, videos: "Sequence[Video]") -> None:
    """Raise an error unless the labels of the largest video fit on the disk."""
    label = np.dtype(np.uint16).itemsize
    pixels = max(int(np.prod(video.frames.shape, dtype=np.int64)) for video in videos)
    needed, free = COPIES * label * pixels, shutil.disk_usage(run).free
    if free < needed:
        raise AsistError(
            f"{run} is on a disk with {format_bytes(free)} left, but tracking needs "
            f"{format_bytes(needed)}; free some space, or choose another --out."
        )
