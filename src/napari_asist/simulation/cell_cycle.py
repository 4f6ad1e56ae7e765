"""Changes of nuclei over the cell cycle: condensed and bright around a division.

The stages and their mean brightness are those of CellCycleGAN (Bähr et al., arXiv
2010.12011, 2020). The same chromatin in less space is brighter, so the brightness of a
stage also indicates how condensed it is.
"""

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import TrackTable, dividing_labels
from napari_asist.settings import Field, Settings

INTERPHASE, PROPHASE, PROMETAPHASE = 39, 43, 66
METAPHASE, ANAPHASE, TELOPHASE = 95, 74, 54

BEFORE = (METAPHASE, PROMETAPHASE, PROPHASE, INTERPHASE)
"""Stages of a mother, from her last frame back in time."""

AFTER = (ANAPHASE, TELOPHASE, INTERPHASE)
"""Stages of a daughter, starting with her first frame."""


class CellCycleSettings(Settings):
    """Effect of a division on the brightness of its nuclei."""

    brightness: float = Field(
        1,
        ge=1,
        le=10,
        description="How many times brighter a nucleus is in the last frame before "
        "its division (metaphase) than usually; the stages around it follow. 1 keeps "
        "the brightness constant, 2.4 is the value of CellCycleGAN.",
    )
    stage_duration: float = Field(
        0.75,
        ge=0.1,
        le=100,
        description="How long each stage of a division takes. 0.75 suits HeLa nuclei "
        "at one frame in 30 minutes: a mother and her daughters stand out in one "
        "frame each.",
        unit="frames",
    )


def condensation(
    tracks: TrackTable, time: int, settings: CellCycleSettings
) -> NDArray[np.float64]:
    """Return the condensation of each track's chromatin in a frame.

    It is interpolated linearly between two stages.

    Parameters
    ----------
    tracks : structured ndarray of `TRACK_DTYPE`
    time : int
        Frame.
    settings : CellCycleSettings

    Returns
    -------
    ndarray of float64, shape (number of tracks,)
        0 in interphase to 1 at metaphase, in the order of the table.
    """
    dividing = dividing_labels(tracks)
    mother = np.isin(tracks["label"], dividing)
    daughter = np.isin(tracks["parent"], dividing)
    degree = np.maximum(
        mother * _stage(tracks["end"] - time, BEFORE, settings.stage_duration),
        daughter * _stage(time - tracks["begin"], AFTER, settings.stage_duration),
    )
    alive = (tracks["begin"] <= time) & (time <= tracks["end"])
    return np.asarray(degree * alive)


def cycle_brightness(
    tracks: TrackTable, time: int, settings: CellCycleSettings
) -> NDArray[np.float64]:
    """Return the brightness of each track in a frame, relative to interphase.

    Parameters
    ----------
    tracks, time, settings
        As for `condensation`.

    Returns
    -------
    ndarray of float64, shape (number of tracks,)
        From 1 to the brightness in the settings, in the order of the table.
    """
    excess = settings.brightness - 1
    return np.asarray(1 + excess * condensation(tracks, time, settings))


def _stage(
    frames: NDArray[np.integer], stages: tuple[int, ...], duration: float
) -> NDArray[np.float64]:
    """Return the condensation a number of frames away from the first stage."""
    degree = (np.array(stages) - INTERPHASE) / (METAPHASE - INTERPHASE)
    return np.asarray(np.interp(frames / duration, np.arange(len(stages)), degree))
