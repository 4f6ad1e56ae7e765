import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from napari_asist.tracking.clustering.grid import Cells, SortedPoints

SIDE = 7.0


def places_of(n_axes: int, n: int = 300) -> NDArray[np.float32]:
    rng = np.random.default_rng(n_axes)
    return rng.uniform(1000, 1050, (n, n_axes)).astype(np.float32)


@pytest.mark.parametrize("reach", [0, 1, 2])
@pytest.mark.parametrize("n_axes", [1, 2, 3])
def test_block_around_a_cell_is_that_of_a_search(n_axes: int, reach: int) -> None:
    places = places_of(n_axes)
    cells = Cells(places, SIDE)
    ordered = SortedPoints(cells, places)
    filled = ordered.filled()
    table = ordered.order[ordered.near(filled, reach).padded(len(places))]
    index = (places - places.min(axis=0)) // SIDE
    for cell, row in zip(filled, table, strict=True):
        own = index[cells.of(places) == cell][0]
        near = np.flatnonzero((np.abs(index - own) <= reach).all(axis=1))
        assert_array_equal(np.sort(row[row < len(places)]), near)


def test_a_cell_holds_the_places_around_its_middle() -> None:
    places = places_of(2)
    cells = Cells(places, SIDE)
    apart = places - cells.middles(cells.of(places))
    assert np.abs(apart).max() <= SIDE / 2 + 1e-3


def test_a_place_outside_is_in_the_nearest_cell() -> None:
    cells = Cells(places_of(2), SIDE)
    inside = cells.of(np.array([cells.origin, cells.origin + 49]))
    assert_array_equal(cells.of(np.array([[0, 0], [9999, 9999]])), inside)


def test_places_in_sides_start_at_the_origin() -> None:
    cells = Cells(np.array([[10.0, 20.0], [31.0, 20.0]]), SIDE)
    assert_allclose(cells.in_sides(np.array([[24.0, 34.0]])), [[2, 2]])
