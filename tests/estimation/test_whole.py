import numpy as np
import pytest
from scipy.ndimage import binary_fill_holes, label

from napari_asist.estimation.whole import made_whole


def frame(*rows: str) -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    return np.array([[int(pixel) for pixel in row] for row in rows], np.uint16)


def test_the_largest_part_stays_and_holes_are_filled() -> None:
    labels = frame(
        "0000000000",
        "0111100020",
        "0101100020",
        "0111101100",
        "0000000000",
    )
    np.testing.assert_array_equal(
        made_whole(labels),
        frame(
            "0000000000",
            "0111100020",
            "0111100020",
            "0111100000",
            "0000000000",
        ),
    )


def test_holes_between_objects_and_at_the_border_stay() -> None:
    labels = frame("11222", "10202", "11222", "11000", "11022")
    expected = frame("11222", "10202", "11222", "11000", "11000")
    expected[1, 3] = 2
    np.testing.assert_array_equal(made_whole(labels), expected)


def test_a_part_in_a_hole_of_another_object_goes_with_the_hole() -> None:
    labels = frame("111110222", "100010222", "103010333", "100010333", "111110333")
    found = made_whole(labels)
    assert (found[:, :5] == 1).all()
    np.testing.assert_array_equal(found[:, 5:], labels[:, 5:])


def test_an_object_in_a_hole_stays() -> None:
    labels = frame("11111", "10001", "10201", "10001", "11111")
    np.testing.assert_array_equal(made_whole(labels), labels)


@pytest.mark.parametrize("seed", range(5))
def test_one_object_is_made_whole_as_scipy_does_it(seed: int) -> None:
    inside = np.random.default_rng(seed).random((40, 50)) < 0.6
    parts, _ = label(inside)
    largest = parts == np.bincount(parts[parts > 0]).argmax()
    found = made_whole(inside.astype(np.uint32) * 7)
    assert found.dtype == np.uint32
    np.testing.assert_array_equal(found, 7 * binary_fill_holes(largest))


def test_a_frame_without_objects_stays_empty() -> None:
    assert not made_whole(np.zeros((3, 4), np.uint16)).any()
