import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_asist.blur import blurred, enlarged, gaussian


def spots(shape: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    rng = np.random.default_rng(0)
    image = (rng.random(shape, np.float32) > 0.98).astype(np.float32)
    image[:9, :9] += 1
    image[-7:, -5:] += 2
    return image


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("sigma", [0.6, (0, 0.7), 2, 6, 10, 17.5])
def test_blurs_are_gaussian_up_to_the_border(
    sigma: float | tuple[float, float], wrap: bool
) -> None:
    image = spots((140, 131))
    expected = gaussian_filter(image, sigma, mode="wrap" if wrap else "reflect")
    found = blurred(image, sigma, wrap)
    assert found.dtype == np.float32
    # Narrow blurs are the same sum; wide ones have no visible difference.
    widest = np.max(sigma)
    close = 1e-5 if widest < 6 else 0.03
    np.testing.assert_allclose(found, expected, atol=close * expected.max())


def test_an_image_smaller_than_the_blur_becomes_uniform() -> None:
    image = np.zeros((5, 4), np.float32)
    image[1, 1] = 20
    np.testing.assert_allclose(blurred(image, 30), 1, rtol=0.05)
    np.testing.assert_allclose(blurred(image, 2.9, wrap=True), 1, rtol=0.05)


def test_zero_width_leaves_an_image_unchanged() -> None:
    image = spots((20, 30))
    np.testing.assert_array_equal(blurred(image, 0), image)


def test_enlarged_images_are_periodic() -> None:
    rng = np.random.default_rng(0)
    cells = rng.standard_normal((8, 6), np.float32)
    large = enlarged(cells, (32, 24))
    assert large.shape == (32, 24)
    shifted = enlarged(np.roll(cells, (3, -1), (0, 1)), (32, 24))
    np.testing.assert_allclose(np.roll(large, (12, -4), (0, 1)), shifted, atol=1e-5)


@pytest.mark.parametrize("shape", [(60, 47), (5, 9)])
@pytest.mark.parametrize(("sigma", "truncate"), [(1, 4), (2.67, 3), (8.3, 4)])
def test_the_exact_blur_is_that_of_scipy(
    shape: tuple[int, int], sigma: float, truncate: float
) -> None:
    image = (33_000 + 20 * spots(shape)).astype(np.float32)
    expected = gaussian_filter(image, sigma, truncate=truncate)
    np.testing.assert_array_equal(gaussian(image, sigma, truncate), expected)
