import numpy as np
import pytest

from napari_asist.simulation.scene import (
    OBJECT_FIELDS,
    Scene,
    paint_ellipses,
    paint_sticks,
    visible_rows,
)

FIELD = (60, 80)


def scene(*rows: tuple[float, float, float, float, float]) -> Scene:
    """Make a scene from center, half-axes and angle in degrees."""
    made = np.zeros(len(rows), OBJECT_FIELDS)
    made["id"] = np.arange(1, len(rows) + 1)
    for row, (y, x, major, minor, angle) in zip(made, rows, strict=True):
        row["y"], row["x"] = y, x
        row["major"], row["minor"], row["angle"] = major, minor, np.radians(angle)
    return made


def test_circle_covers_the_pixels_within_its_radius() -> None:
    frame = paint_ellipses(scene((30.3, 40.7, 8, 8, 0)), FIELD)
    y, x = np.indices(FIELD)
    expected = np.hypot(y - 30.3, x - 40.7) < 8
    np.testing.assert_array_equal(frame == 1, expected)


def test_overlap_goes_to_the_nearer_one_whatever_the_order() -> None:
    one, other = (30.0, 34.0, 10.0, 10.0, 0.0), (30.0, 46.5, 5.0, 5.0, 0.0)
    frame = paint_ellipses(scene(one, other), FIELD)
    swapped = paint_ellipses(scene(other, one), FIELD)
    np.testing.assert_array_equal(frame, np.array([0, 2, 1])[swapped])
    # On the line between the centers the border divides them as the radii do.
    assert frame[30, 42] == 1
    assert frame[30, 43] == 2


@pytest.mark.parametrize("angle", [0, 30, 90, 135])
def test_ellipse_points_along_its_angle(angle: float) -> None:
    frame = paint_ellipses(scene((30.3, 40.4, 15, 5, angle)), FIELD)
    y, x = np.nonzero(frame)
    assert len(y) == pytest.approx(np.pi * 15 * 5, rel=0.05)
    values, vectors = np.linalg.eigh(np.cov(np.stack([x, y])))
    along = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])) % 180
    assert abs((along - angle + 90) % 180 - 90) < 2
    assert np.sqrt(values[1] / values[0]) == pytest.approx(3, rel=0.05)


def test_stick_is_a_rectangle() -> None:
    frame = paint_sticks(scene((30, 40, 10, 2, 0)), FIELD)
    expected = np.zeros(FIELD, bool)
    expected[29:32, 31:50] = True
    np.testing.assert_array_equal(frame == 1, expected)


def test_last_stick_lies_on_top() -> None:
    frame = paint_sticks(scene((30, 40, 12, 2, 0), (30, 40, 12, 2, 90)), FIELD)
    assert frame[30, 40] == 2
    assert frame[30, 32] == frame[30, 48] == 1


def test_objects_are_cut_by_the_frame() -> None:
    frame = paint_ellipses(scene((0, 0, 10, 10, 0), (-30, 20, 10, 10, 0)), FIELD)
    assert (frame == 1).sum() == pytest.approx(np.pi * 100 / 4 + 10, abs=8)
    assert not (frame == 2).any()


def test_slivers_are_out_of_sight() -> None:
    objects = scene((30, 40, 10, 10, 0), (20, -9.8, 10, 10, 0), (50, 60, 2, 2, 0))
    frame = paint_ellipses(objects, FIELD)
    assert 0 < (frame == 2).sum() < 5
    assert visible_rows(frame, objects).tolist() == [True, False, True]


def test_empty_scene_is_background() -> None:
    assert not paint_ellipses(scene(), FIELD).any()
