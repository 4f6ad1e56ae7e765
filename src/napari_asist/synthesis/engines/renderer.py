"""The virtual microscope as an engine of synthesis, fitted instead of trained."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from napari_asist.errors import AsistError
from napari_asist.estimation.borders import REACH
from napari_asist.estimation.detect import VISIBLE_BORDER
from napari_asist.estimation.drawn_borders import drawn_border, redrawn
from napari_asist.events import Note, Progress, Started, Work
from napari_asist.labels import LabelVideo
from napari_asist.microscope.fit import fitting_microscope
from napari_asist.microscope.render import exposures, rendered_frames
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.synthesis.synthetic_video import SyntheticVideo, empty_synthetic

STAGE = "synthesize"
MICROSCOPE = "microscope.json"


def fit_renderer(
    frames: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    simulator: SimulatorSettings,
    folder: Path,
) -> Work[MicroscopeSettings]:
    """Fit the virtual microscope to raw frames and write its settings.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Raw frames of the microscope videos, numpy or dask.
    simulator : SimulatorSettings
        Determines whether objects are nuclei or sticks. If it has a cell cycle, nuclei
        brighten accordingly; otherwise, the virtual microscope's default is used. Its
        border is used for the objects, or `VISIBLE_BORDER` if it depends on their
        brightness.
    folder : Path
        Receives ``microscope.json``.

    Returns
    -------
    MicroscopeSettings
        Returned by the generator; see `napari_asist.events`.

    Raises
    ------
    AsistError
        If nothing stands out from the background.
    """
    border = VISIBLE_BORDER if simulator.border is None else simulator.border
    settings = yield from fitting_microscope(frames, simulator.saddle, border=border)
    settings = settings.changed(border=border)
    if simulator.brightening.brightness > 1:
        settings = settings.changed(cell_cycle=simulator.brightening)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / MICROSCOPE
    path.write_text(settings.model_dump_json(indent=2) + "\n", "utf-8")
    yield Note(STAGE, f"Wrote the microscope's settings to {path}.")
    return settings


def load_renderer(folder: Path) -> MicroscopeSettings:
    """Read the settings written by `fit_renderer`.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    AsistError
        If they are missing or cannot be read.
    """
    path = folder / MICROSCOPE
    try:
        return MicroscopeSettings.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise AsistError(f"{path} is missing; fit the renderer first.") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise AsistError(
            f"{path} does not contain a microscope's settings; delete it and run the "
            "same command again."
        ) from error


def render_synthetic(
    annotation: LabelVideo,
    simulator: SimulatorSettings,
    scaling: IntensityScaling,
    folder: Path,
    seed: int,
    scratch: Path | None = None,
) -> Work[SyntheticVideo]:
    """Draw a synthetic video for an annotation video with the fitted microscope.

    Its labels are redrawn from the noise-free light of the objects, so they end where
    the simulator's border setting puts outlines.

    Parameters
    ----------
    annotation : LabelVideo
    simulator : SimulatorSettings
        The settings that made the annotation.
    scaling : IntensityScaling
        The networks' scale.
    folder : Path
        Where `fit_renderer` wrote its settings.
    seed : int
        Determines brightness, texture and noise.
    scratch : Path, optional
        Folder for frames and masks; see `empty_synthetic`.

    Returns
    -------
    SyntheticVideo
        With labels, whose foreground also serves as the masks.

    Raises
    ------
    AsistError
        If nothing was fitted yet.
    """
    settings = load_renderer(folder)
    border = drawn_border(simulator, scaling)
    video = empty_synthetic(annotation, scratch, with_labels=True)
    assert video.labels is not None
    yield Started(STAGE, len(annotation))
    for time, exposure in enumerate(exposures(annotation, settings, seed, reach=REACH)):
        nearest = exposure.outlines.nearest_within(REACH)
        labels = redrawn(exposure.even, annotation.labels[time], border, REACH, nearest)
        video.images[time] = scaling.apply(exposure.counts)
        video.labels[time], video.masks[time] = labels, labels > 0
        video.release()
        yield Progress(STAGE, time + 1, len(annotation))
    return video


def render_frames(
    annotation: LabelVideo,
    times: range,
    settings: MicroscopeSettings,
    scaling: IntensityScaling,
    seed: int,
) -> NDArray[np.float32]:
    """Draw some successive frames for an annotation video.

    Parameters
    ----------
    annotation : LabelVideo
    times : range
    settings : MicroscopeSettings
        From `fit_renderer`.
    scaling : IntensityScaling
        The networks' scale.
    seed : int
        Determines brightness, texture and noise.

    Returns
    -------
    ndarray of float32, shape (len(times), Y, X)
        -1 to 1, and above for pixels brighter than nearly the whole video.
    """
    frames = rendered_frames(annotation, settings, seed, times.start)
    return np.stack([scaling.apply(frame) for frame in islice(frames, len(times))])
