"""What a linker looks at: the objects of a frame as numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.tracking.seeds import unit


@dataclass(frozen=True, eq=False)
class Objects:
    """The objects of one frame.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Ascending.
    areas : ndarray of float64, shape (n,)
        In px.
    centres : ndarray of float64, shape (n, 2)
        Centroids (y, x).
    directions : ndarray of float32, shape (n, D - 1)
        Unit mean embedding without the background's axis.
    """

    labels: NDArray[np.int64]
    areas: NDArray[np.float64]
    centres: NDArray[np.float64]
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
    centres = [np.bincount(place, axis, count) / areas for axis in (rows, columns)]
    vectors = np.nan_to_num(embedding[1:, rows, columns], posinf=0, neginf=0)
    sums = np.zeros((count, len(vectors)))
    for axis, values in enumerate(vectors):
        sums[:, axis] = np.bincount(place, values, count)
    directions = unit(sums)
    return Objects(names, areas, np.stack(centres, axis=1), directions)
