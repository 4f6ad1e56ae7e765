"""Vectors with places on a device, gathered cell by cell."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_asist.tracking.cells import Cells, Indices, Runs

Vectors = NDArray[np.float32]
NOWHERE = 1e9
"""A place, in radii, that is near to nothing."""


class Rows:
    """Rows of a vector, a place in radii and a one, as matrix products take them.

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
        # The last row fills up batches: it is like nothing and near to nothing.
        rows[-1, self.places] = NOWHERE
        self.values = torch.from_numpy(rows).to(device)

    def gathered(self, index: Indices, middles: NDArray[np.float64]) -> Tensor:
        """Take the rows of some cells, with places from the middle of their cell.

        Parameters
        ----------
        index : ndarray of int, shape (b, r)
            n stands for no row.
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
    """Put cells together whose matrices, filled up to one shape, are small enough.

    Parameters
    ----------
    seeds, pixels : Runs
        Of each cell.
    width : int
        Numbers in a row.
    most : int
        Numbers in the matrices of a batch; a cell that has more comes alone.

    Yields
    ------
    ndarray of int
        Which cells; those with about as many pixels come together.
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
