"""Find objects in the embedding of a few consecutive frames."""

import numpy as np
import torch
from numpy.typing import NDArray

from napari_asist.tracking.clustering.mean_shift import cluster
from napari_asist.tracking.clustering.seeds import unit
from napari_asist.tracking.segmentation.regions import (
    absorb_small,
    areas,
    components,
    contacts,
    fill_holes,
    greedy_pairs,
    overlaps,
)
from napari_asist.tracking.settings import TrackingSettings


def instances(
    embedding: NDArray[np.float32],
    settings: TrackingSettings,
    seed: int,
    device: torch.device | None = None,
) -> NDArray[np.int32]:
    """Find the objects in the embedding of a few consecutive frames.

    Foreground, mean shift over all frames together, connected parts, minimum size,
    holes, and parts of one cluster linked through the frames. The published method uses
    connected components of frame pairs, in which the two daughters of a cell are one
    object; here, an object has one part per frame.

    Parameters
    ----------
    embedding : ndarray of float32, shape (k, D, Y, X)
        Unit vectors over D; the first dimension is the background's direction.
    settings : TrackingSettings
    seed : int
    device : torch.device, optional
        Where pixels are clustered; the CPU by default.

    Returns
    -------
    ndarray of int32, shape (k, Y, X)
        Labels 1, 2, 3, …, the same for an object in all frames.
    """
    foreground = embedding[:, 0] ** 2 < settings.level
    vectors = _vectors(embedding, foreground, settings)
    places = np.argwhere(foreground)[:, 1:].astype(np.float32)
    clusters = np.zeros(foreground.shape, np.int32)
    clusters[foreground] = cluster(vectors, places, settings, seed, device) + 1
    ends = foreground.sum(axis=(1, 2)).cumsum()
    parts = [
        _parts(frame, values, settings)
        for frame, values in zip(clusters, np.split(vectors, ends[:-1]), strict=True)
    ]
    return _linked(parts, clusters, settings)


def _vectors(
    embedding: NDArray[np.float32],
    foreground: NDArray[np.bool_],
    settings: TrackingSettings,
) -> NDArray[np.float32]:
    vectors = np.moveaxis(embedding, 1, -1)[foreground]
    if settings.ignore_background_axis and vectors.shape[1] > 1:
        vectors = vectors[:, 1:]
    return unit(np.nan_to_num(vectors, posinf=0, neginf=0))


def _parts(
    clusters: NDArray[np.int32],
    vectors: NDArray[np.float32],
    settings: TrackingSettings,
) -> NDArray[np.int32]:
    """Return the connected parts of a frame's clusters, without holes or small parts.

    The vectors are those of the pixels with a cluster, in scan order.
    """
    parts = components(clusters)
    if settings.join_bandwidth:
        parts = _joined(parts, vectors, settings.join_bandwidth)
    parts = absorb_small(parts, settings.minimum_size)
    return fill_holes(parts) if settings.fill_holes else parts


def _joined(
    parts: NDArray[np.int32], vectors: NDArray[np.float32], bandwidth: float
) -> NDArray[np.int32]:
    """Join parts with a long contact and the same mean direction.

    A cluster is limited by the radius; a larger object is split into pieces with a long
    common border across which the embedding does not change.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs, edges = contacts(parts)
    inner = (pairs > 0).all(axis=1)
    pairs, edges = pairs[inner], edges[inner]
    if not len(pairs):
        return parts
    size = areas(parts)
    members = parts[parts > 0]
    sums = np.stack([np.bincount(members, values) for values in vectors.T], axis=1)
    means = unit(sums.astype(np.float32))
    alike = (means[pairs[:, 0]] * means[pairs[:, 1]]).sum(axis=1) > 1 - bandwidth
    broad = edges > np.sqrt(size[pairs].min(axis=1)) / 2
    one, other = pairs[alike & broad].T
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(len(size), len(size)))
    return np.asarray(connected_components(graph, directed=False)[1], np.int32)[parts]


def _linked(
    parts: list[NDArray[np.int32]],
    clusters: NDArray[np.int32],
    settings: TrackingSettings,
) -> NDArray[np.int32]:
    """Assign one label to the parts of a cluster that follow each other in time."""
    labels = np.zeros(clusters.shape, np.int32)
    names = np.zeros(1, np.int32)
    n_labels = 0
    for time, part in enumerate(parts):
        n_parts = int(part.max(initial=0))
        previous, names = names, np.zeros(n_parts + 1, np.int32)
        if time:
            for one, other in _same_objects(
                parts[time - 1], part, clusters[time - 1 : time + 1], settings.radius
            ):
                names[other] = previous[one]
        new = (areas(part) > 0) & (names == 0)
        new[0] = False
        names[new] = np.arange(n_labels + 1, n_labels + 1 + new.sum())
        n_labels += int(new.sum())
        labels[time] = names[part]
    return labels


def _same_objects(
    before: NDArray[np.int32],
    after: NDArray[np.int32],
    clusters: NDArray[np.int32],
    radius: float,
) -> list[tuple[int, int]]:
    """Pair parts of one cluster by overlap, then the remaining ones by distance."""
    cluster_before = _cluster_of(before, clusters[0])
    cluster_after = _cluster_of(after, clusters[1])
    found = overlaps(before, after)
    same = cluster_before[found.first] == cluster_after[found.second]
    pairs = greedy_pairs(found.where(same), 0)
    lone_before = _left(before, [one for one, _ in pairs])
    lone_after = _left(after, [other for _, other in pairs])
    if not (len(lone_before) and len(lone_after)):
        return pairs
    near = _near(_centers(before)[lone_before], _centers(after)[lone_after], radius)
    near = np.stack([lone_before[near[:, 0]], lone_after[near[:, 1]]], axis=1)
    same = cluster_before[near[:, 0]] == cluster_after[near[:, 1]]
    for one, other in near[same].tolist():
        if cluster_before[one] == cluster_after[other]:  # neither is paired yet
            pairs.append((one, other))
            cluster_before[one], cluster_after[other] = -1, -2
    return pairs


def _near(
    before: NDArray[np.float64], after: NDArray[np.float64], radius: float
) -> NDArray[np.intp]:
    """Return the pairs of points within a radius, shape (m, 2), nearest first."""
    from scipy.spatial import cKDTree

    found = cKDTree(before).sparse_distance_matrix(
        cKDTree(after), radius, output_type="ndarray"
    )
    order = np.lexsort((found["j"], found["i"], found["v"]))
    return np.asarray(np.stack([found["i"], found["j"]], axis=1)[order])


def _cluster_of(
    parts: NDArray[np.int32], clusters: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the cluster to which most pixels of each part belong."""
    owner = np.zeros(int(parts.max(initial=0)) + 1, np.int64)
    found = overlaps(parts, clusters)
    order = np.argsort(found.shared, kind="stable")
    owner[found.first[order]] = found.second[order]
    return owner


def _left(parts: NDArray[np.int32], taken: list[int]) -> NDArray[np.int64]:
    present = areas(parts) > 0
    present[[0, *taken]] = False
    return np.flatnonzero(present)


def _centers(parts: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the centroid of each part, shape (n, 2); undefined for absent ones."""
    rows, columns = np.nonzero(parts)
    flat, size = parts[rows, columns], np.maximum(areas(parts), 1)
    sums = [np.bincount(flat, axis, len(size)) for axis in (rows, columns)]
    return np.asarray(np.stack(sums, axis=1) / size[:, None])
