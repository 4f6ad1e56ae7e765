"""Distribution of detections over the field: a density map, and the clustering.

The simulators place objects by a log-Gaussian Cox process, whose pair correlation is
``exp(clustering² · exp(-r² / (4 size²)))``: the covariance of a Gaussian field of
standard deviation ``clustering``, smoothed by a Gaussian of sigma ``size`` (Møller,
Syversveen and Waagepetersen, Scandinavian Journal of Statistics 25, 1998).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.detect import Detections
from napari_asist.estimation.frame_pairs import positions

LONGEST_MAP = 12
"""Cells of the density map along the longer side of the field."""

NEAREST = 3.0
"""Distance in inscribed radii below which objects exclude each other, at any
density."""

BANDS = 16
"""Distance bins in which pairs are counted."""

SIZES = 24
"""Cluster sizes to try."""

CLEAR = 4.0
"""Number of standard errors above which clustering is not due to chance."""

MOST = 3.0
"""Largest clustering that the simulators accept."""

EVEN_PAIRS = 400_000
"""Pairs of random points with which detections are compared."""

NO_CLUSTERS = (0.0, 40.0)


def density_map(
    frames: Sequence[Detections], field: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the smoothed density of objects over the field, with a mean of 1.

    Parameters
    ----------
    frames : sequence of structured ndarray of `DETECTION_DTYPE`
    field : tuple of int
        Height and width of a frame.

    Returns
    -------
    ndarray of float64, shape (rows, columns)
        At most `LONGEST_MAP` cells along the longer side, as square as possible.
    """
    from scipy.ndimage import gaussian_filter

    cell = max(field) / LONGEST_MAP
    shape = [max(1, round(side / cell)) for side in field]
    y, x = positions(np.concatenate(list(frames))).T
    ranges = [(0, field[0]), (0, field[1])]
    counts, _, _ = np.histogram2d(y, x, shape, ranges)
    smooth = gaussian_filter(counts, 0.7, mode="nearest")
    return np.asarray(smooth / max(float(smooth.mean()), 1e-12))


def fitted_clustering(
    frames: Sequence[Detections],
    field: tuple[int, int],
    radius: float,
    hidden: NDArray[np.bool_] | None = None,
) -> tuple[float, float]:
    """Fit the placement of the simulators to the distances between detections.

    Parameters
    ----------
    frames : sequence of structured ndarray of `DETECTION_DTYPE`
        Detections at times far apart, because neighboring frames carry the same
        information.
    field : tuple of int
        Height and width of a frame.
    radius : float
        Typical inscribed radius in px.
    hidden : ndarray of bool, shape (Y, X), optional
        Pixels that are no measurement, where there are no detections.

    Returns
    -------
    clustering, size : float
        Settings of the simulators; 0 and 40 if objects are no closer to each other than
        by chance.
    """
    edges = np.linspace(NEAREST * radius, min(field) / 2, BANDS + 1)
    if edges[0] >= edges[-1]:
        return NO_CLUSTERS
    counts, expected = _pairs(frames, edges), _even_pairs(field, edges, hidden)
    used = (counts > 0) & (expected > 0)
    if used.sum() < 4:
        return NO_CLUSTERS
    distance = ((edges[1:] + edges[:-1]) / 2)[used]
    excess = np.log(counts[used] / expected[used])
    # Frames carry much the same information, so all count as one.
    weight = counts[used] / len(frames)
    best, found = CLEAR**2, NO_CLUSTERS
    for size in np.geomspace(max(4.0, 1.5 * radius), min(field) / 6, SIZES):
        # Only ratios of counts are known, so the mean is removed.
        shape = np.exp(-(distance**2) / (4 * size**2))
        shape = shape - np.average(shape, weights=weight)
        square = float((weight * excess * shape).sum() / (weight * shape**2).sum())
        gain = square**2 * float((weight * shape**2).sum())
        if square > 0 and gain > best:
            best, found = gain, (min(float(np.sqrt(square)), MOST), float(size))
    return found


def _pairs(
    frames: Sequence[Detections], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    from scipy.spatial.distance import pdist

    counts = np.zeros(len(edges) - 1)
    for found in frames:
        counts += np.histogram(pdist(positions(found)), edges)[0]
    return counts


def _even_pairs(
    field: tuple[int, int],
    edges: NDArray[np.float64],
    hidden: NDArray[np.bool_] | None,
) -> NDArray[np.float64]:
    """Return the fraction of pairs in each bin for even placement within borders."""
    rng = np.random.default_rng(0)
    pairs = [rng.uniform(0, side, (2, EVEN_PAIRS)) for side in field]
    if hidden is not None:
        row, column = (place.astype(int) for place in pairs)
        measured = ~hidden[row, column].any(axis=0)
        pairs = [place[:, measured] for place in pairs]
    apart = [np.abs(np.subtract(*place)) for place in pairs]
    return np.asarray(np.histogram(np.hypot(*apart), edges)[0], float)
