"""Windows of many seeds at once: matrix products in tiles, on the CPU or a GPU.

Rows are a unit vector of d dimensions, a place of k axes and a one. Places are in radii
from the middle of a cell: near zero, so neither squares of distances nor sums of places
lose digits, wherever in the frame the cell is.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

LARGEST = {"cpu": 2**20}
LARGEST_ELSEWHERE = 2**26
"""Most numbers in a matrix of similarities; on the CPU it stays in the cache."""


def largest(device: torch.device) -> int:
    """Return how many numbers a matrix of similarities has at most."""
    return LARGEST.get(device.type, LARGEST_ELSEWHERE)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute in one thread of the CPU for a while.

    The products are so small that several threads wait for each other longer than
    they work, above all where other programs use the cores.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def window_sums(
    seeds: Tensor, pixels: Tensor, n_dimensions: int, cosine: float
) -> Tensor:
    """Sum the pixels in the window of each seed.

    Parameters
    ----------
    seeds : Tensor of float32, shape (b, s, d + k + 1)
    pixels : Tensor of float32, shape (b, p, d + k + 1)
        Rows whose vector is zero are in no window.
    n_dimensions : int
        d.
    cosine : float
        A pixel is in the window when its cosine is above this, which is not negative,
        and its distance below 1.

    Returns
    -------
    Tensor of float32, shape (b, s, d + k + 1)
        The last column counts the pixels.
    """
    centers, places = seeds[..., :n_dimensions], seeds[..., n_dimensions:-1]
    reach = 1 - _squares(places)[..., None]
    sums = seeds.new_zeros((*seeds.shape[:2], pixels.shape[2]))
    for tile in _tiles(pixels, seeds):
        vectors, spots = tile[..., :n_dimensions], tile[..., n_dimensions:-1]
        inside = torch.bmm(centers, vectors.mT) > cosine
        # |spot|² - 2 spot · place < 1 - |place|²
        squares = _squares(spots)[:, None]
        inside &= torch.baddbmm(squares, places, spots.mT, alpha=-2) < reach
        sums.baddbmm_(inside.to(tile.dtype), tile)
    return sums


def best_seeds(
    seeds: Tensor, pixels: Tensor, n_dimensions: int, cost: float
) -> tuple[Tensor, Tensor]:
    """Find the most similar seed within twice the radius of each pixel.

    Parameters
    ----------
    seeds : Tensor of float32, shape (b, s, d + k + 1)
    pixels : Tensor of float32, shape (b, p, d + k + 1)
    n_dimensions : int
        d.
    cost : float
        Taken off the cosine for each radius of distance beyond the first.

    Returns
    -------
    score : Tensor of float32, shape (b, p)
        Minus infinity where no seed is within twice the radius.
    index : Tensor of int64, shape (b, p)
    """
    centers, places = seeds[..., :n_dimensions], seeds[..., n_dimensions:-1]
    found = []
    for tile in _tiles(pixels, seeds):
        vectors, spots = tile[..., :n_dimensions], tile[..., n_dimensions:-1]
        squares = _squares(places)[:, None]
        squared = torch.baddbmm(squares, spots, places.mT, alpha=-2)
        squared += _squares(spots)[..., None]
        far = squared >= 4
        fit = torch.bmm(vectors, centers.mT)
        fit -= squared.clamp_(min=1).sqrt_().sub_(1).mul_(cost)
        found.append(fit.masked_fill_(far, -torch.inf).max(dim=2))
    score, index = (torch.cat(parts, 1) for parts in zip(*found, strict=True))
    return score, index


def _squares(places: Tensor) -> Tensor:
    # Axis by axis: PyTorch is slow at sums over a few numbers.
    first, *others = places.square().unbind(2)
    for other in others:
        first = first + other
    return first


def _tiles(pixels: Tensor, seeds: Tensor) -> Iterator[Tensor]:
    """Split pixels so that none has too large a matrix of similarities to seeds."""
    rows = seeds.shape[0] * seeds.shape[1]
    height = max(1, largest(pixels.device) // rows)
    for start in range(0, pixels.shape[1], height):
        yield pixels[:, start : start + height]
