"""Compute windows of many seeds at once: tiled matrix products, on CPU or GPU.

Rows are a unit vector of d dimensions, a position of k axes and a one. Positions are in
radii from the center of a cell. They are near zero, so neither squared distances nor
sums of positions lose digits, wherever the cell is in the frame.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

LARGEST = {"cpu": 2**20}
LARGEST_ELSEWHERE = 2**26
"""Maximum number of values in a similarity matrix; on the CPU, it fits in the cache."""


def largest(device: torch.device) -> int:
    """Return the largest size of a similarity matrix."""
    return LARGEST.get(device.type, LARGEST_ELSEWHERE)


@contextmanager
def one_thread() -> Iterator[None]:
    """Temporarily restrict PyTorch to one CPU thread.

    The products are so small that several threads would wait for each other longer than
    they work, especially if other programs use the cores.
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
        Rows with a zero vector are in no window.
    n_dimensions : int
        d.
    cosine : float
        A pixel is in the window if its cosine is above this nonnegative value and its
        distance is below 1.

    Returns
    -------
    Tensor of float32, shape (b, s, d + k + 1)
        The last column is the number of pixels.
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
        Subtracted from the cosine for each radius of distance beyond the first.

    Returns
    -------
    score : Tensor of float32, shape (b, p)
        Minus infinity if no seed is within twice the radius.
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
    # One axis at a time, because PyTorch is slow at sums over a few numbers.
    first, *others = places.square().unbind(2)
    for other in others:
        first = first + other
    return first


def _tiles(pixels: Tensor, seeds: Tensor) -> Iterator[Tensor]:
    """Split pixels so that no part's similarity matrix with the seeds is too large."""
    rows = seeds.shape[0] * seeds.shape[1]
    height = max(1, largest(pixels.device) // rows)
    for start in range(0, pixels.shape[1], height):
        yield pixels[:, start : start + height]
