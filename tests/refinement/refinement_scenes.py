"""Scenes of circles and ellipses whose true labels are known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_asist.labels import LabelVideo
from napari_asist.refinement.refine import Refined

Labels = NDArray[np.uint16]
SHAPE = (96, 96)
BRIGHT, DARK = 0.6, -0.8


@dataclass(frozen=True)
class Scene:
    """Simulated circles, true labels, their mask, and the frame."""

    circles: Labels
    truth: Labels
    mask: NDArray[np.bool_]
    image: NDArray[np.float32]


def ellipse(
    frame: Labels, label: int, row: float, column: float, height: float, width: float
) -> None:
    """Draw a filled ellipse by its center and half axes."""
    rows, columns = np.ogrid[: frame.shape[0], : frame.shape[1]]
    frame[((rows - row) / height) ** 2 + ((columns - column) / width) ** 2 <= 1] = label


def painted(mask: NDArray[np.bool_], seed: int = 0) -> NDArray[np.float32]:
    """Return a frame with the mask's objects bright, and noise of 0.05."""
    noise = 0.05 * np.random.default_rng(seed).standard_normal(mask.shape)
    return (np.where(mask, BRIGHT, DARK) + noise).astype(np.float32)


def scene() -> Scene:
    """Six circles and their ellipses.

    Circle 5 has no ellipse, circles 3 and 4 touch, and a blob at the lower left has no
    circle.
    """
    circles, truth = np.zeros(SHAPE, np.uint16), np.zeros(SHAPE, np.uint16)
    for label, row, column, radius, stretch in (
        (1, 20, 20, 9, 1.25),
        (2, 20, 70, 9, 0.8),
        (3, 50, 30, 8, 1.15),
        (4, 50, 46, 8, 1.15),
        (5, 50, 80, 8, 1.0),
        (6, 78, 70, 10, 0.85),
    ):
        ellipse(circles, label, row, column, radius, radius)
        if label != 5:
            ellipse(
                truth, label, row + 1, column - 1, radius * stretch, radius / stretch
            )
    mask = truth > 0
    blob = np.zeros(SHAPE, np.uint16)
    ellipse(blob, 1, 80, 15, 7, 7)
    return Scene(circles, truth, mask | (blob > 0), painted(mask | (blob > 0)))


def mean_jaccard(labels: Labels, truth: Labels) -> float:
    """Return the mean Jaccard index of the true objects; a missing one counts 0."""
    indices = [
        np.count_nonzero((labels == name) & (truth == name))
        / np.count_nonzero((labels == name) | (truth == name))
        for name in np.unique(truth[truth > 0])
    ]
    return float(np.mean(indices))


def boxes(*spans: tuple[int, int], frames: int, size: int = 10) -> Labels:
    """Return squares 1, 2, … in a row, each present from its first to last frame."""
    labels = np.zeros((frames, 24, 4 + len(spans) * (size + 6)), np.uint16)
    for label, (begin, end) in enumerate(spans, 1):
        left = 4 + (label - 1) * (size + 6)
        labels[begin : end + 1, 6 : 6 + size, left : left + size] = label
    return labels


def blurred(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return a noiseless frame with soft borders."""
    soft = ndimage.gaussian_filter(mask.astype(np.float32), 1.5)
    frame: NDArray[np.float32] = DARK + (BRIGHT - DARK) * soft
    return frame


def clip(
    n_frames: int = 4,
) -> tuple[LabelVideo, NDArray[np.float32], NDArray[np.bool_]]:
    """Return frames of one scene, each with its own noise."""
    toy = scene()
    masks = np.stack([toy.mask] * n_frames)
    images = np.stack([painted(toy.mask, seed) for seed in range(n_frames)])
    return LabelVideo(np.stack([toy.circles] * n_frames)), images, masks


def moving_clip(
    n_frames: int,
) -> tuple[LabelVideo, NDArray[np.float32], NDArray[np.bool_]]:
    """Do the same as `clip`, but with different labels in each frame."""
    video, images, masks = clip(n_frames)
    shifted = np.stack([np.roll(f, 2 * t, 0) for t, f in enumerate(video.labels)])
    masks = np.stack([np.roll(mask, 2 * t, 0) for t, mask in enumerate(masks)])
    return LabelVideo(shifted), images, masks


def same(one: Refined, other: Refined) -> bool:
    """Return whether two videos were refined identically."""
    return (
        np.array_equal(one.video.labels, other.video.labels)
        and np.array_equal(one.images, other.images)
        and one.report == other.report
    )
