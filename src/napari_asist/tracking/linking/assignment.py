"""Link the objects of consecutive frames by an assignment of lowest total cost.

Plain overlap uses only the objects' positions, and if pairs are chosen greedily, one
wrong pair causes the next. Here, a pair has a low cost if both objects overlap, have
the same embedding and about the same size, and if the later one is where the earlier
one was moving; the assignment with the lowest total cost is used (Jaqaman et al.,
Nature Methods 5, 2008).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.spatial import cKDTree

from napari_asist.tracking.clustering.seeds import unit
from napari_asist.tracking.segmentation.regions import overlaps
from napari_asist.tracking.settings import TrackingSettings

FREE = 1e-6
"""Matching in sparse graphs treats edges of weight 0 as missing."""


@dataclass(frozen=True, eq=False)
class Objects:
    """The objects of one frame.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Ascending.
    areas : ndarray of float64, shape (n,)
        In px.
    centers : ndarray of float64, shape (n, 2)
        Centroids (y, x).
    directions : ndarray of float32, shape (n, D - 1)
        Unit mean embedding without the background's axis.
    """

    labels: NDArray[np.int64]
    areas: NDArray[np.float64]
    centers: NDArray[np.float64]
    directions: NDArray[np.float32]

    @property
    def radii(self) -> NDArray[np.float64]:
        """Radii of discs of the same areas, shape (n,)."""
        radii: NDArray[np.float64] = np.sqrt(self.areas / np.pi)
        return radii

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.labels)


def describe(labels: NDArray[np.integer], embedding: NDArray[np.float32]) -> Objects:
    """Measure the objects of a frame.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
    embedding : ndarray of float32, shape (D, Y, X)
    """
    rows, columns = np.nonzero(labels)
    found = labels[rows, columns].astype(np.int64)
    names, place = np.unique(found, return_inverse=True)
    count = len(names)
    areas = np.bincount(place, minlength=count).astype(np.float64)
    centers = [np.bincount(place, axis, count) / areas for axis in (rows, columns)]
    vectors = np.nan_to_num(embedding[1:, rows, columns], posinf=0, neginf=0)
    sums = np.zeros((count, len(vectors)))
    for axis, values in enumerate(vectors):
        sums[:, axis] = np.bincount(place, values, count)
    directions = unit(sums)
    return Objects(names, areas, np.stack(centers, axis=1), directions)


class AssignmentLinker:
    """Links frame by frame, and stores each track's last displacement.

    Parameters
    ----------
    settings : TrackingSettings
        Uses `link_reach`, `link_cost`, `inertia` and the four weights.
    """

    def __init__(self, settings: TrackingSettings) -> None:
        self.settings = settings
        self._steps: dict[int, NDArray[np.float64]] = {}

    def link(
        self,
        before: NDArray[np.integer],
        after: NDArray[np.integer],
        embedding_before: NDArray[np.float32],
        embedding_after: NDArray[np.float32],
    ) -> dict[int, int]:
        """Find the track that each object of a frame continues.

        Parameters
        ----------
        before : ndarray of int, shape (Y, X)
            Tracks in the previous frame.
        after : ndarray of int, shape (Y, X)
            Objects in this frame.
        embedding_before, embedding_after : ndarray of float32, shape (D, Y, X)
            From one window, so that an object has the same direction in both.

        Returns
        -------
        dict of int to int
            Track by object, without objects that begin a track.
        """
        one = describe(before, embedding_before)
        other = describe(after, embedding_after)
        steps = np.array([self._steps.get(name, (0.0, 0.0)) for name in one.labels])
        predicted = one.centers + self.settings.inertia * steps.reshape(-1, 2)
        rows, columns, distance = self._candidates(one, other, predicted)
        iou = _iou(before, after, one, other)[rows, columns]
        costs = self._costs(one, other, rows, columns, distance, iou)
        pairs = cheapest(
            costs, rows, columns, len(one), len(other), self.settings.link_cost
        )
        self._steps = {
            int(one.labels[a]): other.centers[b] - one.centers[a] for a, b in pairs
        }
        return {int(other.labels[b]): int(one.labels[a]) for a, b in pairs}

    def _candidates(
        self, one: Objects, other: Objects, predicted: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
        """Return pairs of near objects: indices in both frames, and relative distances.

        Distances are fractions of the largest allowed one, which depends on the larger
        object's radius.
        """
        if not (len(one) and len(other)):
            return np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0)
        farthest = self.settings.link_reach * max(one.radii.max(), other.radii.max())
        near = cKDTree(other.centers).query_ball_point(predicted, farthest)
        rows = np.repeat(np.arange(len(one)), [len(found) for found in near])
        columns = np.array([index for found in near for index in sorted(found)], int)
        reach = np.maximum(one.radii[rows], other.radii[columns])
        distance = np.linalg.norm(other.centers[columns] - predicted[rows], axis=1)
        distance /= self.settings.link_reach * reach
        inside = distance <= 1
        return rows[inside], columns[inside], distance[inside]

    def _costs(
        self,
        one: Objects,
        other: Objects,
        rows: NDArray[np.intp],
        columns: NDArray[np.intp],
        distance: NDArray[np.float64],
        iou: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the weighted mean of four distances, each from 0 to 1."""
        settings = self.settings
        cosine = (one.directions[rows] * other.directions[columns]).sum(axis=1)
        small, large = np.sort([one.areas[rows], other.areas[columns]], axis=0)
        distances = [1 - iou, np.clip(1 - cosine, 0, 1), 1 - small / large, distance]
        weights = np.array(
            [
                settings.overlap_weight,
                settings.embedding_weight,
                settings.size_weight,
                settings.motion_weight,
            ]
        )
        mean: NDArray[np.float64] = weights @ np.stack(distances) / weights.sum()
        return mean


