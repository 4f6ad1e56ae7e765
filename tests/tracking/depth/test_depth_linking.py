import numpy as np
from depth_cases import LINK_SHAPE as SHAPE
from depth_cases import objects

from napari_asist.tracking.depth.grid import Grid
from napari_asist.tracking.depth.linking import linked, shared_pixels, traced_pixels
from napari_asist.tracking.depth.objects import Segmented
from napari_asist.tracking.depth.settings import DepthTrackingSettings

GRID = Grid(SHAPE, SHAPE, 13.0)
SETTINGS = DepthTrackingSettings()
STILL = np.zeros((2, 50, 70), np.float32)


def pairs(
    before: Segmented,
    after: Segmented,
    offset: np.ndarray = STILL,
    settings: DepthTrackingSettings = SETTINGS,
) -> list[tuple[int, int]]:
    shared = shared_pixels(before, after)
    return sorted(linked(before, after, shared, offset, GRID, settings))


def test_objects_that_hardly_move_are_linked() -> None:
    before = objects((30, 30, 12), (30, 60, 12), (70, 100, 12))
    after = objects((70, 103, 12), (33, 58, 12), (28, 31, 12))
    assert pairs(before, after) == [(0, 2), (1, 1), (2, 0)]


def test_a_new_object_and_one_that_disappeared_remain_unpaired() -> None:
    assert pairs(objects((30, 30, 12)), objects((70, 100, 12))) == []
    assert pairs(objects(), objects((70, 100, 12))) == []
    assert pairs(objects((30, 30, 12)), objects()) == []


def test_a_fragment_does_not_replace_an_object() -> None:
    before = objects((50, 50, 13))
    after = objects((50, 40, 4), (50, 58, 11))
    assert pairs(before, after) == [(0, 1)]


def test_what_the_network_traces_back_may_jump() -> None:
    """Two objects swap positions over 60 px, according to the offsets."""
    before, after = objects((50, 30, 10), (50, 90, 10)), objects((50, 35, 10))
    assert pairs(before, after) == [(0, 0)]
    offset = STILL.copy()
    rows, columns = 2 * np.mgrid[:50, :70] + 1
    offset[0], offset[1] = 50 - rows, 90 - columns
    gone = objects((50, 90, 10))
    assert pairs(gone, after, offset) == [(0, 0)]
    assert pairs(gone, after) == []
    assert pairs(gone, after, offset, SETTINGS.changed(link_traced=1)) == []


def test_pixels_are_counted_by_pair() -> None:
    before, after = objects((50, 50, 10)), objects((50, 56, 10), (20, 100, 8))
    shared = shared_pixels(before, after)
    both = (before.labels > 0) & (after.labels > 0)
    assert shared.keys.tolist() == [0]
    assert shared.pixels.tolist() == [both.sum()]
    assert shared.at(np.array([1, 0])).tolist() == [0, both.sum()]
    traced, size = traced_pixels(before, after, STILL, GRID)
    assert traced.keys.tolist() == [0]
    assert abs(4 * traced.pixels[0] - both.sum()) < 30
    assert np.abs(4 * size - after.areas).max() < 30


def test_offsets_are_read_at_the_resolution_of_the_video() -> None:
    before, after = objects((50, 50, 10)), objects((50, 74, 10))
    half = Grid(SHAPE, (50, 70), 6.5)  # the maps are coarser by 2
    offset = np.zeros((2, 25, 35), np.float32)
    offset[1] = -12
    traced, size = traced_pixels(before, after, offset, half)
    assert traced.at(np.array([0]))[0] >= 0.9 * size[0]
