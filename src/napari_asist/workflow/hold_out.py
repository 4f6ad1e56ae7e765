"""Synthetic frames kept out of training, used to calibrate outlines."""

import csv
from pathlib import Path

from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.events import Note, StopFlag, Work
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.workflow.annotations import annotation_seed

HOLD_OUT = "hold_out"
FRAMES = 12
"""Frames of the hold-out video: about a hundred objects, and at most a minute of
work."""


def write_hold_out(
    settings: SimulatorSettings, seed: int, folder: Path, stop: StopFlag
) -> None:
    """Simulate one more label video, ``hold_out_GT``, and keep its first frames.

    Parameters
    ----------
    settings : SimulatorSettings
    seed : int
        Seed of the recipe.
    folder : Path
        The folder of the stage simulate; an existing video is kept.
    stop : StopFlag
        Checked before each frame; no partial video is left behind.
    """
    from napari_asist.ctc import write_ctc
    from napari_asist.simulation.simulate import simulate_video

    truth = folder / f"{HOLD_OUT}_GT"
    if not truth.exists():
        video = simulate_video(settings, annotation_seed(seed), settings.videos, stop)
        write_ctc(video.until(FRAMES), truth, "truth", stop)


def calibrate(
    training: Path,
    model: Path,
    embedding: EmbeddingSettings,
    tracking: TrackingSettings,
    seed: int,
) -> Work[None]:
    """Choose a trained network's foreground level on the hold-out video.

    The level is stored in the model's file with the settings for its use, and the curve
    next to it in ``calibration.csv``. A network that has not learned to outline objects
    keeps the published level.

    Parameters
    ----------
    training : Path
        Contains ``hold_out`` and ``hold_out_GT``.
    model : Path
    embedding : EmbeddingSettings
        Determines the device.
    tracking : TrackingSettings
        If it sets a level, nothing is done.
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
        yield Note("calibrate", f"{truth} is missing; skipping outline calibration.")
        return
    images, video = read_training_video(truth)
    embed = load_embedder(model, embedding.device)
    if not video.labels.any():
        yield Note("calibrate", f"{truth} is empty; skipping outline calibration.")
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
    """Return settings with the level from the model's file, unless they set one."""
    from napari_asist.embedding.embedder import settings_of_use

    if tracking.foreground_level is not None:
        return tracking
    kept = settings_of_use(model).get("tracking", {}).get("foreground_level")
    return tracking if kept is None else tracking.changed(foreground_level=kept)
