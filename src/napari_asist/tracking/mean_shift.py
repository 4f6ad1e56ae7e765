"""Faster mean shift on unit vectors, with a window in space.

After Zhao et al., "Faster Mean-shift: GPU-accelerated clustering for cosine
embedding-based cell segmentation and tracking", Medical Image Analysis 71, 2021:
all seeds shift at once by matrix products under a flat kernel. Two things differ.
The published coordinates, appended to the embedding and counted from a tile's
corner, weigh more the farther a pixel is from that corner; here a pixel is in a
seed's window when its cosine to the seed is above 1 - bandwidth *and* it lies within
`radius` of the seed. A seed therefore looks only at the pixels near it, and the cost
grows with the number of pixels. And seeds are spread over space, so that no small
object is missed; their number adapts until every coherent spot is explained.
"""

import numpy as np
from numpy.typing import NDArray

from napari_asist.tracking.centres import best_centres
from napari_asist.tracking.neighbourhood import Neighbourhood
from napari_asist.tracking.seeds import Spots, unit
from napari_asist.tracking.settings import TrackingSettings

Vectors = NDArray[np.float32]
POSITION_TOLERANCE = 0.1
LAXITY = (1, 3)
"""Bandwidths by which a spot may be incoherent and still be a seed, round by round."""


def cluster(
    embedding: Vectors, positions: Vectors, settings: TrackingSettings, seed: int
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
        Shifts the grid on which the seeds are laid.

    Returns
    -------
    ndarray of int32, shape (n,)
        The cluster of each pixel, 0 to the number of clusters - 1. Pixels in no
        window go to the most similar centre within twice the radius, where each
        radius beyond the first costs one bandwidth.
    """
    if not len(embedding):
        return np.zeros(0, np.int32)
    pixels = Neighbourhood(embedding, positions, settings.radius)
    spots = Spots(embedding, positions, settings, np.random.default_rng(seed))
    centres = np.empty((0, embedding.shape[1]), np.float32)
    places = np.empty((0, positions.shape[1]), np.float32)
    pending = np.ones(len(embedding), bool)
    for laxity in LAXITY:
        new = spots.coherent(pending, 1 - laxity * settings.bandwidth)
        if not len(new[0]):
            continue
        new = _shift(pixels, *new, settings)
        centres, places = np.append(centres, new[0], 0), np.append(places, new[1], 0)
        centres, places = best_centres(pixels, centres, places, settings)
        labels, score = pixels.best_centres(centres, places, settings.bandwidth)
        pending = score <= 1 - settings.bandwidth
    if not len(centres) or np.isneginf(score).any():
        # Lone or wildly incoherent pixels that no centre reaches found their own.
        lost = np.isneginf(score) if len(centres) else pending
        new = spots.any(lost)
        centres, places = np.append(centres, new[0], 0), np.append(places, new[1], 0)
        labels, _ = pixels.best_centres(centres, places, settings.bandwidth)
    return np.unique(labels, return_inverse=True)[1].astype(np.int32)


def _shift(
    pixels: Neighbourhood,
    centres: Vectors,
    places: Vectors,
    settings: TrackingSettings,
) -> tuple[Vectors, Vectors]:
    """Move each seed to the mean of its window until it stays where it is."""
    centres, places = centres.copy(), places.copy()
    active = np.arange(len(centres))
    tolerance = 1e-3 * settings.bandwidth
    for _ in range(settings.shift_rounds):
        active = active[_distinct(centres[active], places[active])]
        count, directions, moved = pixels.window_means(
            centres[active], places[active], 1 - settings.bandwidth
        )
        alive = count > 0
        active, directions = active[alive], unit(directions[alive])
        moved = moved[alive]
        step = np.linalg.norm(directions - centres[active], axis=1)
        stride = np.linalg.norm(moved - places[active], axis=1)
        centres[active], places[active] = directions, moved
        active = active[(step > tolerance) | (stride > POSITION_TOLERANCE)]
        if not len(active):
            break
    kept = _distinct(centres, places)
    return centres[kept], places[kept]


def _distinct(centres: Vectors, places: Vectors) -> NDArray[np.intp]:
    """Return the first of each group of seeds that have practically met."""
    rounded = np.hstack([np.round(centres * 20), np.round(places * 2)])
    return np.unique(rounded.astype(np.int32), axis=0, return_index=True)[1]
