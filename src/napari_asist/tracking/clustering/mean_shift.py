"""Faster mean shift on unit vectors, with a window in space.

After Zhao et al., "Faster Mean-shift: GPU-accelerated clustering for cosine
embedding-based cell segmentation and tracking", Medical Image Analysis 71, 2021:
all seeds shift at once by matrix products under a flat kernel. Two things differ.
The published coordinates, appended to the embedding and counted from a tile's
corner, weigh more the farther a pixel is from that corner; here a pixel is in a
seed's window when its cosine to the seed is above 1 - bandwidth *and* it lies within
`radius` of the seed. A seed therefore looks only at the pixels near it, and the cost
grows with the number of pixels. And seeds are spots spread over space, as many
of them as it takes (`shift`), so that no small object is missed.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.tracking.clustering.kernel import one_thread
from napari_asist.tracking.clustering.modes import best_centers
from napari_asist.tracking.clustering.neighborhood import Neighborhood
from napari_asist.tracking.clustering.seeds import Spots
from napari_asist.tracking.clustering.shift import find_modes
from napari_asist.tracking.settings import TrackingSettings

Vectors = NDArray[np.float32]
LAXITY = (1, 3)
"""Bandwidths by which a spot may be incoherent and still be a seed, round by round."""


def cluster(
    embedding: Vectors,
    positions: Vectors,
    settings: TrackingSettings,
    seed: int,
    device: torch.device | None = None,
) -> NDArray[np.int32]:
    """Cluster pixels that are alike in embedding and near in space.

    Parameters
    ----------
    embedding : ndarray of float32, shape (n, d)
        Unit vectors.
    positions : ndarray of float32, shape (n, k)
        Places in px; pixels of several frames may share a place.
    settings : TrackingSettings
        Uses `bandwidth`, `radius`, `seeds`, `seed_spacing`, `shift_rounds`.
    seed : int
        Shifts the grid of spots and draws seeds from it. Same seed, same clusters on
        the same device. Neither where in the plane the pixels lie nor their order
        matters, but for the last digits of sums.
    device : torch.device, optional
        Where the products are computed; by default the CPU, of which one core is
        used. For memory see `Neighborhood`.

    Returns
    -------
    ndarray of int32, shape (n,)
        The cluster of each pixel, 0 to the number of clusters - 1. Pixels in no
        window go to the most similar center within twice the radius, where each
        radius beyond the first costs one bandwidth.

    Raises
    ------
    AsistError
        When not every pixel has a vector and a place of finite numbers.
    """
    _refuse_bad(embedding, positions)
    if not len(embedding):
        return np.zeros(0, np.int32)
    with one_thread():
        # From the first row and column, so that clusters move with their pixels.
        places = (positions - positions.min(axis=0)).astype(np.float32)
        labels = _clustered(embedding, places, settings, seed, device)
    return np.unique(labels, return_inverse=True)[1].astype(np.int32)


def _refuse_bad(embedding: Vectors, positions: Vectors) -> None:
    shapes = f"{embedding.shape} and {positions.shape}"
    if embedding.ndim != 2 or positions.ndim != 2 or len(embedding) != len(positions):
        raise AsistError(
            "Mean shift needs a vector (n, d) and a place (n, k) for each of n "
            f"pixels, not arrays of shapes {shapes}."
        )
    if not (np.isfinite(embedding).all() and np.isfinite(positions).all()):
        raise AsistError("Mean shift needs finite vectors and places.")


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
        # Lone or wildly incoherent pixels that no center reaches found their own.
        new = spots.any(np.isneginf(score) if len(centers) else pending)
        centers, middles = np.append(centers, new[0], 0), np.append(middles, new[1], 0)
        labels, _ = pixels.best_centers(centers, middles, settings.bandwidth)
    return labels
