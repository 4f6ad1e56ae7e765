"""Measure how drawn objects agree with their annotations, frame by frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_asist.estimation.borders import LEVEL, REACH, nearest_label
from napari_asist.estimation.detect import Detections, ellipses_of
from napari_asist.estimation.drawn_borders import DrawnBorder, label_parts
from napari_asist.estimation.object_areas import mean_inside, visible_objects
from napari_asist.labels import LabelArray
from napari_asist.scaling import background_deviation

SHOWN = 0.5
"""Contrast over the noise of one pixel above which an object is visible. Averaged over
an object's pixels, the noise is a fraction of that."""

CLEAR = 8.0
"""Brightness over the noise above which half of the maximum is well above the noise."""

RING = 2.0
"""Pixels between a label's border and the ring around it used for comparison."""

FEWEST_RING = 12
SMOOTHED = 1.0
SATURATED = 0.999
STRAY = 0.1
"""Overlap with the annotations below which a drawn object counts as not annotated."""


@dataclass(frozen=True, eq=False)
class FrameAgreement:
    """Agreement of one synthetic frame with its annotations.

    Parameters
    ----------
    shown : ndarray of bool, shape (number of labels,)
        Whether each object stands out from the ring around it.
    jaccard, ratio, half : ndarray of float64, shape (number of clear objects,)
        Overlap of the visible object with its label, its area over the label's, and its
        area at half of its maximum over the label's; for objects that are well above
        the noise and not cut off by the frame or by the end of the scale.
    parts : ndarray of float64, shape (number of clear objects,)
        Fraction of its own maximum at which each one's border should be.
    stray_area, drawn_area : float
        Area drawn without an annotation, and total drawn area, in pixels.
    """

    shown: NDArray[np.bool_]
    jaccard: NDArray[np.float64]
    ratio: NDArray[np.float64]
    half: NDArray[np.float64]
    parts: NDArray[np.float64]
    stray_area: float
    drawn_area: float


def frame_agreement(
    counts: NDArray[np.float32],
    scaled: NDArray[np.float32],
    labels: LabelArray,
    found: Detections,
    noise: float,
    border: float | DrawnBorder = 0.5,
) -> FrameAgreement:
    """Compare a synthetic frame with its annotations.

    Parameters
    ----------
    counts : ndarray of float32, shape (Y, X)
        The frame on a linear scale, over the local background.
    scaled : ndarray of float32, shape (Y, X)
        The same from -1 to 1.
    labels : ndarray of unsigned int, shape (Y, X)
    found : structured ndarray of `DETECTION_DTYPE`
        Detections in the frame.
    noise : float
        Standard deviation of the background in counts, in this frame or in the real
        video.
    border : float or DrawnBorder
        Fraction of an object's own maximum at which its label's border should be.
    """
    names = np.unique(labels[labels > 0])
    stray, drawn = _stray_area(found, labels)
    if not len(names):
        none = np.zeros(0)
        return FrameAgreement(none.astype(bool), none, none, none, none, stray, drawn)
    contrast = mean_inside(counts, labels) - _ring_level(counts, labels)
    shown = contrast[names] > SHOWN * noise
    if np.mean(contrast[names] > CLEAR * noise) < 0.5:
        # In a noisy video, half of the maximum is visible only after averaging the
        # noise.
        counts = gaussian_filter(counts, SMOOTHED)
        noise = background_deviation(counts)
    clear = names[contrast[names] > CLEAR * max(noise, 1e-6)]
    clear = clear[~np.isin(clear, _cut(scaled, labels))]
    size = int(labels.max()) + 1
    parts = (
        label_parts(counts, labels, border)
        if isinstance(border, DrawnBorder)
        else np.full(size, border)
    )
    visible = visible_objects(counts, labels, parts)
    area = np.bincount(labels.ravel(), minlength=size)[clear]
    bright = np.bincount(visible.ravel(), minlength=size)[clear]
    at_half = visible_objects(counts, labels)
    half = np.bincount(at_half.ravel(), minlength=size)[clear]
    both = np.bincount(visible[visible == labels], minlength=size)[clear]
    jaccard = both / np.maximum(area + bright - both, 1)
    return FrameAgreement(
        shown, jaccard, bright / area, half / area, parts[clear], stray, drawn
    )


def _ring_level(counts: NDArray[np.float32], labels: LabelArray) -> NDArray[np.float64]:
    """Return the median around each label; 0, the background, if there is no room.

    Parameters
    ----------
    counts : ndarray of float32, shape (Y, X)
    labels : ndarray of unsigned int, shape (Y, X)
    """
    nearest, distance = nearest_label(labels)
    ring = (distance > RING) & (distance <= REACH)
    owner, values = nearest[ring], counts[ring]
    level = np.zeros(int(labels.max()) + 1)
    order = np.argsort(owner, kind="stable")
    found, starts = np.unique(owner[order], return_index=True)
    for label, part in zip(found, np.split(values[order], starts[1:]), strict=False):
        if len(part) >= FEWEST_RING:
            level[label] = np.median(part)
    return level


def _cut(scaled: NDArray[np.float32], labels: LabelArray) -> NDArray[np.integer]:
    """Return the labels cut off by the frame's edge or the upper end of the scale."""
    edges = [labels[0], labels[-1], labels[:, 0], labels[:, -1]]
    at_end = mean_inside((scaled >= SATURATED).astype(np.float32), labels)
    saturated = np.flatnonzero(at_end > 1 - LEVEL)
    return np.unique(np.concatenate([*edges, saturated]))


def _stray_area(found: Detections, labels: LabelArray) -> tuple[float, float]:
    drawn = ellipses_of(found, labels.shape)
    size = len(found) + 1
    area = np.bincount(drawn.ravel(), minlength=size)[1:]
    labeled = np.bincount(drawn[labels > 0], minlength=size)[1:]
    stray = labeled < STRAY * np.maximum(area, 1)
    return float(area[stray].sum()), float(area.sum())
