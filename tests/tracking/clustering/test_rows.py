import numpy as np
import torch
from numpy.testing import assert_allclose, assert_array_equal

from napari_asist.tracking.clustering.grid import NOWHERE, Cells, Rows, Runs, batches


def runs_of(counts: list[int]) -> Runs:
    stops = np.cumsum(counts)[:, None]
    return Runs(stops - np.array(counts)[:, None], stops)


def test_gathered_places_are_radii_from_the_middle_of_the_cell() -> None:
    places = np.array([[0, 0], [30, 60]], np.float32)
    vectors = np.eye(2, dtype=np.float32)
    rows = Rows(vectors, places, Cells(places, 30), torch.device("cpu"))
    found = rows.gathered(np.array([[1, 2]]), np.array([[15.0, 45.0]])).numpy()
    assert_allclose(found[0, 0], [0, 1, 0.5, 0.5, 1])
    assert_allclose(found[0, 1], [0, 0, NOWHERE, NOWHERE, 0])


def test_batches_hold_each_cell_once_and_are_small() -> None:
    counts = np.random.default_rng(0).integers(1, 50, (2, 200)).tolist()
    seeds, pixels = runs_of(counts[0]), runs_of(counts[1])
    found = list(batches(seeds, pixels, 19, 10_000))
    assert_array_equal(np.sort(np.concatenate(found)), np.arange(200))
    assert 1 < len(found) < 100
    for batch in found:
        shape = seeds.counts[batch].max(), pixels.counts[batch].max()
        assert len(batch) * shape[1] * max(shape[0], 19) <= 10_000


def test_a_cell_that_is_too_large_is_its_own_batch() -> None:
    seeds, pixels = runs_of([5, 5, 5]), runs_of([10, 10, 5000])
    found = [batch.tolist() for batch in batches(seeds, pixels, 19, 1000)]
    assert found == [[0, 1], [2]]
