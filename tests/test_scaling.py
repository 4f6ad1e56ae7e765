import dask.array as da
import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.ndimage import (
    binary_dilation,
    gaussian_filter,
    maximum_filter,
    minimum_filter,
)

from napari_asist.resampling import resampled
from napari_asist.scaling import (
    BRIGHT,
    NOISELESS,
    OPENING,
    ROUNDS,
    SETTLED,
    SMOOTHING,
    ScalingSettings,
    background_deviation,
    background_of,
    band_noise,
    fit_scaling,
    subtract_background,
)

NOISE = 10.0


def video(gain: float = 1.0, offset: float = 33_000) -> NDArray[np.float64]:
    """Noise on a background, with a dim and a bright square in every frame."""
    rng = np.random.default_rng(3)
    frames = rng.normal(0, NOISE, (4, 128, 160))
    frames[:, 20:36, 20:36] += 40
    frames[:, 60:76, 100:116] += 2000
    return offset + gain * frames


def test_range_is_from_minus_one_to_about_one() -> None:
    frames = video()
    scaled = fit_scaling(frames).apply(frames[0])
    assert scaled.dtype == np.float32
    assert scaled.shape == frames[0].shape
    assert scaled.min() >= -1
    assert np.quantile(scaled, 0.998) <= 1


def test_the_brightest_objects_keep_their_contrast() -> None:
    frames = video()
    scaling = fit_scaling(frames)
    frames[0, 60:68, 100:116] *= 2
    scaled = scaling.apply(frames[0])
    assert scaled[64, 108] > scaled[72, 108] + 0.1


def test_dim_objects_keep_their_share_of_the_range() -> None:
    frames = video()
    scaled = fit_scaling(frames).apply(frames[0])
    background = np.median(scaled)
    dim = np.median(scaled[22:34, 22:34]) - background
    bright = np.median(scaled[62:74, 102:114]) - background
    assert dim > 0.1 * bright
    assert bright > dim


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (0.01, 5.0), (100.0, 1e6)])
def test_camera_gain_and_offset_do_not_matter(gain: float, offset: float) -> None:
    plain, other = video(), video(gain, offset)
    expected = fit_scaling(plain).apply(plain[0])
    actual = fit_scaling(other).apply(other[0])
    assert np.abs(expected - actual).mean() < 0.02


def test_order_of_intensities_is_kept() -> None:
    counts = np.linspace(-50, 5000, 200)
    assert (np.diff(fit_scaling(video()).of_counts(counts)) > 0).all()


def test_lazy_frames_and_integers_give_the_same_scaling() -> None:
    frames = video().round().astype(np.uint16)
    lazy = da.from_array(frames, chunks=(1, -1, -1))
    assert fit_scaling(lazy) == fit_scaling(frames)


def test_a_flat_video_has_a_scale() -> None:
    frames = np.full((3, 32, 32), 7, np.uint8)
    scaled = fit_scaling(frames).apply(frames[0])
    assert np.isfinite(scaled).all()


def test_a_slope_of_the_background_is_removed() -> None:
    slope = np.linspace(0, 500, 256)
    frame = np.broadcast_to(slope, (256, 256))
    left = subtract_background(frame, 64)
    assert np.abs(left[32:-32, 32:-32]).max() < 25
    assert np.ptp(subtract_background(frame, 0)) == pytest.approx(500)


def test_objects_leave_no_trace_in_the_background() -> None:
    frame = np.zeros((256, 256))
    frame[100:130, 100:130] = 1000
    counts = subtract_background(frame, 128)
    assert counts[115, 115] == pytest.approx(1000, abs=1)
    assert counts[10, 10] == pytest.approx(0, abs=1)


@pytest.mark.parametrize("count", [0, 8, 30, 60])
def test_crowds_have_the_same_background_as_sparse_frames(count: int) -> None:
    rng = np.random.default_rng(count)
    frame = rng.normal(100, NOISE, (256, 256))
    y, x = np.ogrid[:256, :256]
    objects = np.zeros(frame.shape, bool)
    for row, column in rng.integers(0, 256, (count, 2)):
        objects |= (y - row) ** 2 + (x - column) ** 2 < 13**2
    counts = subtract_background(frame + 400 * objects, 128)
    # The median over the window was 15 counts too high where 60 objects crowd.
    assert counts[~objects].mean() == pytest.approx(0, abs=0.1 * NOISE)


