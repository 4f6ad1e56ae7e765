"""Shift seeds to the center of their window, as many as needed.

The published rule estimates from the clusters found how many random seeds are needed to
hit each of them, and starts again with twice as many until there are enough. Here,
shifted seeds are kept, and twice as many are drawn only from spots that no center
explains yet, until none is left: the number adapts to the scene, each coherent spot is
covered, and no work is repeated.
"""

import numpy as np
from numpy.typing import NDArray

from napari_asist.events import raise_if_stopped
from napari_asist.tracking.clustering.grid import Vectors
from napari_asist.tracking.clustering.neighborhood import Neighborhood
from napari_asist.tracking.clustering.seeds import unit
from napari_asist.tracking.settings import TrackingSettings

POSITION_TOLERANCE = 0.1
AT_ONCE = 16
"""Initially, one in this many spots is a seed: this limits the number of doublings."""


def find_modes(
    pixels: Neighborhood,
    directions: Vectors,
    places: Vectors,
    settings: TrackingSettings,
    rng: np.random.Generator,
) -> tuple[Vectors, Vectors]:
    """Shift some spots, then more of those still unexplained, until none is left.

    Parameters
    ----------
    pixels : Neighborhood
    directions : ndarray of float32, shape (m, d)
        Unit vectors of coherent spots.
    places : ndarray of float32, shape (m, k)
        Positions of the spots, in px.
    settings : TrackingSettings
        Uses `bandwidth`, `radius`, `seeds`, `shift_rounds`.
    rng : Generator
        Draws the spots.

    Returns
    -------
    centers, places : ndarray of float32
        Where the seeds converged; several may belong to one object.
    """
    order = rng.permutation(len(directions))
    directions, places = directions[order], places[order]
    found = []
    n_seeds = max(settings.seeds, len(directions) // AT_ONCE)
    while len(directions):
        raise_if_stopped()
        new = _shift(pixels, directions[:n_seeds], places[:n_seeds], settings)
        found.append(new)
        directions, places = directions[n_seeds:], places[n_seeds:]
        if len(directions):
            rest = Neighborhood(directions, places, settings.radius, pixels.device)
            _, score = rest.best_centers(*new, settings.bandwidth)
            unlike = score <= 1 - settings.bandwidth
            directions, places = directions[unlike], places[unlike]
        n_seeds *= 2
    centers, middles = zip(*found, strict=True)
    return np.concatenate(centers), np.concatenate(middles)


def _shift(
    pixels: Neighborhood,
    centers: Vectors,
    places: Vectors,
    settings: TrackingSettings,
) -> tuple[Vectors, Vectors]:
    """Move each seed to the mean of its window until it no longer moves."""
    centers, places = centers.copy(), places.copy()
    active = np.arange(len(centers))
    tolerance = 1e-3 * settings.bandwidth
    for _ in range(settings.shift_rounds):
        raise_if_stopped()
        active = active[_distinct(centers[active], places[active])]
        count, directions, moved = pixels.window_means(
            centers[active], places[active], 1 - settings.bandwidth
        )
        alive = count > 0
        active, directions = active[alive], unit(directions[alive])
        moved = moved[alive]
        step = np.linalg.norm(directions - centers[active], axis=1)
        stride = np.linalg.norm(moved - places[active], axis=1)
        centers[active], places[active] = directions, moved
        active = active[(step > tolerance) | (stride > POSITION_TOLERANCE)]
        if not len(active):
            break
    kept = _distinct(centers, places)
    return centers[kept], places[kept]


def _distinct(centers: Vectors, places: Vectors) -> NDArray[np.intp]:
    """Return the first of each group of seeds that have nearly converged."""
    rounded = np.hstack([np.round(centers * 20), np.round(places * 2)])
    return np.unique(rounded.astype(np.int32), axis=0, return_index=True)[1]
