"""Runs of frames with detections at given positions, to test the measurements."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_asist.estimation.detect import DETECTION_DTYPE, Detections
from napari_asist.estimation.frame_pairs import Run

RADIUS = 10.0
FIELD = (400, 400)


def detections(places: ArrayLike, radius: ArrayLike = RADIUS) -> Detections:
    """Return circles at positions, shape (n, 2), as y and x."""
    points = np.asarray(places, float).reshape(-1, 2)
    found = np.zeros(len(points), DETECTION_DTYPE)
    found["y"], found["x"] = points.T
    found["radius"] = radius
    found["length"] = found["width"] = 2 * found["radius"]
    found["brightness"] = 100
    found["whole"] = True
    return found


def run_of(*frames: Detections) -> Run:
    """Return a run of frames of `FIELD`."""
    return Run(frames, RADIUS, FIELD)


def grid(step: int = 80) -> NDArray[np.float64]:
    """Return positions far apart from each other, shape (16, 2) at 80 px."""
    line = np.arange(80, 400, step)
    return (
        np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2) * 1.0
    )
