import numpy as np
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from napari_asist.tracking.linking.overlap import link


def line(text: str) -> NDArray[np.int32]:
    return np.array([[int(value) for value in text]], np.int32)


def test_objects_take_the_label_of_the_track_that_they_continue() -> None:
    shared = line("7770888")
    labels = np.stack([line("2220111"), line("0222111")])
    names, next_label = link(shared, labels, 9, 0.25)
    assert_array_equal(names, [0, 8, 7])
    assert next_label == 9


def test_objects_without_a_partner_begin_tracks() -> None:
    shared = line("7770000")
    labels = np.stack([line("1110000"), line("1110222")])
    names, next_label = link(shared, labels, 9, 0.25)
    assert_array_equal(names, [0, 7, 9])
    assert next_label == 10


def test_what_the_shared_frame_alone_shows_begins_no_track() -> None:
    shared = line("0000000")
    labels = np.stack([line("1110222"), line("1110000")])
    names, next_label = link(shared, labels, 3, 0.25)
    assert_array_equal(names, [0, 3, 0])
    assert next_label == 4


def test_the_larger_overlap_wins_and_little_overlap_is_rejected() -> None:
    shared = line("5555660000")
    labels = np.stack([line("1111112222")] * 2)
    names, _ = link(shared, labels, 7, 0.25)
    assert_array_equal(names, [0, 5, 7])
    names, _ = link(shared, labels, 7, 0.7)
    assert_array_equal(names, [0, 7, 8])


def test_pieces_without_objects_link_to_nothing() -> None:
    names, next_label = link(line("000"), np.zeros((2, 1, 3), np.int32), 1, 0.25)
    assert_array_equal(names, [0])
    assert next_label == 1
