"""Divide frames into overlapping tiles, and merge the tiles' label maps.

Embeddings of different tiles are never averaged: an object's direction depends on the
tile. Each tile fills the part of the frame that it covers best, up to the middle of the
strip that it shares with its neighbor, and objects are joined across the middle if the
label maps of both tiles agree in the strip.
"""

from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_asist.tracking.segmentation.regions import greedy_pairs, overlaps

Span = tuple[int, int]
Tile = tuple[Span, Span]
Number = TypeVar("Number", np.int32, np.float32)
LEAST_IOU = 0.1
"""A tile's edge often cuts an object in the strip, so a small overlap has to
suffice."""


def spans(length: int, tile: int, overlap: int) -> list[Span]:
    """Divide a length into spans that overlap by `overlap`.

    All begin at multiples of the step, including the last one, which ends where the
    length does: a network's output for the same pixels depends on where its pooling
    begins (Rumberger et al., arXiv:2101.05846).

    Parameters
    ----------
    length, tile, overlap : int
        In px; a tile of 0 or beyond the length is the whole length.
    """
    if not tile or tile >= length:
        return [(0, length)]
    starts = range(0, length - overlap, tile - overlap)
    return [(start, min(start + tile, length)) for start in starts]


def cores(found: list[Span]) -> list[Span]:
    """Return the part of each span that no other one covers better."""
    middles = [(after[0] + before[1]) // 2 for before, after in pairwise(found)]
    edges = [found[0][0], *middles, found[-1][1]]
    return list(pairwise(edges))


def merge_tiles(
    pieces: dict[Tile, NDArray[np.int32]], rows: list[Span], columns: list[Span]
) -> NDArray[np.int32]:
    """Merge the label maps of overlapping tiles.

    Parameters
    ----------
    pieces : dict of ndarray of int32, shape (k, tile, tile)
        Labels of each tile, keyed by its rows and columns.
    rows, columns : list of pairs of int
        See `spans`.

    Returns
    -------
    ndarray of int32, shape (k, Y, X)
        Labels 1, 2, 3, …; independent of the order of the tiles.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    offset = 0
    shifted = {}
    for tile in sorted(pieces):
        labels = pieces[tile]
        shifted[tile] = np.where(labels > 0, labels + offset, 0)
        offset += int(labels.max(initial=0))
    joins = _joins(shifted, rows, columns)
    one, other = np.array(joins, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(offset + 1, offset + 1))
    lookup = np.asarray(connected_components(graph, directed=False)[1], np.int32)
    merged: NDArray[np.int32] = lookup[paint_tiles(shifted, rows, columns)]
    return merged


def paint_tiles(
    pieces: dict[Tile, NDArray[Number]], rows: list[Span], columns: list[Span]
) -> NDArray[Number]:
    """Assemble a frame from the core of each tile.

    Parameters
    ----------
    pieces : dict of ndarray, shape (…, tile, tile)
        Keyed by the tiles' rows and columns.
    rows, columns : list of pairs of int
        See `spans`.

    Returns
    -------
    ndarray, shape (…, Y, X)
    """
    first: NDArray[Number] = pieces[rows[0], columns[0]]
    if len(pieces) == 1:
        return first
    whole = np.empty((*first.shape[:-2], rows[-1][1], columns[-1][1]), first.dtype)
    for row, (top, bottom) in zip(rows, cores(rows), strict=True):
        for column, (left, right) in zip(columns, cores(columns), strict=True):
            inner = _part(pieces, (row, column), (top, bottom), (left, right))
            whole[..., top:bottom, left:right] = inner
    return whole


def _joins(
    pieces: dict[Tile, NDArray[np.int32]], rows: list[Span], columns: list[Span]
) -> list[tuple[int, int]]:
    """Pair the objects of neighboring tiles that agree in the shared strip."""
    joins = []
    for row in rows:
        for left, right in pairwise(columns):
            strip = (right[0], left[1])
            one = _part(pieces, (row, left), row, strip)
            other = _part(pieces, (row, right), row, strip)
            joins += greedy_pairs(overlaps(one, other), LEAST_IOU)
    for column in columns:
        for upper, lower in pairwise(rows):
            strip = (lower[0], upper[1])
            one = _part(pieces, (upper, column), strip, column)
            other = _part(pieces, (lower, column), strip, column)
            joins += greedy_pairs(overlaps(one, other), LEAST_IOU)
    return joins


def _part(
    pieces: dict[Tile, NDArray[Number]], tile: Tile, rows: Span, columns: Span
) -> NDArray[Number]:
    (top, _), (left, _) = tile
    return pieces[tile][
        ..., rows[0] - top : rows[1] - top, columns[0] - left : columns[1] - left
    ]
