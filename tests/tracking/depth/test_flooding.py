import numpy as np
from numpy.testing import assert_array_equal

from napari_asist.tracking.depth.flooding import (
    drop_small,
    fill_enclosed,
    flood,
    join_loose,
)

SHAPE = (40, 60)
Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]]


def cones(*places: tuple[int, int, float], radius: float = 12) -> np.ndarray:
    """Depth that falls from a height at each position to 0 at a radius."""
    depth = np.zeros(SHAPE)
    for y, x, top in places:
        way = np.hypot(Y - y, X - x)
        depth = np.maximum(depth, top * (1 - way / radius))
    return depth.astype(np.float32)


def test_two_deep_middles_are_two_basins_that_meet_halfway() -> None:
    depth = cones((20, 15, 1), (20, 35, 1))
    labels, peaks = flood(depth, depth > 0, 0.2, 0.15)
    assert peaks.tolist() == [[20, 15], [20, 35]]
    assert (labels[20, 5:25] == 1).all()
    assert (labels[20, 26:45] == 2).all()


def test_a_shallow_saddle_joins_and_a_deep_one_separates() -> None:
    depth = cones((20, 20, 1), (20, 26, 0.9))  # the saddle is at 0.7
    for saddle, count in ((0.1, 2), (0.3, 1)):
        assert len(flood(depth, depth > 0, saddle, 0.15)[1]) == count


def test_basins_merge_from_the_highest_saddle_down() -> None:
    # The middle basin is nearer to the left one, and joins it as a whole.
    depth = cones((20, 12, 1), (20, 26, 0.6), (20, 45, 1))
    labels, peaks = flood(depth, depth > 0, 0.3, 0.15)
    assert len(peaks) == 2
    assert labels[20, 26] == labels[20, 12]


def test_a_faint_maximum_is_not_an_object() -> None:
    depth = cones((20, 15, 1), (20, 45, 0.1))
    labels, peaks = flood(depth, depth > 0, 0.2, 0.15)
    assert len(peaks) == 1
    assert labels[20, 45] == 0


def test_labels_do_not_depend_on_depth_beyond_0_and_1() -> None:
    depth = cones((20, 15, 1.4), (20, 45, 1.2)) - np.float32(0.01)
    labels, _ = flood(depth, np.ones(SHAPE, bool), 0.2, 0.15)
    assert sorted(np.unique(labels)) == [1, 2]


def test_small_objects_are_dropped_but_may_be_smaller_at_the_edge() -> None:
    labels = np.zeros(SHAPE, np.int32)
    labels[10:20, 10:20] = 1
    labels[30:33, 30:33] = 2
    labels[:3, 50:53] = 3
    peaks = drop_small(labels, np.array([[15, 15], [31, 31], [1, 51]]), 20, 5)
    assert peaks.tolist() == [[15, 15], [1, 51]]
    assert (labels[:3, 50:53] == 2).all()
    assert labels[31, 31] == 0


def test_loose_foreground_joins_as_far_as_it_is_allowed() -> None:
    labels = np.zeros(SHAPE, np.int32)
    labels[10:20, 10:20] = 1
    inside = labels > 0
    inside[14:16, 20:30] = True
    inside[30:35, 30:35] = True
    join_loose(labels, inside, 3)
    assert (labels[14:16, 20:23] == 1).all()
    assert labels[14, 24] == labels[32, 32] == 0


def test_a_hole_is_filled_where_one_object_surrounds_it() -> None:
    labels = np.zeros(SHAPE, np.int32)
    labels[5:20, 5:20] = 1
    labels[10:12, 10:12] = 0
    labels[:3, :3] = 2
    labels[0, 0] = 0
    labels[25:35, 25:30] = 3
    labels[25:35, 30:35] = 4
    labels[29:31, 29:31] = 0
    before = labels.copy()
    fill_enclosed(labels)
    assert (labels[10:12, 10:12] == 1).all()
    before[10:12, 10:12] = 1
    assert_array_equal(labels, before)
