"""Faster mean shift on unit vectors, with a window in space.

After Zhao et al., "Faster Mean-shift: GPU-accelerated clustering for cosine
embedding-based cell segmentation and tracking", Medical Image Analysis 71, 2021: all
seeds shift at once by matrix products with a flat kernel. There are two differences.
First, the published coordinates, appended to the embedding and relative to a tile's
corner, have more weight the farther a pixel is from that corner; here, a pixel is in a
seed's window if its cosine to the seed is above 1 - bandwidth *and* it is within
`radius` of the seed. A seed therefore uses only nearby pixels, and the cost grows with
the number of pixels. Second, seeds are spots spread over space, as many as needed
(`shift`), so that no small object is missed.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.tracking.clustering.grid import Vectors
from napari_asist.tracking.clustering.kernel import one_thread
from napari_asist.tracking.clustering.modes import best_centers
from napari_asist.tracking.clustering.neighborhood import Neighborhood
from napari_asist.tracking.clustering.seeds import Spots
from napari_asist.tracking.clustering.shift import find_modes
from napari_asist.tracking.settings import TrackingSettings

LAXITY = (1, 3)
"""Maximum incoherence of a seed spot in each round, in bandwidths."""


def cluster(
    embedding: Vectors,
    positions: Vectors,
    settings: TrackingSettings,
    seed: int,
    device: torch.device | None = None,
) -> NDArray[np.int32]:
    """Cluster pixels that are similar in embedding and near in space.

    Parameters
    ----------
    embedding : ndarray of float32, shape (n, d)
        Unit vectors.
    positions : ndarray of float32, shape (n, k)
        In px; pixels of several frames may share a position.
    settings : TrackingSettings
        Uses `bandwidth`, `radius`, `seeds`, `seed_spacing`, `shift_rounds`.
    seed : int
        Shifts the grid of spots and draws seeds from it. The same seed gives the same
        clusters on the same device. Neither the pixels' location in the plane nor their
        order matters, except for the last digits of sums.
    device : torch.device, optional
        Where the products are computed; by default one core of the CPU. For memory, see
        `Neighborhood`.

    Returns
    -------
    ndarray of int32, shape (n,)
        The cluster of each pixel, 0 to the number of clusters - 1. Pixels in no window
        are assigned to the most similar center within twice the radius; each radius
        beyond the first costs one bandwidth.

    Raises
    ------
    AsistError
        If not every pixel has a finite vector and position.
    """
    _refuse_bad(embedding, positions)
    if not len(embedding):
        return np.zeros(0, np.int32)
    with one_thread():
        # Relative to the first row and column, so that clusters move with their pixels.
        places = (positions - positions.min(axis=0)).astype(np.float32)
        labels = _clustered(embedding, places, settings, seed, device)
    return np.unique(labels, return_inverse=True)[1].astype(np.int32)


def _refuse_bad(embedding: Vectors, positions: Vectors) -> None:
    shapes = f"{embedding.shape} and {positions.shape}"
    if embedding.ndim != 2 or positions.ndim != 2 or len(embedding) != len(positions):
        raise AsistError(
            "Mean shift needs a vector (n, d) and a position (n, k) for each of n "
            f"pixels, not arrays of shapes {shapes}."
        )
    if not (np.isfinite(embedding).all() and np.isfinite(positions).all()):
        raise AsistError("Mean shift needs finite vectors and positions.")


def _clustered(
    embedding: Vectors,
    places: Vectors,
    settings: TrackingSettings,
    seed: int,
    device: torch.device | None,
) -> NDArray[np.intp]:
    """Return the number of each pixel's center."""
    rng = np.random.default_rng(seed)
    pixels = Neighborhood(embedding, places, settings.radius, device)
    spots = Spots(embedding, places, settings, rng)
    centers = np.empty((0, embedding.shape[1]), np.float32)
    middles = np.empty((0, places.shape[1]), np.float32)
    pending = np.ones(len(embedding), bool)
    for laxity in LAXITY:
        seeds = spots.coherent(pending, 1 - laxity * settings.bandwidth)
        if not len(seeds[0]):
            continue
        new = find_modes(pixels, *seeds, settings, rng)
        centers, middles = np.append(centers, new[0], 0), np.append(middles, new[1], 0)
        centers, middles = best_centers(pixels, centers, middles, settings)
        labels, score = pixels.best_centers(centers, middles, settings.bandwidth)
        pending = score <= 1 - settings.bandwidth
    if not len(centers) or np.isneginf(score).any():
        # Isolated or very incoherent pixels that no center reaches start their own
        # clusters.
        new = spots.any(np.isneginf(score) if len(centers) else pending)
        centers, middles = np.append(centers, new[0], 0), np.append(middles, new[1], 0)
        labels, _ = pixels.best_centers(centers, middles, settings.bandwidth)
    return labels
