from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from napari_asist.tracking.segmentation.regions import components, overlaps
from napari_asist.tracking.segmentation.tiles import (
    Span,
    Tile,
    cores,
    merge_tiles,
    spans,
)


def cut(
    labels: NDArray[np.int32], rows: list[Span], columns: list[Span]
) -> dict[Tile, NDArray[np.int32]]:
    """Cut labels into tiles, each with its own numbering of objects."""
    return {
        (row, column): np.stack(
            [components(part) for part in labels[:, slice(*row), slice(*column)]]
        )
        for row in rows
        for column in columns
    }


@pytest.mark.parametrize(("length", "tile"), [(700, 256), (1100, 256), (257, 256)])
def test_spans_cover_a_length_and_begin_at_multiples(length: int, tile: int) -> None:
    found = spans(length, tile, 128)
    assert [start for start, _ in found] == [128 * place for place in range(len(found))]
    assert found[-1][1] == length
    assert all(stop - start == tile for start, stop in found[:-1])
    assert all(before[1] - after[0] >= 128 for before, after in pairwise(found))


def test_no_tile_or_a_large_one_is_the_whole_length() -> None:
    assert spans(300, 0, 128) == spans(300, 300, 128) == spans(300, 512, 128)
    assert spans(300, 0, 128) == [(0, 300)]


def test_cores_share_out_the_length() -> None:
    assert cores([(0, 256), (128, 384)]) == [(0, 192), (192, 384)]
    assert cores([(0, 300)]) == [(0, 300)]


def test_merged_tiles_are_the_whole() -> None:
    labels = np.zeros((1, 90, 110), np.int32)
    number = 0
    for row in range(3, 80, 15):
        for column in range(2, 100, 12):
            number += 1
            labels[0, row : row + 12, column : column + 9] = number
    rows, columns = spans(90, 40, 20), spans(110, 40, 20)
    merged = merge_tiles(cut(labels, rows, columns), rows, columns)
    assert merged.max() == number
    found = overlaps(labels[0], merged[0])
    assert_array_equal(found.iou, 1)
    assert len(found.iou) == number


def test_touching_objects_stay_apart_across_a_seam() -> None:
    labels = np.zeros((1, 40, 60), np.int32)
    labels[0, 10:20, 10:50] = 1
    labels[0, 20:30, 10:50] = 2
    rows, columns = spans(40, 0, 20), spans(60, 40, 20)
    merged = merge_tiles(cut(labels, rows, columns), rows, columns)
    assert_array_equal(overlaps(labels[0], merged[0]).iou, [1, 1])


def test_tiles_without_objects_merge_to_nothing() -> None:
    rows, columns = spans(40, 20, 10), spans(60, 20, 10)
    nothing = np.zeros((2, 40, 60), np.int32)
    assert not merge_tiles(cut(nothing, rows, columns), rows, columns).any()