def block_means(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of blocks of 4 × 4 pixels of an image padded with 0."""
    height, width = image.shape
    whole = np.pad(image, ((0, -height % 4), (0, -width % 4)))
    blocks = whole.reshape(len(whole) // 4, 4, -1, 4)
    return np.asarray(blocks.mean(axis=(1, 3)))


def interpolated(
    cells: NDArray[np.float32], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    for axis, size in enumerate(shape):
        count = cells.shape[axis]
        place = (np.arange(size) + 0.5) * count / size - 0.5
        lines = np.moveaxis(cells.astype(np.float64), axis, -1)
        filled = [np.interp(place, np.arange(count), line) for line in lines]
        cells = np.moveaxis(np.array(filled), -1, axis)
    return np.asarray(cells, np.float32)


def plain_mean(
    values: NDArray[np.float32], used: NDArray[np.bool_], sigma: float
) -> NDArray[np.float32]:
    weight = used.astype(np.float32)
    known = values * weight
    far = gaussian_filter(block_means(known), sigma) + 1e-3 * known.sum() / weight.sum()
    far /= gaussian_filter(block_means(weight), sigma) + 1e-3
    wide = interpolated(far, tuple(4 * side for side in far.shape))
    near = gaussian_filter(known, sigma, truncate=3)
    near += 0.1 * wide[: len(values), : values.shape[1]]
    return np.asarray(near / (gaussian_filter(weight, sigma, truncate=3) + 0.1))


def plain_background(frame: NDArray[np.float32], window: float) -> NDArray[np.float32]:
    """Estimate the background with numpy and scipy, as described in `background_of`."""
    rows, columns = (side // 4 for side in frame.shape)
    small = block_means(frame[: 4 * rows, : 4 * columns])
    smooth = gaussian_filter(small, 1)
    side, sigma = int(OPENING * window / 4) | 1, SMOOTHING * window / 4
    least = NOISELESS * float(np.subtract(*np.quantile(small, (0.99, 0.01))))
    bent = np.abs(small[:, 2:] - 2 * small[:, 1:-1] + small[:, :-2])
    dark = bent[smooth[:, 1:-1] <= np.median(smooth)]
    deviation = max(float(np.median(dark)) / (0.6745 * 6**0.5), least)
    opened = maximum_filter(minimum_filter(smooth, side), side)
    level = gaussian_filter(opened, 1.5 * sigma) + deviation
    before = None
    for _ in range(ROUNDS):
        free = ~binary_dilation(smooth > level + BRIGHT * deviation)
        if before is not None and np.mean(free != before) < SETTLED:
            break
        level = level + plain_mean(small - level, free, sigma)
        below = (level - smooth)[free & (smooth < level)]
        deviation = max(float(np.median(below)) / 0.6745, least)
        before = free
    return interpolated(level, frame.shape)


@pytest.mark.parametrize("window", [64, 128])
def test_the_background_is_that_of_a_plain_implementation(window: int) -> None:
    rng = np.random.default_rng(window)
    frame = rng.normal(33_000, NOISE, (203, 258))
    for row, column in rng.integers(0, 190, (25, 2)):
        frame[row : row + 18, column : column + 18] += rng.uniform(20, 2000)
    image = frame.astype(np.float32)
    found, expected = background_of(image, window), plain_background(image, window)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3 * NOISE)


def test_small_frames_use_one_background_level() -> None:
    frame = np.arange(64.0).reshape(8, 8)
    assert np.median(subtract_background(frame, 128)) == 0


def test_background_deviation_measures_the_noise_and_not_the_objects() -> None:
    counts = (video() - 33_000).astype(np.float32)
    assert background_deviation(counts) == pytest.approx(NOISE, rel=0.05)
    assert background_deviation(np.ones((4, 4), np.float32)) == 0


def test_settings_have_bounds() -> None:
    with pytest.raises(ValidationError):
        ScalingSettings(tail=0.5)
    with pytest.raises(ValidationError):
        ScalingSettings(softness=0)


def test_counts_are_recovered_from_scaled_intensities() -> None:
    scaling = fit_scaling(video())
    counts = np.linspace(-30, 1900, 50)
    there = scaling.to_counts(scaling.of_counts(counts))
    np.testing.assert_allclose(there, counts, rtol=1e-3, atol=1e-2)


def test_noise_in_the_band_is_that_of_white_noise_at_every_resolution() -> None:
    noise = np.random.default_rng(0).normal(0, NOISE, (2, 600, 600)).astype(np.float32)
    assert band_noise(noise) == pytest.approx(NOISE, rel=0.03)
    coarse = noise.reshape(2, 300, 2, 300, 2).mean((2, 4))
    enlarged = np.stack([resampled(frame, (600, 600)) for frame in coarse])
    assert enlarged.std() < 0.6 * NOISE
    assert band_noise(enlarged) == pytest.approx(NOISE, rel=0.1)


def test_noise_in_the_band_ignores_objects() -> None:
    counts = np.random.default_rng(0).normal(0, NOISE, (1, 400, 400))
    counts[:, 50:90, 50:90] += 100 * NOISE
    counts[:, 200:240, 100:300] += 10 * NOISE
    assert band_noise(counts.astype(np.float32)) == pytest.approx(NOISE, rel=0.05)
    assert band_noise(np.zeros((1, 40, 40), np.float32)) == 0
