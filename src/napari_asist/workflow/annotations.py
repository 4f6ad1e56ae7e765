"""Annotation videos on disk."""

from pathlib import Path

from napari_asist.events import Finished, Progress, Started, StopFlag, Work
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.workflow.seeds import derive_seed

STAGE = "simulate"


def annotation_seed(seed: int) -> int:
    """Return the seed of the annotation videos, given the recipe's."""
    return derive_seed(seed, STAGE)


def write_annotations(
    settings: SimulatorSettings, seed: int, folder: Path, stop: StopFlag
) -> Work[list[Path]]:
    """Simulate annotation videos as truth folders ``01_GT``, ``02_GT``, ….

    Parameters
    ----------
    settings : SimulatorSettings
        Say how many videos.
    seed : int
        Seed of the recipe.
    folder : Path
        Videos that are there already are kept.
    stop : StopFlag

    Returns
    -------
    list of Path
        The truth folders.
    """
    import time

    from napari_asist.ctc import write_ctc
    from napari_asist.simulation.simulate import simulate_video

    started = time.monotonic()
    own_seed = annotation_seed(seed)
    folders = [folder / f"{number + 1:02d}_GT" for number in range(settings.videos)]
    yield Started(STAGE, len(folders), "videos")
    for number, truth in enumerate(folders):
        stop.raise_if_set()
        if not truth.exists():
            video = simulate_video(settings, own_seed, number)
            write_ctc(video, truth, "truth")
        yield Progress(STAGE, number + 1, len(folders))
    yield Finished(STAGE, time.monotonic() - started)
    return folders
