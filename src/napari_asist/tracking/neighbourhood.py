"""Pixels sorted by square cells of space, so that a window reads only what is near."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_asist.tracking.cells import Cells, Indices, Runs, Sorted
from napari_asist.tracking.products import best_seeds, largest, window_sums

Vectors = NDArray[np.float32]
NOWHERE = 1e9
"""A place, in radii, that is near to nothing."""


class Neighbourhood:
    """Unit vectors with places, ready for windows of one radius.

    The seeds of a cell meet the pixels of the cells around it in one matrix product,
    and cells with about as many pixels go together. Each sum has a fixed order, so a
    device gives the same result each time.

    In memory are the pixels, once more those around one batch of cells, and tiles of
    similarities: at most 2 n (d + k + 1) + 6 L numbers, L from `products.largest`;
    never seeds × pixels, let alone × dimensions.

    Parameters
    ----------
    embedding : ndarray of float32, shape (n, d)
    positions : ndarray of float32, shape (n, k)
        In px.
    radius : float
        In px; the side of the cells.
    device : torch.device, optional
        Where products are computed; the CPU by default.
    """

    def __init__(
        self,
        embedding: Vectors,
        positions: Vectors,
        radius: float,
        device: torch.device | None = None,
    ) -> None:
        self.radius = radius
        self.device = device or torch.device("cpu")
        self.n_pixels, self.n_dimensions = embedding.shape
        self.cells = Cells(positions, radius)
        self.pixels = Sorted(self.cells, positions)
        ones = np.ones((self.n_pixels, 1), np.float32)
        rows = np.hstack([embedding, self._in_radii(positions), ones])
        # The last row fills up batches: one of zeros is in no window.
        self.rows = self._sent(
            np.append(rows, np.zeros_like(rows[:1]), 0)[self.pixels.order]
        )

    def window_means(
        self, centres: Vectors, places: Vectors, cosine: float
    ) -> tuple[NDArray[np.float32], Vectors, Vectors]:
        """Average the pixels in each centre's window.

        Parameters
        ----------
        centres : ndarray of float32, shape (m, d)
        places : ndarray of float32, shape (m, k)
            In px.
        cosine : float
            A pixel is in the window when its cosine is above this, which is not
            negative, and its distance below the radius.

        Returns
        -------
        count : ndarray of float32, shape (m,)
        directions : ndarray of float32, shape (m, d)
            Not normalised.
        places : ndarray of float32, shape (m, k)
            In px; meaningless, as are directions, where the count is 0.
        """
        seeds = Sorted(self.cells, places)
        table = self._table(centres, places)
        cells = seeds.filled()
        members, around = seeds.near(cells, 0), self.pixels.near(cells, 1)
        sums = np.zeros((len(centres), self.rows.shape[1]), np.float32)
        middles = np.zeros(places.shape)
        for batch in self._batches(members, around):
            middle = self.cells.middles(cells[batch])
            mine = seeds.order[members[batch].padded(len(centres))]
            found = window_sums(
                self._gathered(table, mine, middle),
                self._pixels(around[batch], middle),
                self.n_dimensions,
                cosine,
            )
            real = mine < len(centres)
            sums[mine[real]] = found.cpu().numpy()[real]
            middles[mine[real]] = np.repeat(middle, real.sum(axis=1), axis=0)
        count = sums[:, -1]
        means = sums[:, :-1] / np.maximum(count, 1)[:, None]
        directions, moved = np.split(means, [self.n_dimensions], axis=1)
        return count, directions, (middles + moved * self.radius).astype(np.float32)

    def best_centres(
        self, centres: Vectors, places: Vectors, cost: float
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Find the most similar centre near each pixel.

        Parameters
        ----------
        centres : ndarray of float32, shape (m, d)
        places : ndarray of float32, shape (m, k)
            In px.
        cost : float
            Taken off the cosine for each radius of distance beyond the first.

        Returns
        -------
        index : ndarray of int, shape (n,)
            The first of equally good centres; meaningless where the score is minus
            infinity.
        score : ndarray of float32, shape (n,)
            Minus infinity where no centre is within twice the radius.
        """
        index = np.zeros(self.n_pixels, np.intp)
        score = np.full(self.n_pixels, -np.inf, np.float32)
        if not len(centres):
            return index, score
        seeds = Sorted(self.cells, places)
        table = self._table(centres, places)
        cells = self.pixels.filled()
        cells = cells[seeds.near(cells, 2).counts > 0]
        near, members = seeds.near(cells, 2), self.pixels.near(cells, 0)
        for batch in self._batches(near, members):
            middle = self.cells.middles(cells[batch])
            candidates = seeds.order[near[batch].padded(len(centres))]
            candidates.sort(axis=1)
            fit, best = best_seeds(
                self._gathered(table, candidates, middle),
                self._pixels(members[batch], middle),
                self.n_dimensions,
                cost,
            )
            mine = self.pixels.order[members[batch].padded(self.n_pixels)]
            real = mine < self.n_pixels
            score[mine[real]] = fit.cpu().numpy()[real]
            chosen = np.take_along_axis(candidates, best.cpu().numpy(), axis=1)
            index[mine[real]] = chosen[real]
        return index, score

    def _batches(self, seeds: Runs, pixels: Runs) -> Iterator[Indices]:
        """Put cells together whose matrices, filled up alike, are small enough."""
        most, width = largest(self.device), self.rows.shape[1]
        batch: list[int] = []
        n_seeds = n_pixels = 0
        for cell in np.lexsort((seeds.counts, pixels.counts)).tolist():
            n_seeds = max(n_seeds, seeds.counts[cell])
            n_pixels = max(n_pixels, pixels.counts[cell])
            if batch and (len(batch) + 1) * n_pixels * max(n_seeds, width) > most:
                yield np.array(batch)
                batch = []
                n_seeds, n_pixels = seeds.counts[cell], pixels.counts[cell]
            batch.append(cell)
        if batch:
            yield np.array(batch)

    def _table(self, centres: Vectors, places: Vectors) -> Tensor:
        """Return seeds as rows, then one that is like nothing and near to nothing."""
        rows = np.hstack([centres, self._in_radii(places)])
        nothing = np.zeros_like(rows[:1])
        nothing[:, self.n_dimensions :] = NOWHERE
        return self._sent(np.append(rows, nothing, axis=0))

    def _pixels(self, runs: Runs, middles: NDArray[np.float64]) -> Tensor:
        return self._gathered(self.rows, runs.padded(self.n_pixels), middles)

    def _gathered(
        self, table: Tensor, index: Indices, middles: NDArray[np.float64]
    ) -> Tensor:
        """Take rows, shape (b, r, …), with places from the middle of each cell."""
        rows = table[torch.from_numpy(index).to(self.device)]
        places = slice(self.n_dimensions, self.n_dimensions + middles.shape[1])
        rows[..., places] -= self._sent(self._in_radii(middles))[:, None]
        return rows

    def _in_radii(self, places: NDArray[np.floating]) -> Vectors:
        relative = (places.astype(np.float64) - self.cells.origin) / self.radius
        return np.asarray(relative, np.float32)

    def _sent(self, values: Vectors) -> Tensor:
        return torch.from_numpy(values).to(self.device)
