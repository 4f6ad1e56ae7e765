"""Link consecutive pieces of a video into tracks."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.tracking.segmentation.regions import areas, greedy_pairs, overlaps


def link(
    shared: NDArray[np.integer],
    labels: NDArray[np.int32],
    next_label: int,
    least_iou: float,
) -> tuple[NDArray[np.int64], int]:
    """Name the objects of a piece after the tracks that they continue.

    Pairs are chosen greedily, largest intersection over union in the shared frame
    first; an object without a partner begins a track.

    Parameters
    ----------
    shared : ndarray of int, shape (Y, X)
        Track labels of the frame that both pieces contain.
    labels : ndarray of int32, shape (k, Y, X)
        The piece's own labels; its first frame is the shared one.
    next_label : int
        Label of the next new track.
    least_iou : float
        Intersection over union that a pair must exceed.

    Returns
    -------
    names : ndarray of int64
        Track label of each of the piece's labels; 0 for those that occur only in the
        shared frame, without a partner.
    next_label : int
    """
    names = np.zeros(int(labels.max(initial=0)) + 1, np.int64)
    for track, own in greedy_pairs(overlaps(shared, labels[0]), least_iou):
        names[own] = track
    later = areas(labels[1:]) if len(labels) > 1 else np.zeros(1, np.int64)
    later = np.pad(later, (0, len(names) - len(later)))
    new = (later > 0) & (names == 0)
    new[0] = False
    names[new] = np.arange(next_label, next_label + new.sum())
    return names, next_label + int(new.sum())
