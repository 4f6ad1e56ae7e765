"""Synthetic frames of a run, one at a time, even before the run has made them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.events import result_of
from napari_asist.resampling import (
    STANDARD_RADIUS,
    resampled,
    scale_factor,
    standard_shape,
)
from napari_asist.scaling import fit_scaling
from napari_asist.workflow.joined_frames import JoinedFrames, at_scale
from napari_asist.workflow.prepared import prepared
from napari_asist.workflow.recipe import read_recipe
from napari_asist.workflow.run_folder.folder import PARTIAL, RECIPE
from napari_asist.workflow.run_folder.record import recorded_videos
from napari_asist.workflow.scale import in_shape, kept_radius
from napari_asist.workflow.seeds import derive_seed

if TYPE_CHECKING:
    from napari_asist.labels import LabelVideo
    from napari_asist.simulation.settings import SimulatorSettings
    from napari_asist.synthesis.single_frame import FrameEngine

FOLDER = "synthesis"
FILES = ("generators.safetensors", "main/checkpoint.safetensors", "microscope.json")
"""What `load_engine` can read, in order of preference."""


@dataclass(frozen=True)
class SyntheticPreview:
    """Draws frames as in the run's training video 01.

    Parameters
    ----------
    engine : FrameEngine
    background : float
        Background level of the run's video, in counts.
    factor : float
        Factor by which the run's frames are resampled.
    """

    engine: "FrameEngine"
    background: float
    factor: float = 1.0

    def at_scale(self, annotation: "LabelVideo") -> "LabelVideo":
        """Resample labels in px of the video to the scale of the networks."""
        return in_shape(
            annotation, standard_shape(annotation.labels.shape, self.factor)
        )

    def frame(
        self, annotation: "LabelVideo", simulator: "SimulatorSettings", time: int
    ) -> NDArray[np.float32]:
        """Draw a frame as `FrameEngine.draw` does, in counts and px of the real video.

        Parameters
        ----------
        annotation : LabelVideo
            See `at_scale`.
        simulator : SimulatorSettings
            The settings that made the labels, in px of the video.
        time : int

        Returns
        -------
        ndarray of float32, shape (Y, X)
            With the simulator's height and width.
        """
        from napari_asist.simulation.rescale import rescaled

        settings = rescaled(simulator, self.factor)
        drawn = self.engine.draw(annotation, settings, time)
        counts = self.engine.scaling.to_counts(drawn) + np.float32(self.background)
        return resampled(counts, simulator.field)


def preview_file(run: Path | None) -> Path | None:
    """Return the weights that can draw a run's frames, or None.

    Parameters
    ----------
    run : Path or None
        Its training may still be running.
    """
    if run is None:
        return None
    folders = (run / FOLDER, run / (FOLDER + PARTIAL))
    paths = (folder / name for folder in folders for name in FILES)
    return next((path for path in paths if path.exists()), None)


def load_preview(run: Path) -> SyntheticPreview:
    """Load what draws a run's synthetic frames, with the run's scaling.

    Parameters
    ----------
    run : Path

    Raises
    ------
    AsistError
        The run has no generator yet, or its video cannot be read.
    """
    from napari_asist.synthesis.single_frame import load_engine
    from napari_asist.video import open_video

    path = preview_file(run)
    if path is None:
        raise AsistError(
            f"{run} has no generator yet; wait for the first checkpoint of its "
            "synthesis."
        )
    recipe = read_recipe(run / RECIPE)
    paths, channel = recorded_videos(run)
    opened = [open_video(path, channel) for path in paths]
    videos = result_of(prepared(opened, recipe))
    factor = scale_factor(kept_radius(run) or STANDARD_RADIUS)
    frames = JoinedFrames(
        [at_scale(video.frames, factor) for video in videos]
    ).cropped()
    scaling = fit_scaling(frames, recipe.scaling)
    seed = derive_seed(recipe.seed, "refine", 1)
    engine = load_engine(path, recipe.synthesis, scaling, seed)
    background = float(np.median(frames[0].astype(np.float32)))
    return SyntheticPreview(engine, background, factor)
