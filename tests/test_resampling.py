"""Resampled frames and labels keep their positions."""

import dask.array
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_asist.labels import LabelVideo, track_table
from napari_asist.resampling import (
    ResampledFrames,
    enlarged_labels,
    resampled,
    scale_factor,
    standard_shape,
)
from napari_asist.workflow.joined_frames import JoinedFrames, at_scale
from napari_asist.workflow.scale import in_shape

FIELD = (120, 150)
MIDDLE = (51.3, 82.7)
SHAPES = [(60, 75), (41, 53), (240, 300), (307, 391)]


def disc(radius: float, middle: tuple[float, float] = MIDDLE) -> NDArray[np.bool_]:
    rows, columns = np.indices(FIELD)
    inside = (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 <= radius**2
    return np.asarray(inside)


def middle_of(weights: NDArray[np.generic]) -> tuple[float, float]:
    """Return the centroid in pixels of the original field."""
    rows, columns = np.indices(weights.shape)
    total = weights.sum()
    scale = [side / own for side, own in zip(FIELD, weights.shape, strict=True)]
    y, x = (rows * weights).sum() / total, (columns * weights).sum() / total
    return (y + 0.5) * scale[0] - 0.5, (x + 0.5) * scale[1] - 0.5


def area_of(weights: NDArray[np.generic]) -> float:
    """Return the area in pixels of the original field."""
    return float(weights.sum()) * np.prod(FIELD) / weights.size


def test_only_other_sizes_are_resampled() -> None:
    assert scale_factor(26) == 0.5
    assert scale_factor(12.7) == scale_factor(13.3) == 1
    assert scale_factor(13.5) < 1
    assert scale_factor(20, standard=10) == 0.5
    assert standard_shape((7, 120, 151), 0.5) == (60, 76)
    assert standard_shape((3, 4), 0.01) == (1, 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_frame_keeps_levels_positions_and_intensity(shape: tuple[int, int]) -> None:
    flat = resampled(np.full(FIELD, 500, np.uint16), shape)
    assert flat.dtype == np.float32
    np.testing.assert_allclose(flat, 500, rtol=1e-5)
    spot = disc(20).astype(np.uint16)
    drawn = resampled(spot, shape)
    # No microscope has edges as sharp as these, at which the kernel rings.
    assert -0.25 < drawn.min() <= drawn.max() < 1.25
    seen = resampled(gaussian_filter(disc(20).astype(float), 1.2), shape)
    assert -0.05 < seen.min() <= seen.max() < 1.05
    np.testing.assert_allclose(middle_of(drawn), middle_of(spot), atol=0.01)
    assert area_of(drawn) == pytest.approx(spot.sum(), rel=1e-3)


def test_noise_stays_uniform() -> None:
    noise = np.random.default_rng(0).normal(0, 1, (600, 600))
    for side in (540, 290, 800):
        columns = resampled(noise, (side, side))[20:-20, 20:-20].std(0)
        # With linear interpolation the extremes are a factor of 1.4 apart.
        assert np.quantile(columns, 0.95) < 1.25 * np.quantile(columns, 0.05)


def test_resampling_and_back() -> None:
    small = resampled(disc(20), (60, 75))
    back = resampled(small, FIELD)
    assert np.abs((back > 0.5).sum() - disc(20).sum()) < 25


@pytest.mark.parametrize("shape", SHAPES)
def test_labels_resampled_and_back_keep_their_position(shape: tuple[int, int]) -> None:
    labels = np.zeros(FIELD, np.uint16)
    labels[disc(20)] = 700
    back = enlarged_labels(labels, shape)
    assert back.dtype == labels.dtype
    wide = max(1, FIELD[0] / shape[0])
    moved = np.subtract(middle_of(back > 0), middle_of(labels > 0))
    assert np.abs(moved).max() < 0.2 * wide
    assert area_of(back == 700) == pytest.approx((labels > 0).sum(), rel=0.013 * wide)


def test_outlines_are_smooth() -> None:
    small = enlarged_labels(disc(20).astype(np.uint8), (60, 75))
    back = enlarged_labels(small, (480, 600)) > 0
    blocks = np.kron(small, np.ones((8, 8), np.uint8)) > 0
    rows, columns = np.nonzero(back & ~np.roll(back, 1, 1))
    length = np.hypot((rows + 0.5) / 4 - 51.8, (columns + 0.5) / 4 - 83.2)
    stairs = np.nonzero(blocks & ~np.roll(blocks, 1, 1))
    of_blocks = np.hypot((stairs[0] + 0.5) / 4 - 51.8, (stairs[1] + 0.5) / 4 - 83.2)
    assert length.std() < 0.6 * of_blocks.std()


def test_neighbors_share_their_border_without_a_gap() -> None:
    labels = np.zeros((20, 30), np.uint16)
    labels[5:15, 5:15], labels[5:15, 15:25] = 1, 2
    back = enlarged_labels(labels, (80, 120))
    assert set(np.unique(back)) == {0, 1, 2}
    assert (back[30:50, 30:90] > 0).all()
    assert abs(int((back == 1).sum()) - int((back == 2).sum())) < 20


def test_objects_at_the_border_of_the_frame_stay_there() -> None:
    labels = np.zeros((20, 20), np.uint8)
    labels[:6, :6] = 3
    back = enlarged_labels(labels, (50, 50))
    assert (back[:12, :12] == 3).all()


def test_no_object_vanishes() -> None:
    labels = np.zeros((40, 40), np.uint16)
    labels[4::8, 4::8] = np.arange(1, 26).reshape(5, 5)
    labels[21, 20] = 90
    small = enlarged_labels(labels, (10, 10))
    assert set(np.unique(small)) - {0} == set(np.unique(labels)) - {0}


def test_high_labels_are_kept() -> None:
    labels = np.zeros((10, 10), np.uint32)
    labels[2:8, 2:8] = 2**31
    assert set(np.unique(enlarged_labels(labels, (30, 30)))) == {0, 2**31}
    assert (enlarged_labels(np.full((4, 4), 9, np.uint8), (8, 8)) == 9).all()


def test_a_label_video_keeps_its_tracks() -> None:
    labels = np.zeros((2, *FIELD), np.uint16)
    labels[0][disc(20)] = 1
    labels[1][disc(8)] = 2
    labels[1][disc(8, (90, 30))] = 3
    table = track_table([(1, 0, 0, 0), (2, 1, 1, 1), (3, 1, 1, 1)])
    video = LabelVideo(labels, table, first_frame=5)
    large = in_shape(video, (2, 307, 391)).checked()
    assert large.labels.shape == (2, 307, 391)
    np.testing.assert_array_equal(large.tracks, video.tracks)
    assert large.first_frame == 5
    assert in_shape(video, FIELD) is video


def test_frames_are_resampled_on_demand() -> None:
    frames = np.random.default_rng(0).integers(0, 99, (4, 30, 40), np.uint16)
    lazy = ResampledFrames(dask.array.from_array(frames, chunks=(1, -1, -1)), 0.5)
    assert lazy.shape == (4, 15, 20)
    assert (len(lazy), lazy.ndim, lazy.size) == (4, 3, 1200)
    np.testing.assert_array_equal(lazy[-1], resampled(frames[3], (15, 20)))
    assert lazy[1:3].shape == (2, 15, 20)
    assert lazy[4:].shape == (0, 15, 20)
    np.testing.assert_array_equal(np.asarray(lazy), lazy[:])
    with pytest.raises(IndexError):
        lazy[4]


def test_videos_of_several_sizes_are_joined_after_resampling() -> None:
    videos = [np.ones((2, 30, 40), np.uint8), np.zeros((1, 50, 36), np.uint8)]
    joined = JoinedFrames([at_scale(video, 0.5) for video in videos])
    assert [frame.shape for frame in joined] == [(15, 20), (15, 20), (25, 18)]
    assert joined.cropped()[2].shape == (15, 18)
    assert at_scale(videos[0], 1.0) is videos[0]
    assert ResampledFrames(joined.cropped(), 2).shape == (3, 30, 36)