def _iou(
    before: NDArray[np.integer],
    after: NDArray[np.integer],
    one: Objects,
    other: Objects,
) -> NDArray[np.float64]:
    """Return the intersection over union of all pairs of objects."""
    table = np.zeros((len(one), len(other)))
    found = overlaps(before, after)
    rows = np.searchsorted(one.labels, found.first)
    table[rows, np.searchsorted(other.labels, found.second)] = found.iou
    return table


def cheapest(
    costs: NDArray[np.float64],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    n_rows: int,
    n_columns: int,
    refusal: float,
) -> list[tuple[int, int]]:
    """Assign rows to columns at the lowest total cost.

    Parameters
    ----------
    costs : ndarray of float64, shape (m,)
        Costs of the possible pairs.
    rows, columns : ndarray of int, shape (m,)
    n_rows, n_columns : int
    refusal : float
        Cost of leaving a row and a column unpaired.

    Returns
    -------
    list of (row, column)
    """
    if not len(costs):
        return []
    # Each row has its own column for staying unpaired, and each column such a row; when
    # a pair is chosen, the two left over are paired at no cost.
    alone_rows, alone_columns = np.arange(n_rows), np.arange(n_columns)
    graph = coo_array(
        (
            np.concatenate(
                [
                    costs + FREE,
                    np.full(n_rows + n_columns, refusal / 2 + FREE),
                    np.full(len(costs), FREE),
                ]
            ),
            (
                np.concatenate(
                    [rows, alone_rows, n_rows + alone_columns, n_rows + columns]
                ),
                np.concatenate(
                    [columns, n_columns + alone_rows, alone_columns, n_columns + rows]
                ),
            ),
        )
    ).tocsr()
    found_rows, found_columns = min_weight_full_bipartite_matching(graph)
    return [
        (int(row), int(column))
        for row, column in zip(found_rows, found_columns, strict=True)
        if row < n_rows and column < n_columns
    ]
