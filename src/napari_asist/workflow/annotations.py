"""Simulated label videos on disk."""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from napari_asist.errors import AsistError
from napari_asist.events import Finished, Progress, Started, StopFlag, Work
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.workflow.run_folder.record import write_json
from napari_asist.workflow.seeds import derive_seed

if TYPE_CHECKING:
    from napari_asist.labels import LabelVideo
    from napari_asist.workflow.recipe import Recipe

STAGE = "simulate"


def annotation_seed(seed: int) -> int:
    """Return the seed of the label videos, derived from the recipe's seed."""
    return derive_seed(seed, STAGE)


def write_annotations(
    settings: SimulatorSettings, seed: int, folder: Path, stop: StopFlag
) -> Work[list[Path]]:
    """Simulate label videos as ground truth folders ``01_GT``, ``02_GT``, ….

    Parameters
    ----------
    settings : SimulatorSettings
        These include the number of videos.
    seed : int
        Seed of the recipe.
    folder : Path
        Existing videos are kept.
    stop : StopFlag
        Checked before each frame; no partial video is left behind.

    Returns
    -------
    list of Path
        The ground truth folders.
    """
    from napari_asist.simulation.simulate import simulate_video

    video_of = partial(simulate_video, settings, annotation_seed(seed), stop=stop)
    return write_videos(video_of, settings.videos, folder, stop)


def writing_annotations(
    recipe: "Recipe", folder: Path, stop: StopFlag
) -> Work[list[Path]]:
    """Simulate the label videos of a recipe into a folder, with the recipe beside them.

    Parameters
    ----------
    recipe : Recipe
        Has a ``simulation``.
    folder : Path
        Existing videos that were made with the same settings are kept.
    stop : StopFlag

    Raises
    ------
    AsistError
        The folder is in use, or has other contents.
    """
    from napari_asist.workflow.recipe import write_recipe
    from napari_asist.workflow.run_folder.claim import claimed
    from napari_asist.workflow.run_folder.folder import RECIPE

    assert recipe.simulation is not None
    refuse_other_videos(folder, recipe)
    with claimed(folder):
        write_recipe(recipe, folder / RECIPE)
        return (
            yield from write_annotations(recipe.simulation, recipe.seed, folder, stop)
        )


def refuse_other_videos(folder: Path, recipe: "Recipe") -> None:
    """Raise an error if a folder has contents other than a recipe's label videos."""
    from napari_asist.workflow.recipe import read_recipe
    from napari_asist.workflow.run_folder.claim import refuse_other_folder
    from napari_asist.workflow.run_folder.folder import RECIPE

    refuse_other_folder(folder)
    path = folder / RECIPE
    before = read_recipe(path) if path.exists() else None
    is_same = before is not None and _decisive(before) == _decisive(recipe)
    if not is_same and (before or any(folder.glob("*_GT"))):
        raise AsistError(
            f"{folder} contains videos that were not made with these settings; choose "
            "another folder, or delete them and recipe.yaml."
        )


def _decisive(recipe: "Recipe") -> object:
    """Return all settings that determine a simulated video; their number does not."""
    simulation = recipe.simulation
    return recipe.seed, simulation and simulation.changed(videos=1)


def write_preset(
    name: str, seed: int, folder: Path, stop: StopFlag
) -> Work[list[Path]]:
    """Simulate one of the paper's video sets as ground truth folders.

    Parameters
    ----------
    name : str
        A name in `napari_asist.simulation.paper_sets.SIMULATION_PRESETS`.
    seed : int
        Seed of the set.
    folder : Path
        Folder for the videos and ``preset.json``; existing videos of the same set and
        seed are kept.
    stop : StopFlag

    Raises
    ------
    AsistError
        There is no such set or seed, or the folder contains other videos.
    """
    from napari_asist.simulation.paper_sets import preset_length, preset_video
    from napari_asist.workflow.recipe import make_recipe
    from napari_asist.workflow.run_folder.claim import claimed

    make_recipe(changes=[{"seed": seed}])  # checks it
    length, requested = preset_length(name), {"preset": name, "seed": seed}
    with claimed(folder):
        note = folder / "preset.json"
        is_same = note.exists() and json.loads(note.read_text("utf-8")) == requested
        if not is_same and any(folder.glob("*_GT")):
            raise AsistError(
                f"{folder} contains videos that do not belong to the set {name} with "
                f"seed {seed}; choose another --out, or delete them."
            )
        write_json(note, requested)
        video_of = partial(preset_video, name, annotation_seed(seed), stop=stop)
        return (yield from write_videos(video_of, length, folder, stop))


def write_videos(
    video_of: Callable[[int], "LabelVideo"], count: int, folder: Path, stop: StopFlag
) -> Work[list[Path]]:
    """Write videos as numbered ground truth folders, keeping existing ones."""
    from napari_asist.ctc import write_ctc

    started = time.monotonic()
    folders = [folder / f"{number + 1:02d}_GT" for number in range(count)]
    yield Started(STAGE, len(folders), "videos")
    for number, truth in enumerate(folders):
        stop.raise_if_set()
        if not truth.exists():
            write_ctc(video_of(number), truth, "truth", stop)
        yield Progress(STAGE, number + 1, len(folders))
    yield Finished(STAGE, time.monotonic() - started)
    return folders
