"""Pixels sorted by square cells of space, so that a window reads only what is near."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Neighbourhood:
    """Unit vectors with places, ready for windows of one radius.

    Parameters
    ----------
    embedding : ndarray of float32, shape (n, d)
    positions : ndarray of float32, shape (n, k)
    radius : float
        In px; the side of the cells.
    """

    def __init__(self, embedding: Vectors, positions: Vectors, radius: float) -> None:
        self.radius = radius
        self.n_dimensions = embedding.shape[1]
        self.origin = positions.min(axis=0)
        extent = (positions.max(axis=0) - self.origin) // radius
        # Two empty cells at either end let every look-up of neighbours go unchecked.
        self.shape = tuple(extent.astype(int) + 5)
        cells = self._cells(positions)
        self.order = np.argsort(cells, kind="stable")
        self.starts = _starts(cells[self.order], int(np.prod(self.shape)))
        rows = np.hstack([embedding, positions, np.ones((len(embedding), 1))])
        self.rows = rows.astype(np.float32)[self.order]

    def window_means(
        self, centres: Vectors, places: Vectors, cosine: float
    ) -> tuple[NDArray[np.float32], Vectors, Vectors]:
        """Average the pixels in each centre's window.

        Parameters
        ----------
        centres : ndarray of float32, shape (m, d)
        places : ndarray of float32, shape (m, k)
        cosine : float
            A pixel is in the window when its cosine is above this and its distance
            below the radius.

        Returns
        -------
        count : ndarray of float32, shape (m,)
        directions : ndarray of float32, shape (m, d)
            Not normalised.
        places : ndarray of float32, shape (m, k)
        """
        sums = np.zeros((len(centres), self.rows.shape[1]), np.float32)
        for cell, members in _groups(self._cells(places)):
            rows = np.concatenate(
                [self.rows[part] for part in self._parts(cell, 1, self.starts)]
            )
            inside = centres[members] @ rows[:, : self.n_dimensions].T > cosine
            inside &= self._squared(places[members], rows) < self.radius**2
            sums[members] = inside.astype(np.float32) @ rows
        count = sums[:, -1]
        means = sums[:, :-1] / np.maximum(count, 1)[:, None]
        return count, means[:, : self.n_dimensions], means[:, self.n_dimensions :]

    def best_centres(
        self, centres: Vectors, places: Vectors, cost: float
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Find the most similar centre near each pixel.

        Parameters
        ----------
        centres : ndarray of float32, shape (m, d)
        places : ndarray of float32, shape (m, k)
        cost : float
            Taken off the cosine for each radius of distance beyond the first.

        Returns
        -------
        index : ndarray of int, shape (n,)
            Meaningless where the score is minus infinity.
        score : ndarray of float32, shape (n,)
            Minus infinity where no centre is within twice the radius.
        """
        index = np.zeros(len(self.rows), np.intp)
        score = np.full(len(self.rows), -np.inf, np.float32)
        cells = self._cells(places)
        order = np.argsort(cells, kind="stable")
        starts = _starts(cells[order], len(self.starts) - 1)
        for cell in np.flatnonzero(np.diff(self.starts)):
            parts = [order[part] for part in self._parts(cell, 2, starts)]
            near = np.sort(np.concatenate(parts))
            if not len(near):
                continue
            here = slice(self.starts[cell], self.starts[cell + 1])
            rows = self.rows[here]
            distance = np.sqrt(self._squared(places[near], rows)) / self.radius
            fit = centres[near] @ rows[:, : self.n_dimensions].T
            fit -= cost * np.maximum(distance - 1, 0)
            fit[distance >= 2] = -np.inf
            best = fit.argmax(axis=0)
            score[self.order[here]] = fit[best, np.arange(len(rows))]
            index[self.order[here]] = near[best]
        return index, score

    def _cells(self, positions: Vectors) -> NDArray[np.intp]:
        index = ((positions - self.origin) // self.radius).astype(np.intp) + 2
        top = np.array(self.shape) - 3
        cells = np.ravel_multi_index(tuple(np.clip(index, 2, top).T), self.shape)
        return np.asarray(cells)

    def _parts(
        self, cell: int, reach: int, starts: NDArray[np.intp]
    ) -> Iterator[slice]:
        """Yield where the rows of the cells around one lie, row of cells by row."""
        strides = np.cumprod((1, *self.shape[:0:-1]))[::-1][:-1]
        steps = np.arange(-reach, reach + 1)
        around = np.zeros(1, np.intp)
        for stride in strides:
            around = (around[:, None] + steps * stride).ravel()
        for middle in cell + around:
            yield slice(starts[middle - reach], starts[middle + reach + 1])

    def _squared(self, places: Vectors, rows: Vectors) -> NDArray[np.float32]:
        squared = np.zeros((len(places), len(rows)), np.float32)
        for axis in range(places.shape[1]):
            column = rows[:, self.n_dimensions + axis]
            squared += (places[:, axis, None] - column) ** 2
        return squared


def _starts(ordered: NDArray[np.intp], n_cells: int) -> NDArray[np.intp]:
    return np.searchsorted(ordered, np.arange(n_cells + 1))


def _groups(cells: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    order = np.argsort(cells, kind="stable")
    names, starts = np.unique(cells[order], return_index=True)
    for name, members in zip(names, np.split(order, starts[1:]), strict=False):
        yield int(name), members
