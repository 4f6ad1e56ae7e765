"""Square cells of space, and the points in and around each cell."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Vectors = NDArray[np.float32]
"""Embeddings, directions or positions: one vector per row."""

NOWHERE = 1e9
"""A position, in radii, that is not near any other."""

Indices = NDArray[np.intp]

FARTHEST = 2
"""Maximum number of cells that a lookup extends to either side."""


class Runs:
    """For each of m cells, the ranges of its points in the sorted order.

    Parameters
    ----------
    starts, stops : ndarray of int, shape (m, runs)
    """

    def __init__(self, starts: Indices, stops: Indices) -> None:
        self.starts, self.stops = starts, stops
        self.counts = (stops - starts).sum(axis=1)

    def __getitem__(self, chosen: Indices | NDArray[np.bool_]) -> "Runs":
        return Runs(self.starts[chosen], self.stops[chosen])

    def padded(self, filler: int) -> Indices:
        """Return all positions, shape (m, most); rows are padded at their ends."""
        lengths = (self.stops - self.starts).ravel()
        before = lengths.cumsum() - lengths
        positions = np.repeat(self.starts.ravel() - before, lengths)
        positions += np.arange(len(positions))
        table = np.full((len(self.counts), self.counts.max()), filler)
        table[np.arange(table.shape[1]) < self.counts[:, None]] = positions
        return table


class Cells:
    """A grid over positions.

    Parameters
    ----------
    places : ndarray, shape (n, k)
        At least one, in px.
    side : float
        Side of a cell, in px.
    """

    def __init__(self, places: NDArray[np.floating], side: float) -> None:
        self.side = side
        self.origin = places.min(axis=0)
        extent = (places.max(axis=0) - self.origin) // side
        # Empty cells at either end make bounds checks in neighbor lookups unnecessary.
        self.shape = tuple(int(n) + 1 + 2 * FARTHEST for n in extent)

    def of(self, places: NDArray[np.floating]) -> Indices:
        """Return the cell of each position, the nearest one for those outside."""
        index = ((places - self.origin) // self.side).astype(np.intp) + FARTHEST
        top = np.array(self.shape) - 1 - FARTHEST
        index = np.clip(index, FARTHEST, top)
        return np.asarray(np.ravel_multi_index(tuple(index.T), self.shape))

    def in_sides(self, places: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return positions relative to the origin, in cell sides."""
        relative = (places.astype(np.float64) - self.origin) / self.side
        return np.asarray(relative, np.float32)

    def middles(self, cells: Indices) -> NDArray[np.float64]:
        """Return the center of each cell, shape (m, k), in px."""
        index = np.stack(np.unravel_index(cells, self.shape), axis=1)
        return np.asarray(self.origin + (index - FARTHEST + 0.5) * self.side)

    def around(self, cells: Indices, reach: int) -> Indices:
        """Return the starts of runs of neighbors, shape (m, runs).

        Cells are consecutive along the last axis, so the block of all cells within
        reach consists of a few runs of 2 reach + 1 cells.
        """
        strides = np.cumprod((1, *self.shape[:0:-1]))[::-1][:-1]
        steps = np.arange(-reach, reach + 1)
        offsets = np.zeros(1, np.intp)
        for stride in strides:
            offsets = (offsets[:, None] + steps * stride).ravel()
        return np.asarray(cells[:, None] + offsets - reach)


class Rows:
    """Rows of a vector, a position in radii and a one, for matrix products.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
    places : ndarray of float32, shape (n, k)
        In px.
    cells : Cells
        Their side is the radius.
    device : torch.device
    """

    def __init__(
        self, vectors: Vectors, places: Vectors, cells: Cells, device: torch.device
    ) -> None:
        self.cells = cells
        self.places = slice(vectors.shape[1], vectors.shape[1] + places.shape[1])
        rows = np.zeros((len(vectors) + 1, self.places.stop + 1), np.float32)
        rows[:-1, : self.places.start] = vectors
        rows[:-1, self.places] = cells.in_sides(places)
        rows[:-1, -1] = 1
        # The last row pads batches: it is neither similar nor near to any other.
        rows[-1, self.places] = NOWHERE
        self.values = torch.from_numpy(rows).to(device)

    def gathered(self, index: Indices, middles: NDArray[np.float64]) -> Tensor:
        """Return the rows of some cells, with positions relative to the cell centers.

        Parameters
        ----------
        index : ndarray of int, shape (b, r)
            n means no row.
        middles : ndarray of float64, shape (b, k)
            In px.

        Returns
        -------
        Tensor of float32, shape (b, r, d + k + 1)
        """
        device = self.values.device
        flat = torch.from_numpy(index.ravel()).to(device)
        rows = self.values.index_select(0, flat).reshape(*index.shape, -1)
        middle = torch.from_numpy(self.cells.in_sides(middles)).to(device)
        rows[..., self.places] -= middle[:, None]
        return rows


def batches(seeds: Runs, pixels: Runs, width: int, most: int) -> Iterator[Indices]:
    """Group cells whose matrices, padded to one shape, are small enough.

    Parameters
    ----------
    seeds, pixels : Runs
        Runs of each cell.
    width : int
        Length of a row.
    most : int
        Maximum number of values in the matrices of a batch; a cell with more is its own
        batch.

    Yields
    ------
    ndarray of int
        Cells of a batch; those with similar numbers of pixels are grouped.
    """
    batch: list[int] = []
    n_seeds = n_pixels = 0
    for cell in np.lexsort((seeds.counts, pixels.counts)).tolist():
        n_seeds = max(n_seeds, int(seeds.counts[cell]))
        n_pixels = max(n_pixels, int(pixels.counts[cell]))
        if batch and (len(batch) + 1) * n_pixels * max(n_seeds, width) > most:
            yield np.array(batch)
            batch = []
            n_seeds, n_pixels = int(seeds.counts[cell]), int(pixels.counts[cell])
        batch.append(cell)
    if batch:
        yield np.array(batch)


class SortedPoints:
    """Points sorted by cell.

    Parameters
    ----------
    cells : Cells
    places : ndarray, shape (n, k)

    Attributes
    ----------
    order : ndarray of int, shape (n + 1,)
        Points cell by cell, in their given order within a cell; then n, which means no
        point.
    """

    def __init__(self, cells: Cells, places: NDArray[np.floating]) -> None:
        self.cells = cells
        mine = cells.of(places)
        order = np.argsort(mine, kind="stable")
        n_cells = int(np.prod(cells.shape))
        self.starts = np.searchsorted(mine[order], np.arange(n_cells + 1))
        self.order = np.append(order, len(order))

    def filled(self) -> Indices:
        """Return the nonempty cells, in order."""
        return np.flatnonzero(np.diff(self.starts))

    def near(self, cells: Indices, reach: int) -> Runs:
        """Return the ranges of the points in the block of cells around each one."""
        first = self.cells.around(cells, reach)
        return Runs(self.starts[first], self.starts[first + 2 * reach + 1])
