import numpy as np
import pytest
from cases import CASES, SCENES
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from scipy import ndimage
from scipy.ndimage import center_of_mass, distance_transform_edt
from scipy.spatial import ConvexHull
from skimage.morphology import h_maxima

from napari_asist.depth.targets import (
    SOLIDITY,
    centers_before,
    halved_depth,
    halved_labels,
)
from napari_asist.labels import LabelVideo

FLIPS = (np.s_[:, :], np.s_[::-1, :], np.s_[:, ::-1], np.s_[::-1, ::-1])


def expected_depth(labels: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Compute depths object by object, with scipy's exact transform."""
    depth = np.zeros(labels.shape)
    for label in np.unique(labels[labels > 0]):
        inside = labels == label
        if inside.all():
            depth[:] = 1
            continue
        distance = np.where(inside, distance_transform_edt(inside) - 0.5, 0)
        if is_whole(inside):
            hull = ConvexHull(corners(inside))
            if inside.sum() < SOLIDITY * hull.volume:
                distance = np.where(inside, distance_to(hull, inside.shape), 0)
        depth += distance / distance.max()
    height, width = (side // 2 for side in labels.shape)
    even = depth[: 2 * height, : 2 * width]
    return np.asarray(even.reshape(height, 2, width, 2).mean(axis=(1, 3)))


def is_whole(inside: NDArray[np.bool_]) -> bool:
    edge = np.ones_like(inside)
    edge[1:-1, 1:-1] = False
    return not inside[edge].any()


def corners(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    pixels = np.argwhere(inside)
    shifts = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
    return np.concatenate([pixels + shift for shift in shifts])


def distance_to(hull: ConvexHull, shape: tuple[int, ...]) -> NDArray[np.float64]:
    centers = np.moveaxis(np.indices(shape), 0, -1) + 0.5
    sides = hull.equations
    return np.asarray(-(centers @ sides[:, :2].T + sides[:, 2]).max(-1))


@settings(max_examples=60, deadline=None)
@given(
    seed=some.integers(0, 2**32 - 1),
    height=some.integers(2, 25),
    width=some.integers(2, 25),
    objects=some.integers(0, 6),
)
def test_depth_is_that_of_the_exact_transform(
    seed: int, height: int, width: int, objects: int
) -> None:
    rng = np.random.default_rng(seed)
    labels = np.zeros((height, width), np.uint16)
    rows, columns = np.indices(labels.shape)
    # Later ones cover earlier ones, so they touch, and the frame's edge cuts some.
    for label in range(1, objects + 1):
        y, x = rng.uniform((-2, -2), (height + 2, width + 2))
        labels[(rows - y) ** 2 + (columns - x) ** 2 < rng.uniform(1, 8) ** 2] = label
    assert_allclose(halved_depth(labels), expected_depth(labels), atol=1e-5)


def test_touching_objects_have_a_valley_between_them() -> None:
    depth = halved_depth(CASES["touching"]().labels[0])
    middle = depth[7]
    assert middle[5:13].min() < 0.3
    assert middle[5:9].max() == middle[9:13].max() > 0.75


def tops(depth: NDArray[np.floating]) -> int:
    """Return the number of maxima that are .2 above the saddles between them."""
    levels = np.round(100 * depth).astype(int)
    high = h_maxima(levels, 20)  # type: ignore[no-untyped-call]
    return int(ndimage.label(high, np.ones((3, 3)))[1])


def test_a_cluster_of_fragments_has_one_top() -> None:
    rows, columns = np.indices((40, 40))
    labels = np.zeros((40, 40), np.uint16)
    for y, x in ((12, 12), (12, 26), (25, 19)):
        labels[(rows - y) ** 2 + (columns - x) ** 2 < 7.5**2] = 1
    own = distance_transform_edt(labels)
    assert tops(own / own.max()) == 3
    assert tops(halved_depth(labels)) == 1


def test_the_edge_of_the_frame_is_not_a_border() -> None:
    labels = np.zeros((12, 30), np.uint16)
    labels[:, :10] = 1
    depth = halved_depth(labels)
    assert (depth[:, 0] > 0.9).all()
    assert_array_equal(depth, depth[:1].repeat(6, axis=0))


def test_an_object_that_fills_the_frame_is_deep_everywhere() -> None:
    assert_array_equal(halved_depth(SCENES["filling"]().labels[0]), 1)


@pytest.mark.parametrize("flip", FLIPS)
def test_halved_labels_are_the_same_in_a_mirror(flip: tuple[slice, slice]) -> None:
    labels = np.random.default_rng(0).integers(0, 9, (12, 16)).astype(np.uint16)
    assert_array_equal(halved_labels(labels[flip]), halved_labels(labels)[flip])
    assert_array_equal(halved_labels(labels.T), halved_labels(labels).T)


def test_odd_frames_lose_their_last_row_and_column() -> None:
    labels = np.arange(3 * 5 * 7).reshape(3, 5, 7).astype(np.uint16)
    assert halved_labels(labels).shape == (3, 2, 3)
    assert halved_depth(labels[0]).shape == (2, 3)


def test_daughters_come_from_their_mother() -> None:
    video = CASES["division"]()
    before = centers_before(video)
    assert before.shape == (5, 5, 2)
    # Mother 1 is a square of 10 px at (14, 16) until frame 1.
    mother = (18.5, 20.5)
    for daughter in (2, 3):
        assert before[2, daughter] == pytest.approx(mother)
        assert before[3, daughter] != pytest.approx(mother)
    assert before[3, 2] == pytest.approx((16.5, 14 - 2 + 2.5))
    assert before[1, 4] == pytest.approx((31.5, 37.5))


def test_centers_are_means_of_positions() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 7, (2, 30, 41)).astype(np.uint16)
    labels[labels == 4] = 0
    before = centers_before(LabelVideo(labels))
    found = [1, 2, 3, 5, 6]
    centers = center_of_mass(labels[0] > 0, labels[0], found)
    assert_allclose(before[1, found], centers, rtol=1e-6)
    assert np.isnan(before[1, [0, 4]]).all()


def test_nothing_is_before_the_first_frame_or_a_new_object() -> None:
    video = CASES["empty_frame"]()
    before = centers_before(video)
    assert np.isnan(before[0]).all()
    assert np.isnan(before[2, 2]).all()


def test_a_video_without_objects_has_no_centers() -> None:
    video = LabelVideo(np.zeros((3, 8, 8), np.uint16))
    assert centers_before(video).shape == (3, 1, 2)
    assert not halved_depth(video.labels[0]).any()
