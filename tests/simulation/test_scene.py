import numpy as np
import pytest
from numpy.typing import NDArray

from napari_asist.simulation.scene import OBJECT_FIELDS, Scene, close_outlines, paint
from napari_asist.simulation.shapes import Ellipse, Rectangle

FIELD = (60, 80)
Frame = NDArray[np.uint16]


def scene(*rows: tuple[float, float, float, float, float]) -> Scene:
    """Make a scene from center, half-axes and angle in degrees."""
    made = np.zeros(len(rows), OBJECT_FIELDS)
    made["id"] = np.arange(1, len(rows) + 1)
    for row, (y, x, major, minor, angle) in zip(made, rows, strict=True):
        row["y"], row["x"] = y, x
        row["major"], row["minor"], row["angle"] = major, minor, np.radians(angle)
    return made


def ellipses(objects: Scene) -> Frame:
    return paint(objects, FIELD, Ellipse()).owners


def sticks(objects: Scene) -> Frame:
    return paint(objects, FIELD, Rectangle(), stacked=True).owners


def test_circle_covers_the_pixels_within_its_radius() -> None:
    frame = ellipses(scene((30.3, 40.7, 8, 8, 0)))
    y, x = np.indices(FIELD)
    expected = np.hypot(y - 30.3, x - 40.7) < 8
    np.testing.assert_array_equal(frame == 1, expected)


def test_overlap_goes_to_the_nearer_one_whatever_the_order() -> None:
    one, other = (30.0, 34.0, 10.0, 10.0, 0.0), (30.0, 46.5, 5.0, 5.0, 0.0)
    frame = ellipses(scene(one, other))
    swapped = ellipses(scene(other, one))
    np.testing.assert_array_equal(frame, np.array([0, 2, 1])[swapped])
    # On the line between the centers the border divides them as the radii do.
    assert frame[30, 42] == 1
    assert frame[30, 43] == 2


@pytest.mark.parametrize("angle", [0, 30, 90, 135])
def test_ellipse_points_along_its_angle(angle: float) -> None:
    frame = ellipses(scene((30.3, 40.4, 15, 5, angle)))
    y, x = np.nonzero(frame)
    assert len(y) == pytest.approx(np.pi * 15 * 5, rel=0.05)
    values, vectors = np.linalg.eigh(np.cov(np.stack([x, y])))
    along = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])) % 180
    assert abs((along - angle + 90) % 180 - 90) < 2
    assert np.sqrt(values[1] / values[0]) == pytest.approx(3, rel=0.05)


def test_stick_is_a_rectangle() -> None:
    frame = sticks(scene((30, 40, 10, 2, 0)))
    expected = np.zeros(FIELD, bool)
    # A pixel on the line counts on the upper and left side only.
    expected[28:32, 30:50] = True
    np.testing.assert_array_equal(frame == 1, expected)


def test_last_stick_is_on_top() -> None:
    frame = sticks(scene((30, 40, 12, 2, 0), (30, 40, 12, 2, 90)))
    assert frame[30, 40] == 2
    assert frame[30, 32] == frame[30, 48] == 1


def test_objects_are_cut_by_the_frame() -> None:
    frame = ellipses(scene((0, 0, 10, 10, 0), (-30, 20, 10, 10, 0)))
    assert (frame == 1).sum() == pytest.approx(np.pi * 100 / 4 + 10, abs=8)
    assert not (frame == 2).any()


def test_slivers_are_not_visible() -> None:
    objects = scene((30, 40, 10, 10, 0), (20, -9.9, 10, 10, 0), (50, 60, 2, 2, 0))
    owners, visible = paint(objects, FIELD, Ellipse())
    assert 0 < (owners == 2).sum() < 5
    assert visible.tolist() == [True, False, True]


def test_empty_scene_is_background() -> None:
    assert not ellipses(scene()).any()
    assert not len(close_outlines(scene(), 0.7, Ellipse()))


def test_an_object_that_another_covers_is_out_of_sight() -> None:
    objects = scene((30, 40, 5, 2, 0), (30, 40, 12, 4, 0))
    assert paint(objects, FIELD, Rectangle(), stacked=True).visible.tolist() == [
        False,
        True,
    ]


def test_circles_keep_the_fraction_of_the_sum_of_their_radii() -> None:
    row = [(0, 0, 10, 10, 0), (0, 13.9, 10, 10, 0), (0, 28.0, 10, 10, 0)]
    objects = scene(*row)
    assert close_outlines(objects, 0.7, Ellipse()).tolist() == [[0, 1]]


def test_ellipses_are_measured_along_the_line_between_them() -> None:
    objects = scene((0, 0, 20, 5, 0), (0, 25, 20, 5, 0), (12, 0, 20, 5, 0))
    # End to end they must be farther apart than side by side.
    assert close_outlines(objects, 1.0, Ellipse()).tolist() == [[0, 1]]
