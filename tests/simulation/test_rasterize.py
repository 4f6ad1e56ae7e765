import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.draw import polygon

from napari_asist.simulation.rasterize import close_polygons, fill_polygons

FIELD = (48, 56)
SQUARE = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
HORSESHOE = [
    *[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (0.5, 1.0)],
    *[(0.5, -0.5), (-0.5, -0.5), (-0.5, 1.0), (-1.0, 1.0)],
]
Places = list[tuple[float, float]]


def filled(
    outline: Places,
    centers: Places,
    axes: tuple[float, float, float],
    stacked: bool = False,
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    count = len(centers)
    owners, areas = np.zeros(FIELD, np.uint16), np.zeros(count + 1, np.int64)
    outlines = np.array([outline] * count)
    places, half = np.array(centers), np.array([axes] * count)
    above = np.zeros(count, bool)
    fill_polygons(outlines, places, half, stacked, above, owners, areas)
    return owners, areas


def corners(
    outline: Places, center: tuple[float, float], axes: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Return y and x of an outline's corners, shape (2, corners)."""
    along, aside = np.array(outline).T * np.array(axes[:2])[:, None]
    sin, cos = np.sin(axes[2]), np.cos(axes[2])
    y = center[0] + along * sin + aside * cos
    return np.stack([y, center[1] + along * cos - aside * sin])


@pytest.mark.parametrize("outline", [SQUARE, HORSESHOE])
@pytest.mark.parametrize("center", [(23.3, 27.1), (2.2, 50.7), (60.0, 27.0)])
@pytest.mark.parametrize("angle", [0.01, 0.8, 2.5])
def test_filled_pixels_are_those_of_scikit_image(
    outline: Places, center: tuple[float, float], angle: float
) -> None:
    axes = (14.3, 9.1, angle)
    owners, areas = filled(outline, [center], axes)
    expected = np.zeros(FIELD, np.uint16)
    y, x = corners(outline, center, axes)
    expected[polygon(y, x, FIELD)] = 1  # type: ignore[no-untyped-call]
    np.testing.assert_array_equal(owners, expected)
    assert areas[1] == expected.sum()


def test_areas_count_what_each_one_kept() -> None:
    for stacked in (False, True):
        owners, areas = filled(
            SQUARE, [(20.2, 20.3), (24.1, 26.4)], (9.5, 9.5, 0.3), stacked
        )
        np.testing.assert_array_equal(areas[1:], np.bincount(owners.ravel())[1:])
        assert (areas[1] < areas[2]) == stacked


def test_the_nearer_center_owns_the_overlap() -> None:
    owners, _ = filled(SQUARE, [(20.0, 20.0), (20.0, 27.0)], (8.5, 8.5, 0.0))
    assert owners[20, 23] == 1
    assert owners[20, 24] == 2


def test_pairs_are_the_same_as_by_trying_all() -> None:
    rng = np.random.default_rng(0)
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    radii = rng.uniform(3, 9, 80)
    centers = rng.uniform(0, 150, (80, 2))
    axes = np.stack([radii, radii, rng.uniform(0, 3, 80)], axis=1)
    found = close_polygons(np.array([circle] * 80), centers, axes, np.full(80, 0.7))
    distance = np.hypot(*(centers[:, None] - centers).T)
    part = np.triu(distance / (radii[:, None] + radii) / 0.7, 1)
    assert (part[tuple(found.T)] < 1).all()
    # The sides of the polygons are inside the circles.
    sure = np.argwhere((part > 0) & (part < 0.998))
    assert {tuple(pair) for pair in sure} <= {tuple(pair) for pair in found}
    assert len(sure) > 20
    few = close_polygons(np.array([circle] * 80), centers, axes, np.full(80, 0.7), 70)
    np.testing.assert_array_equal(few, found[found[:, 1] >= 70])
    assert len(few)


def test_a_bay_is_not_reached() -> None:
    # Two horseshoes whose open sides face each other do not touch in between.
    outlines = np.array([HORSESHOE, HORSESHOE])
    axes = np.array([[10.0, 10.0, 0.0], [10.0, 10.0, np.pi]])
    facing = np.array([[0.0, 0.0], [11.0, 0.0]])
    assert not len(close_polygons(outlines, facing, axes, np.ones(2)))
    assert len(close_polygons(outlines, facing[::-1].copy(), axes, np.ones(2))) == 1
