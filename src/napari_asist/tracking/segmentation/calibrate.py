"""Find the foreground level at which a network's outlines match the labels'.

Where a network's score crosses one half depends on its losses, its resolution and how
long it was trained; the published level of 0.5 is arbitrary. The level is
therefore determined on synthetic frames on which the network was not trained.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.embedding.embedder import Embed
from napari_asist.errors import AsistError
from napari_asist.events import Finished, Note, Progress, Started, Work
from napari_asist.labels import LabelArray
from napari_asist.tracking.segmentation.instances import instances
from napari_asist.tracking.segmentation.regions import areas, overlaps
from napari_asist.tracking.settings import TrackingSettings

STAGE = "calibrate"
LEVELS = (0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7)
CLIPS = 6
"""Clips of the video to use."""
LEAST_OVERLAP = 0.5
"""Dice index of foreground and labels below which a network outlines nothing;
clustering would take minutes to show the same."""

UNLEARNED = (
    "The network has not learned enough to outline objects: at best, its foreground "
    "has a Dice index of {:.2f} with synthetic objects, but at least "
    f"{LEAST_OVERLAP:g} is needed; raise embedding.steps."
)

AS_GOOD = 0.01
"""Differences in overlap below this are due to chance."""


@dataclass(frozen=True)
class Level:
    """How well objects are outlined at one foreground level.

    Parameters
    ----------
    level : float
    overlap : float
        Mean Jaccard index of the objects with their detections, 0 for those of which
        less than half was found: SEG of the Cell Tracking Challenge.
    area : float
        Median area of the detections over the objects'.
    """

    level: float
    overlap: float
    area: float


def calibrate_level(
    images: NDArray[np.float32],
    labels: LabelArray,
    embed: Embed,
    settings: TrackingSettings,
    seed: int = 0,
) -> Work[tuple[float | None, list[Level]]]:
    """Choose the foreground level that outlines the objects of a known video best.

    If the foreground of the first clip does not overlap with the objects at any level,
    nothing is clustered, and a note reports this.

    Parameters
    ----------
    images : ndarray of float32, shape (T, Y, X)
        Synthetic frames from -1 to 1 on which no network was trained.
    labels : ndarray of unsigned int, shape (T, Y, X)
        The objects in the frames.
    embed : callable
        See `napari_asist.embedding.embedder.Embed`.
    settings : TrackingSettings
        Its ``foreground_level`` is ignored.
    seed : int

    Returns
    -------
    float or None, list of Level
        The middle one of the levels that are as good as the best, and the results at
        each of `LEVELS`. None and an empty list for a network that has not learned to
        distinguish objects from the background.

    Raises
    ------
    AsistError
        If the video shows no object.
    """
    if not labels.any():
        raise AsistError("The calibration frames show no objects; simulate more.")
    found: dict[float, list[tuple[float, float]]] = {level: [] for level in LEVELS}
    length = min(settings.window, len(images))
    starts = np.unique(np.linspace(0, len(images) - length, CLIPS).astype(int))
    began = time.monotonic()
    yield Started(STAGE, len(starts))
    for number, start in enumerate(starts.tolist()):
        kept = slice(max(0, length - settings.kept), length)
        embedding = embed(images[start : start + length])[kept]
        truth = labels[start : start + length][kept]
        if number == 0 and truth.any():
            dice = foreground_overlap(embedding, truth)
            if dice < LEAST_OVERLAP:
                yield Note(STAGE, UNLEARNED.format(dice))
                yield Finished(STAGE, time.monotonic() - began)
                return None, []
        for level in LEVELS:
            segmented = instances(
                embedding, settings.changed(foreground_level=level), seed
            )
            for frame, own in zip(truth, segmented, strict=True):
                found[level] += fits(frame, own)
        yield Progress(STAGE, number + 1, len(starts))
    curve = [_summary(level, np.array(found[level])) for level in LEVELS]
    highest = max(level.overlap for level in curve)
    good = [level for level in curve if level.overlap > highest - AS_GOOD]
    best = good[len(good) // 2]
    yield Note(
        STAGE,
        f"Outlines fit synthetic frames best at the foreground level {best.level:g} "
        f"(SEG {best.overlap:.3f}, areas {best.area:.2f} of the labels').",
    )
    yield Finished(STAGE, time.monotonic() - began)
    return best.level, curve


def foreground_overlap(embedding: NDArray[np.float32], truth: LabelArray) -> float:
    """Return the Dice index of foreground and objects at the best of `LEVELS`.

    Parameters
    ----------
    embedding : ndarray of float32, shape (k, D, Y, X)
    truth : ndarray of unsigned int, shape (k, Y, X)

    Returns
    -------
    float
        1 if neither shows an object.
    """
    objects, square = truth > 0, embedding[:, 0] ** 2
    indices = []
    for level in LEVELS:
        found = square < level
        total = int(np.count_nonzero(found)) + int(np.count_nonzero(objects))
        both = int(np.count_nonzero(found & objects))
        indices.append(2 * both / total if total else 1.0)
    return max(indices)


def fits(truth: LabelArray, found: NDArray[np.integer]) -> list[tuple[float, float]]:
    """Return the Jaccard index and relative area of each object of a frame.

    Both are 0 if no object of `found` covers more than half of it.
    """
    size, found_size = areas(truth), areas(found)
    result = {int(label): (0.0, 0.0) for label in np.flatnonzero(size[1:]) + 1}
    pairs = overlaps(truth, found)
    for one, other, shared, iou in zip(
        pairs.first, pairs.second, pairs.shared, pairs.iou, strict=True
    ):
        if 2 * shared > size[one]:
            result[int(one)] = (float(iou), float(found_size[other] / size[one]))
    return list(result.values())


def _summary(level: float, found: NDArray[np.float64]) -> Level:
    matched = found[found[:, 1] > 0, 1]
    area = float(np.median(matched)) if len(matched) else 0.0
    return Level(level, float(found[:, 0].mean()), area)
