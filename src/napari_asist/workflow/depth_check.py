"""Check a trained depth network on scenes that it has never seen."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.depth.settings import DepthSettings
from napari_asist.events import Note, Work
from napari_asist.labels import LabelVideo, labels_in
from napari_asist.resampling import STANDARD_RADIUS
from napari_asist.scaling import IntensityScaling
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.workflow.run_folder.record import write_json

HELD_OUT = "held_out.json"
"""File next to the model with the result of the check."""

POOR = 0.5
"""Mean overlap below which the network has not learned to outline objects."""


@dataclass(frozen=True)
class OutlineScores:
    """How well a network outlines objects whose true outlines are known.

    Parameters
    ----------
    objects : int
        True objects, counted in every frame.
    found : int
        True objects of which one outline covers more than half, as in SEG (Ulman et
        al., Nature Methods 14, 2017).
    spurious : int
        Outlines that match no true object.
    overlap : float
        Mean Jaccard index over all true objects, 0 for those not found; 1 if there are
        no true objects.
    """

    objects: int
    found: int
    spurious: int
    overlap: float

    def sentence(self, steps: int) -> str:
        """Return a summary, with advice if the network is poor.

        Parameters
        ----------
        steps : int
            Steps of the training.
        """
        known = (
            "In synthetic frames not used for training, the network outlines "
            f"{self.found} of {self.objects} objects and adds {self.spurious} spurious "
            f"ones; the mean overlap is {self.overlap:.2f}"
        )
        if self.overlap >= POOR:
            return f"{known} (Jaccard index)."
        return (
            f"{known} (Jaccard index), too low for tracking: delete the folders "
            f"network and result, increase depth.steps above {steps}, and run again."
        )


def compared(truth: NDArray[np.integer], found: NDArray[np.integer]) -> OutlineScores:
    """Compare the outlines in one frame with the true ones.

    Parameters
    ----------
    truth, found : ndarray of int, shape (Y, X)
    """
    n_found = int(found.max(initial=0)) + 1
    pairs = truth.astype(np.int64) * n_found + found
    shape = int(truth.max(initial=0)) + 1, n_found
    shared = np.bincount(pairs.ravel(), minlength=shape[0] * n_found).reshape(shape)
    areas, sizes = shared.sum(axis=1), shared.sum(axis=0)
    objects = labels_in(truth)
    # Background is never matched.
    shared[:, 0] = 0
    best = shared.argmax(axis=1)
    inside = shared.max(axis=1)
    matched = objects[2 * inside[objects] > areas[objects]]
    overlap = inside[matched] / (areas + sizes[best] - inside)[matched]
    spurious = len(set(labels_in(found).tolist()) - set(best[matched].tolist()))
    mean = float(overlap.sum() / len(objects)) if len(objects) else 1.0
    return OutlineScores(len(objects), len(matched), spurious, mean)


def joined(parts: Sequence[OutlineScores]) -> OutlineScores:
    """Add up the results of several frames."""
    objects = sum(part.objects for part in parts)
    total = sum(part.objects * part.overlap for part in parts)
    return OutlineScores(
        objects,
        sum(part.found for part in parts),
        sum(part.spurious for part in parts),
        total / objects if objects else 1.0,
    )


def check_depth(
    videos: Sequence[tuple[NDArray[np.float32], LabelVideo]],
    model: Path,
    scaling: IntensityScaling,
    depth: DepthSettings,
    tracking: DepthTrackingSettings,
) -> Work[None]:
    """Report how well a trained network outlines the objects of some videos.

    The run continues either way: users may want to see the output of a poor network.

    Parameters
    ----------
    videos : sequence of (ndarray of float32 (T, Y, X), LabelVideo)
        Frames on the networks' scale, and their labels; none were used for training.
    model : Path
        ``held_out.json`` is written next to it.
    scaling : IntensityScaling
    depth : DepthSettings
        Determines the device.
    tracking : DepthTrackingSettings
    """
    from napari_asist.depth.maps import load_depth_model
    from napari_asist.tracking.depth.grid import Grid
    from napari_asist.tracking.depth.objects import segment

    network = load_depth_model(model, depth.device)
    parts = []
    for images, video in videos:
        shape = images.shape[1:]
        grid = Grid(shape, shape, STANDARD_RADIUS)
        maps = network.maps_of_scaled(images, scaling)
        for predicted, truth in zip(maps, video.labels, strict=True):
            parts.append(compared(truth, segment(predicted, grid, tracking).labels))
    outlined = joined(parts)
    write_json(model.with_name(HELD_OUT), asdict(outlined))
    yield Note("train", outlined.sentence(depth.steps))
