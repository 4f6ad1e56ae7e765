"""Pixels sorted by square cells of space, so that a window reads only nearby ones."""

import numpy as np
import torch
from numpy.typing import NDArray

from napari_asist.events import raise_if_stopped
from napari_asist.tracking.clustering.grid import (
    Cells,
    Rows,
    SortedPoints,
    Vectors,
    batches,
)
from napari_asist.tracking.clustering.kernel import best_seeds, largest, window_sums


class Neighborhood:
    """Unit vectors with positions, prepared for windows of one radius.

    The seeds of a cell are multiplied with the pixels of the surrounding cells in one
    matrix product, and cells with similar numbers of pixels are batched. Each sum has a
    fixed order, so a device gives the same result each time.

    Memory contains the pixels, a copy of those around one batch of cells, a batch's
    seeds and tiles of similarities: at most 2 (n + m) (d + k + 1) + 6 L numbers for n
    pixels and m seeds, L from `kernel.largest`; never seeds × pixels, let alone ×
    dimensions.

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
        self.pixels = SortedPoints(self.cells, positions)
        order = self.pixels.order[:-1]
        self.rows = Rows(embedding[order], positions[order], self.cells, self.device)
        self.width = self.rows.values.shape[1]

    def window_means(
        self, centers: Vectors, places: Vectors, cosine: float
    ) -> tuple[NDArray[np.float32], Vectors, Vectors]:
        """Average the pixels in each center's window.

        Parameters
        ----------
        centers : ndarray of float32, shape (m, d)
        places : ndarray of float32, shape (m, k)
            In px.
        cosine : float
            A pixel is in the window if its cosine is above this nonnegative value and
            its distance is below the radius.

        Returns
        -------
        count : ndarray of float32, shape (m,)
        directions : ndarray of float32, shape (m, d)
            Not normalized.
        places : ndarray of float32, shape (m, k)
            In px; meaningless, as are directions, if the count is 0.
        """
        seeds = SortedPoints(self.cells, places)
        table = Rows(centers, places, self.cells, self.device)
        cells = seeds.filled()
        members, around = seeds.near(cells, 0), self.pixels.near(cells, 1)
        sums = np.zeros((len(centers), self.width), np.float32)
        middles = np.zeros(places.shape)
        for batch in batches(members, around, self.width, largest(self.device)):
            raise_if_stopped()
            middle = self.cells.middles(cells[batch])
            mine = seeds.order[members[batch].padded(len(centers))]
            found = window_sums(
                table.gathered(mine, middle),
                self.rows.gathered(around[batch].padded(self.n_pixels), middle),
                self.n_dimensions,
                cosine,
            )
            real = mine < len(centers)
            sums[mine[real]] = found.cpu().numpy()[real]
            middles[mine[real]] = np.repeat(middle, real.sum(axis=1), axis=0)
        count = sums[:, -1]
        means = sums[:, :-1] / np.maximum(count, 1)[:, None]
        directions, moved = np.split(means, [self.n_dimensions], axis=1)
        return count, directions, (middles + moved * self.radius).astype(np.float32)

    def best_centers(
        self, centers: Vectors, places: Vectors, cost: float
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Find the most similar center near each pixel.

        Parameters
        ----------
        centers : ndarray of float32, shape (m, d)
        places : ndarray of float32, shape (m, k)
            In px.
        cost : float
            Subtracted from the cosine for each radius of distance beyond the first.

        Returns
        -------
        index : ndarray of int, shape (n,)
            Meaningless if the score is minus infinity.
        score : ndarray of float32, shape (n,)
            Minus infinity if no center is within twice the radius.
        """
        index = np.zeros(self.n_pixels, np.intp)
        score = np.full(self.n_pixels, -np.inf, np.float32)
        if not len(centers):
            return index, score
        seeds = SortedPoints(self.cells, places)
        table = Rows(centers, places, self.cells, self.device)
        cells = self.pixels.filled()
        cells = cells[seeds.near(cells, 2).counts > 0]
        near, members = seeds.near(cells, 2), self.pixels.near(cells, 0)
        for batch in batches(near, members, self.width, largest(self.device)):
            raise_if_stopped()
            middle = self.cells.middles(cells[batch])
            candidates = seeds.order[near[batch].padded(len(centers))]
            candidates.sort(axis=1)
            here = members[batch].padded(self.n_pixels)
            fit, best = best_seeds(
                table.gathered(candidates, middle),
                self.rows.gathered(here, middle),
                self.n_dimensions,
                cost,
            )
            mine = self.pixels.order[here]
            real = mine < self.n_pixels
            score[mine[real]] = fit.cpu().numpy()[real]
            chosen = np.take_along_axis(candidates, best.cpu().numpy(), axis=1)
            index[mine[real]] = chosen[real]
        return index, score
