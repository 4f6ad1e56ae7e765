"""Match the masks of a result with those of the ground truth in one frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class FrameMatch:
    """The objects of a frame and their matched pairs.

    Parameters
    ----------
    truth, result : ndarray of int64
        The labels that are present and inside the margin, ascending, without 0.
    matched_truth, matched_result : ndarray of int64
        Pairs in which the result's mask covers more than half of the ground truth's.
    overlaps : ndarray of float64
        Intersection over union of each pair.
    seen_truth, seen_result : ndarray of int64
        The labels that are present, including those that the margin hides.
    """

    truth: Labels
    result: Labels
    matched_truth: Labels
    matched_result: Labels
    overlaps: NDArray[np.float64]
    present_truth: Labels
    present_result: Labels


def match_frame(truth: LabelArray, result: LabelArray, margin: int = 0) -> FrameMatch:
    """Match the masks of one frame as the challenge does.

    A result mask matches a ground truth mask if it covers more than half of it (Matula
    et al., PLOS ONE 2015), so each ground truth mask has at most one match.

    Parameters
    ----------
    truth, result : ndarray of unsigned int, shape (Y, X)
    margin : int
        Objects entirely within this many pixels of the border are left out.
    """
    truth_labels, truth_index = _numbered(truth)
    result_labels, result_index = _numbered(result)
    # Rows and columns 0 are the background.
    rows, columns = len(truth_labels) + 1, len(result_labels) + 1
    pairs = truth_index * columns + result_index
    common = np.bincount(pairs.ravel(), minlength=rows * columns)
    common = common.reshape(rows, columns)
    truth_area = common.sum(1)[:, np.newaxis]
    union = truth_area + common.sum(0) - common
    truth_counts = _counts(truth_index, rows, margin)
    result_counts = _counts(result_index, columns, margin)
    is_match = 2 * common > truth_area
    is_match &= truth_counts[:, np.newaxis] & result_counts
    matched = np.nonzero(is_match)
    return FrameMatch(
        truth_labels[truth_counts[1:]],
        result_labels[result_counts[1:]],
        truth_labels[matched[0] - 1],
        result_labels[matched[1] - 1],
        common[matched] / union[matched],
        truth_labels,
        result_labels,
    )


def _numbered(frame: LabelArray) -> tuple[Labels, NDArray[np.int64]]:
    """Return the labels, ascending, and each pixel's index among them, from 1."""
    inside = frame > 0
    found, places = np.unique(frame[inside], return_inverse=True)
    index = np.zeros(frame.shape, np.int64)
    index[inside] = places + 1
    return found.astype(np.int64), index


def _counts(index: NDArray[np.int64], count: int, margin: int) -> NDArray[np.bool_]:
    """Return which objects reach into the field inside the margin."""
    counts = np.ones(count, bool)
    if margin > 0:
        field = index[margin:-margin, margin:-margin]
        counts = np.bincount(field.ravel(), minlength=count) > 0
    counts[0] = False
    return counts
