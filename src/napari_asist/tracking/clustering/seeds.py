"""Seeds of mean shift: coherent spots, spread evenly over the foreground."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.tracking.clustering.grid import Vectors
from napari_asist.tracking.settings import TrackingSettings

EPSILON = 1e-4


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """Normalize vectors, shape (n, d), to length 1; those of zero length stay short."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, EPSILON), np.float32)


class Spots:
    """Small square cells of space, each with the mean of its pixels' embeddings.

    A spot at an object's border mixes directions, so its mean is short: seeding only at
    coherent spots leaves no slivers between objects.
    """

    def __init__(
        self,
        embedding: Vectors,
        positions: Vectors,
        settings: TrackingSettings,
        rng: np.random.Generator,
    ) -> None:
        self.values = np.hstack([embedding, positions]).astype(np.float64)
        self.n_dimensions = embedding.shape[1]
        offset = rng.random((positions.shape[1],))
        spacing = float(settings.seed_spacing)
        self.spot = _cells(positions, spacing, offset)
        while spacing > 1 and self.spot.max() + 1 < min(settings.seeds, len(embedding)):
            spacing = max(1.0, spacing / 2)
            self.spot = _cells(positions, spacing, offset)
        self.size = np.bincount(self.spot)

    def coherent(
        self, pending: NDArray[np.bool_], coherence: float
    ) -> tuple[Vectors, Vectors]:
        """Return directions and positions of full, coherent, mostly pending spots."""
        size, length, directions, places = self._means(pending)
        full = 2 * self.size >= np.quantile(self.size, 0.95)
        good = full & (2 * size > self.size) & (length > coherence)
        return directions[good], places[good]

    def any(self, pending: NDArray[np.bool_]) -> tuple[Vectors, Vectors]:
        """Return directions and positions of all spots with pending pixels."""
        size, _, directions, places = self._means(pending)
        return directions[size > 0], places[size > 0]

    def _means(
        self, pending: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], Vectors, Vectors]:
        spot, values = self.spot[pending], self.values[pending]
        size = np.bincount(spot, minlength=len(self.size))
        means = (
            np.stack(
                [np.bincount(spot, column, len(self.size)) for column in values.T],
                axis=1,
            )
            / np.maximum(size, 1)[:, None]
        )
        directions, places = np.split(means.astype(np.float32), [self.n_dimensions], 1)
        length = np.linalg.norm(means[:, : self.n_dimensions], axis=1)
        return size, length, unit(directions), places


def _cells(
    positions: Vectors, spacing: float, offset: NDArray[np.floating]
) -> NDArray[np.intp]:
    index = np.floor(positions / spacing + offset).astype(np.int64)
    index -= index.min(axis=0)
    flat = np.ravel_multi_index(tuple(index.T), tuple(index.max(axis=0) + 1))
    return np.unique(flat, return_inverse=True)[1]
