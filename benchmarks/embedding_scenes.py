"""Simulated network embeddings of frame pairs, with the true objects."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

DIMENSIONS = 16
FRAMES = 2
PIXELS_PER_OBJECT = 1000 / 3
"""Over both frames: 300 objects have 100,000 pixels."""
MOVEMENT = 1.0
BLUR = 0.7
POOL = 96
"""Directions of the local scene; of 3,000 objects, each is then one of thirty."""
APART = 4.0
"""In object spacings: nearer objects never share a direction."""


@dataclass(frozen=True)
class Scene:
    """Foreground pixels of a frame pair.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, 16)
        Unit vectors.
    places : ndarray of float32, shape (n, 2)
        Row and column in px.
    truth : ndarray of int, shape (n,)
        The object of each pixel.
    """

    vectors: NDArray[np.float32]
    places: NDArray[np.float32]
    truth: NDArray[np.intp]


def frame_pair(n_pixels: int, kind: str, noise: float, seed: int) -> Scene:
    """Simulate crowded objects of about 15 px, a third of a thousand pixels each.

    Centers are on a jittered grid and move by 1 px; the `n_pixels` pixels nearest to
    a center, relative to the object's size, are foreground, so many objects touch.
    Each pixel has its object's direction plus noise; directions are blurred across
    borders with those of neighbors and of the background, whose dimension is then
    dropped.

    Parameters
    ----------
    n_pixels : int
        Over both frames.
    kind : {"local", "global"}
        local: 96 random directions, shared by objects four or more spacings apart;
        global: a random direction for each object.
    noise : float
        Standard deviation of each component; with 0.08 the median cosine of a
        pixel to its object is 0.95.
    seed : int
    """
    rng = np.random.default_rng(seed)
    n_objects = round(n_pixels / PIXELS_PER_OBJECT)
    side = int(np.ceil(np.sqrt(n_objects)))
    spacing = np.sqrt(1.3 * PIXELS_PER_OBJECT / FRAMES)
    grid = np.argwhere(np.ones((side, side)))[rng.permutation(side**2)[:n_objects]]
    centers = spacing * (grid + rng.uniform(0.3, 0.7, grid.shape))
    sizes = rng.uniform(0.8, 1.2, n_objects)
    directions = np.zeros((n_objects + 1, 1 + DIMENSIONS), np.float32)
    directions[0, 0] = 1
    directions[1:, 1:] = _directions(centers, kind, APART * spacing, rng)
    parts = []
    for _ in range(FRAMES):
        centers = centers + rng.normal(0, MOVEMENT, centers.shape)
        shape = (int(np.ceil(side * spacing)),) * 2
        labels = _labels(centers, sizes, shape, n_pixels // FRAMES)
        image = gaussian_filter(directions[labels], (BLUR, BLUR, 0), truncate=3)
        image += noise * rng.standard_normal(image.shape, np.float32)
        inside = labels > 0
        parts.append((image[inside][:, 1:], np.argwhere(inside), labels[inside]))
    vectors, places, truth = (np.concatenate(part) for part in zip(*parts, strict=True))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Scene(vectors, places.astype(np.float32), truth)


def _labels(
    centers: NDArray[np.float64],
    sizes: NDArray[np.float64],
    shape: tuple[int, int],
    n_pixels: int,
) -> NDArray[np.intp]:
    places = np.argwhere(np.ones(shape, bool))
    distances, owners = cKDTree(centers).query(places, k=min(4, len(centers)))
    distances = distances / sizes[owners]
    nearest = distances.argmin(axis=1)[:, None]
    distance = np.take_along_axis(distances, nearest, 1).ravel()
    owner = np.take_along_axis(owners, nearest, 1).ravel() + 1
    owner[np.argsort(distance, kind="stable")[n_pixels:]] = 0
    return np.asarray(owner.reshape(shape))


def _directions(
    centers: NDArray[np.float64], kind: str, apart: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    n_directions = POOL if kind == "local" else len(centers)
    pool = rng.standard_normal((n_directions, DIMENSIONS), np.float32)
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    if kind == "global":
        return pool
    chosen = np.full(len(centers), -1)
    for index, near in enumerate(cKDTree(centers).query_ball_point(centers, apart)):
        free = np.setdiff1d(np.arange(POOL), chosen[near])
        chosen[index] = rng.choice(free)
    return np.asarray(pool[chosen])
