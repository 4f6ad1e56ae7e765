"""Measure label images: contacts, overlaps, areas, holes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]


@dataclass(frozen=True)
class Overlaps:
    """Overlaps of two label images of the same shape.

    Parameters
    ----------
    first, second : ndarray of int64, shape (number of overlapping pairs,)
    shared : ndarray of int64
        Pixels of each pair's intersection.
    iou : ndarray of float64
        Intersection over union of each pair.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    shared: NDArray[np.int64]
    iou: NDArray[np.float64]

    def where(self, chosen: NDArray[np.bool_]) -> "Overlaps":
        """Return some of the pairs."""
        return Overlaps(
            self.first[chosen],
            self.second[chosen],
            self.shared[chosen],
            self.iou[chosen],
        )


def overlaps(first: Labels, second: Labels) -> Overlaps:
    """Measure each pair of labels that share a pixel; 0 is background."""
    both = (first > 0) & (second > 0)
    n_second = int(second.max(initial=0)) + 1
    key = first[both].astype(np.int64) * n_second + second[both]
    pairs, shared = np.unique(key, return_counts=True)
    a, b = pairs // n_second, pairs % n_second
    union = areas(first)[a] + areas(second)[b] - shared
    return Overlaps(a, b, shared, shared / np.maximum(union, 1))


def greedy_pairs(found: Overlaps, above: float) -> list[tuple[int, int]]:
    """Pair labels one to one, largest intersection over union first."""
    order = np.lexsort((found.second, found.first, -found.iou))
    taken_first: set[int] = set()
    taken_second: set[int] = set()
    pairs = []
    for index in order[found.iou[order] > above]:
        a, b = int(found.first[index]), int(found.second[index])
        if a not in taken_first and b not in taken_second:
            taken_first.add(a)
            taken_second.add(b)
            pairs.append((a, b))
    return pairs


def areas(labels: Labels) -> NDArray[np.int64]:
    """Return the number of pixels of each label, including 0, indexed by label."""
    return np.bincount(labels.ravel(), minlength=1).astype(np.int64)


def contacts(labels: Labels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the edges between pixels of different labels in one frame.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)

    Returns
    -------
    pairs : ndarray of int64, shape (m, 2)
        Each pair of touching labels in both orders; 0 counts as a label.
    edges : ndarray of int64, shape (m,)
        Number of pixel edges that they share.
    """
    sides = [(labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])]
    found = []
    for one, other in sides:
        differ = one != other
        found.append(np.stack([one[differ], other[differ]], axis=1))
    pairs = np.concatenate(found).astype(np.int64)
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    n = int(labels.max(initial=0)) + 1
    keys, edges = np.unique(pairs[:, 0] * n + pairs[:, 1], return_counts=True)
    return np.stack([keys // n, keys % n], axis=1), edges


def _connected(
    image: NDArray[np.integer] | NDArray[np.bool_], connectivity: int
) -> NDArray[np.int32]:
    from skimage.measure import label

    parts = label(image, background=0, connectivity=connectivity)  # type: ignore[no-untyped-call]
    return np.asarray(parts, np.int32)


def components(labels: Labels) -> NDArray[np.int32]:
    """Assign numbers from 1 to a frame's 8-connected parts of equal label."""
    return _connected(labels, connectivity=2)


def fill_holes(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Fill background enclosed by a single label of a frame."""
    holes = _connected(labels == 0, connectivity=1).astype(np.int64)
    n_labels = int(labels.max(initial=0)) + 1
    pairs, _ = contacts(np.where(labels > 0, labels, holes + n_labels - 1))
    pairs = pairs[(pairs[:, 0] >= n_labels) & (pairs[:, 1] < n_labels)]
    owners = np.zeros(int(holes.max()) + 1, np.int32)
    names, first, number = np.unique(
        pairs[:, 0] - n_labels + 1, return_index=True, return_counts=True
    )
    enclosed = number == 1
    owners[names[enclosed]] = pairs[first[enclosed], 1]
    edge = np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]])
    owners[edge] = 0
    return np.where(labels > 0, labels, owners[holes])


def absorb_small(labels: NDArray[np.int32], minimum_size: int) -> NDArray[np.int32]:
    """Merge small parts into the large one they touch most; drop those that touch none.

    Parameters
    ----------
    labels : ndarray of int32, shape (Y, X)
    minimum_size : int
        In px; a part with fewer is small.
    """
    # Twice, because a sliver may reach an object only through another sliver.
    for _ in range(2):
        size = areas(labels)
        small = size < minimum_size
        small[0] = False
        if not (small & (size > 0)).any():
            return labels
        pairs, edges = contacts(labels)
        joins = small[pairs[:, 0]] & ~small[pairs[:, 1]] & (pairs[:, 1] > 0)
        pairs, edges = pairs[joins], edges[joins]
        lookup = np.arange(len(size), dtype=np.int32)
        order = np.argsort(edges, kind="stable")
        lookup[pairs[order, 0]] = pairs[order, 1]  # the longest contact is set last
        labels = lookup[labels]
    size = areas(labels)
    lookup = np.arange(len(size), dtype=np.int32)
    lookup[size < minimum_size] = 0
    return lookup[labels]
