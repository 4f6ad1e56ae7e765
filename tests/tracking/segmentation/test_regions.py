import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from napari_asist.tracking.segmentation.regions import (
    absorb_small,
    areas,
    components,
    contacts,
    fill_holes,
    greedy_pairs,
    overlaps,
)


def image(*rows: str) -> NDArray[np.int32]:
    return np.array([[int(value) for value in row] for row in rows], np.int32)


def test_overlaps_measure_each_pair() -> None:
    found = overlaps(image("1122", "0022"), image("3330", "0444"))
    assert_array_equal(found.first, [1, 2, 2])
    assert_array_equal(found.second, [3, 3, 4])
    assert_array_equal(found.shared, [2, 1, 2])
    assert_allclose(found.iou, [2 / 3, 1 / 6, 2 / 5])


def test_overlaps_of_empty_frames_are_none() -> None:
    nothing = np.zeros((3, 3), np.int32)
    assert len(overlaps(nothing, nothing).first) == 0
    assert greedy_pairs(overlaps(nothing, nothing + 1), 0) == []


def test_pairs_are_one_to_one_from_the_largest() -> None:
    found = overlaps(image("1112222"), image("5555660"))
    assert greedy_pairs(found, 0) == [(1, 5), (2, 6)]
    assert greedy_pairs(found, 0.6) == [(1, 5)]


def test_contacts_count_edges_in_both_orders() -> None:
    pairs, edges = contacts(image("112", "112", "003"))
    counted = {(a, b): n for (a, b), n in zip(pairs.tolist(), edges, strict=True)}
    assert counted[1, 2] == counted[2, 1] == 2
    assert counted[0, 1] == 2
    assert counted[2, 3] == 1
    assert (1, 3) not in counted


def test_components_join_corners_of_one_label_only() -> None:
    found = components(image("1020", "0101", "2200"))
    assert found[0, 0] == found[1, 1]
    assert found[0, 2] != found[2, 0] > 0
    assert found[1, 3] != found[0, 0]
    assert areas(found)[1:].sum() == 6


def test_holes_of_one_object_are_filled_and_no_others() -> None:
    filled = fill_holes(image("111000", "101222", "111202", "000222", "110000"))
    assert filled[1, 1] == 1
    assert filled[2, 4] == 2
    assert_array_equal(filled[3, :3], 0)
    between = image("1112", "1002", "1222")
    assert_array_equal(fill_holes(between), between)


def test_an_object_that_fills_the_frame_has_no_holes() -> None:
    full = np.ones((4, 4), np.int32)
    assert_array_equal(fill_holes(full), full)


def test_slivers_join_what_they_touch_most() -> None:
    cleaned = absorb_small(image("1113222", "1113222", "1114222", "1111222"), 4)
    assert set(np.unique(cleaned)) == {1, 2}
    assert areas(cleaned).sum() == 28


def test_a_sliver_behind_a_sliver_joins_too() -> None:
    assert_array_equal(absorb_small(image("111134"), 3), image("111111"))


def test_lone_specks_are_dropped() -> None:
    assert_array_equal(absorb_small(image("1110002"), 2), image("1110000"))
    assert not absorb_small(image("100020"), 2).any()
