"""Synthetic frames that no network is trained on, to calibrate outlines with."""

import csv
from pathlib import Path

from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.events import Note, Work
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.workflow.annotations import annotation_seed

HOLD_OUT = "hold_out"
FRAMES = 12
"""Frames of the hold-out video: some hundred objects, and a minute's work at most."""


def write_hold_out(settings: SimulatorSettings, seed: int, folder: Path) -> None:
    """Simulate one annotation video more, ``hold_out_GT``, and keep its beginning.

    Parameters
    ----------
    settings : SimulatorSettings
    seed : int
        Seed of the recipe.
    folder : Path
        The stage simulate's; a video that is there already is kept.
    """
    from napari_asist.ctc import write_ctc
    from napari_asist.simulation.simulate import simulate_video

    truth = folder / f"{HOLD_OUT}_GT"
    if not truth.exists():
        video = simulate_video(settings, annotation_seed(seed), settings.videos)
        write_ctc(video.until(FRAMES), truth, "truth")


def calibrate(
    training: Path,
    model: Path,
    embedding: EmbeddingSettings,
    tracking: TrackingSettings,
    seed: int,
) -> Work[None]:
    """Choose the foreground level of a trained network on the hold-out video.

    The level is kept in the model's file among the settings of its use, and the curve
    beside it in ``calibration.csv``. A network that has not learned to outline objects
    keeps the published level.

    Parameters
    ----------
    training : Path
        Holds ``hold_out`` and ``hold_out_GT``.
    model : Path
    embedding : EmbeddingSettings
        Tells the device.
    tracking : TrackingSettings
        Nothing is done where it states a level.
    seed : int
    """
    from napari_asist.embedding.embedder import (
        load_embedder,
        set_settings_of_use,
        settings_of_use,
    )
    from napari_asist.tracking.segmentation.calibrate import calibrate_level
    from napari_asist.workflow.run_folder.training_data import read_training_video

    if tracking.foreground_level is not None:
        return
    truth = training / f"{HOLD_OUT}_GT"
    if not truth.exists():
        yield Note("calibrate", f"{truth} is missing; outlines are not calibrated.")
        return
    images, video = read_training_video(truth)
    embed = load_embedder(model, embedding.device)
    if not video.labels.any():
        yield Note("calibrate", f"{truth} is empty; outlines are not calibrated.")
        return
    level, curve = yield from calibrate_level(
        images, video.labels, embed, tracking, seed
    )
    if level is None:
        return
    with model.with_name("calibration.csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("level", "overlap", "area"))
        table.writerows((point.level, point.overlap, point.area) for point in curve)
    use = settings_of_use(model)
    use["tracking"] = {**use.get("tracking", {}), "foreground_level": level}
    set_settings_of_use(model, use)


def calibrated(tracking: TrackingSettings, model: Path) -> TrackingSettings:
    """Return settings with the level that the model's file keeps, if none is stated."""
    from napari_asist.embedding.embedder import settings_of_use

    if tracking.foreground_level is not None:
        return tracking
    kept = settings_of_use(model).get("tracking", {}).get("foreground_level")
    return tracking if kept is None else tracking.changed(foreground_level=kept)
