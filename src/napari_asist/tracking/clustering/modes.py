"""Select the centers of objects from the positions where seeds converged."""

import numpy as np
from scipy.spatial import cKDTree

from napari_asist.tracking.clustering.grid import Vectors
from napari_asist.tracking.clustering.neighborhood import Neighborhood
from napari_asist.tracking.settings import TrackingSettings

ROUNDABOUT = 1.25
"""A center is between two others if the path through it is at most this much longer."""


def best_centers(
    pixels: Neighborhood,
    centers: Vectors,
    places: Vectors,
    settings: TrackingSettings,
) -> tuple[Vectors, Vectors]:
    """Keep a center only if no better one, with more members, explains it.

    A better center explains it if both are similar and near (the published rule). Two
    centers with twice its members explain it if it is between them both in space and in
    direction: a wide, blurred border between two objects.

    Parameters
    ----------
    pixels : Neighborhood
    centers : ndarray of float32, shape (m, d)
    places : ndarray of float32, shape (m, k)
    settings : TrackingSettings
        Uses `bandwidth` and `radius`.

    Returns
    -------
    centers, places : ndarray of float32
        The kept centers, best first.
    """
    cosine = 1 - settings.bandwidth
    count, _, _ = pixels.window_means(centers, places, cosine)
    order = np.lexsort((*places.T, -count))
    count, centers, places = count[order], centers[order], places[order]
    near = cKDTree(places).query_ball_point(places, settings.radius)
    alive = np.ones(len(centers), bool)
    for index, others in enumerate(near):
        if alive[index]:
            worse = np.array([other for other in others if other > index], np.intp)
            alive[worse[centers[worse] @ centers[index] > cosine]] = False
    count, centers, places = count[alive], centers[alive], places[alive]
    near = cKDTree(places).query_ball_point(places, 2 * settings.radius)
    mixed = np.zeros(len(centers), bool)
    for index, others in enumerate(near):
        large = np.array([o for o in others if count[o] >= 2 * count[index]], np.intp)
        mixed[index] = len(large) > 1 and _is_between(
            centers[index], places[index], centers[large], places[large], cosine
        )
    return centers[~mixed], places[~mixed]


def _is_between(
    direction: Vectors,
    place: Vectors,
    others: Vectors,
    other_places: Vectors,
    cosine: float,
) -> bool:
    """Return whether a direction is a blend of two others, one on either side."""
    dots = others @ direction
    gram = np.minimum(others @ others.T, 1 - 1e-3)
    # Coefficients of the projection onto the plane of each pair.
    first = (dots[:, None] - gram * dots) / (1 - gram**2)
    second = first.T
    squared = first * dots[:, None] + second * dots
    blend = (first > 0) & (second > 0) & (squared > cosine**2)
    distance = np.linalg.norm(other_places - place, axis=1)
    apart = np.linalg.norm(other_places[:, None] - other_places, axis=2)
    between = distance[:, None] + distance < ROUNDABOUT * apart
    return bool((blend & between).any())
