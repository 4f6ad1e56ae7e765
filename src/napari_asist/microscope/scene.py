"""Short training videos: simulated, rendered, and labeled as people would."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from napari_asist.blur import Image
from napari_asist.estimation.borders import REACH
from napari_asist.estimation.drawn_borders import DrawnBorder, redrawn
from napari_asist.labels import LabelVideo
from napari_asist.microscope.render import Exposure, exposures
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.simulation.simulate import simulate_video


@dataclass(frozen=True, eq=False)
class DrawnScene:
    """Frames with their labels.

    Parameters
    ----------
    counts : ndarray of float32, shape (T, Y, X)
        Counts of the camera, with background and noise; not rounded.
    labels : LabelVideo
    """

    counts: Image
    labels: LabelVideo


def draw_scene(
    simulator: SimulatorSettings,
    microscope: MicroscopeSettings,
    seed: int,
    border: DrawnBorder | Callable[[Image], DrawnBorder],
    reach: int = REACH,
    edge: int = 0,
) -> DrawnScene:
    """Simulate a video, render it, and redraw its labels from the light.

    The objects are rendered with the microscope's own constant border. A label without
    light in a frame is removed there, and its track is cut.

    Parameters
    ----------
    simulator : SimulatorSettings
    microscope : MicroscopeSettings
    seed : int
        The same arguments give the same scene in any process.
    border : DrawnBorder or callable
        A function that takes all frames, before they are cropped, returns it.
    reach : int
        As for `redrawn`.
    edge : int
        Pixels that are simulated beyond each side and cropped: the light of objects
        just outside reaches into the frame.

    Returns
    -------
    DrawnScene

    Raises
    ------
    NoRoomError
        If a requested count cannot be met, with the reason.
    """
    height, width = simulator.field
    wide = simulator.changed(height=height + 2 * edge, width=width + 2 * edge)
    video = simulate_video(wide, seed)
    counts = np.empty(video.labels.shape, np.float32)
    labels = np.empty_like(video.labels)
    exposed: Iterable[Exposure] = exposures(video, microscope, seed, reach=reach)
    if callable(border):
        kept = list(exposed)
        border = border(np.stack([exposure.counts for exposure in kept]))
        exposed = kept
    for time, exposure in enumerate(exposed):
        counts[time] = exposure.counts
        nearest = exposure.outlines.nearest_within(reach)
        labels[time] = redrawn(
            exposure.even, video.labels[time], border, reach, nearest
        )
    rows, columns = slice(edge, edge + height), slice(edge, edge + width)
    cut = LabelVideo(labels, video.tracks).crop(rows, columns)
    return DrawnScene(counts[:, rows, columns], cut)
