"""Which detection of a frame is which of the next, without labels."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.detect import Detections

REACH = 2.0
"""Inscribed radii that an object moves at most from one frame to the next."""


def positions(found: Detections) -> NDArray[np.float64]:
    """Return the places of detections, shape (n, 2), as y and x in px."""
    return np.stack([found["y"], found["x"]], axis=1)


def paired(one: Detections, other: Detections, farthest: float) -> NDArray[np.int64]:
    """Pair detections so that the sum of the squared distances is smallest.

    The linear assignment of Jaqaman et al., Nature Methods 5, 2008, in which leaving
    an object alone costs as much as the farthest pair: unlike nearest neighbors, it
    does not prefer short moves where objects crowd.

    Parameters
    ----------
    one, other : structured ndarray of `DETECTION_DTYPE`
        Detections in one frame and in a later one.
    farthest : float
        Largest distance of a pair in px.

    Returns
    -------
    ndarray of int, shape (len(one),)
        Row in ``other``, or -1.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    partner = np.full(len(one), -1)
    if not len(one) or not len(other):
        return partner
    cost = cdist(positions(one), positions(other), "sqeuclidean")
    cost = np.minimum(cost, farthest**2)
    rows, columns = linear_sum_assignment(cost)
    near = cost[rows, columns] < farthest**2
    partner[rows[near]] = columns[near]
    return partner


def inverse(partner: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return the pairs as seen from the other frame, which has so many detections."""
    back = np.full(length, -1)
    rows = np.flatnonzero(partner >= 0)
    back[partner[rows]] = rows
    return back
