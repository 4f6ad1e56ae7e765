import numpy as np
import pytest

from napari_asist.blur import smooth_noise
from napari_asist.microscope.fit_camera import correlation
from napari_asist.microscope.optics import DARKEST, grain_at


@pytest.mark.parametrize("sigma", [0.8, 3, 20])
def test_noise_has_the_requested_grain(sigma: float) -> None:
    noise = smooth_noise((300, 256), sigma, np.random.default_rng(0))
    assert noise.shape == (300, 256)
    assert noise.mean() == pytest.approx(0, abs=1e-4)
    assert noise.std() == pytest.approx(1, abs=1e-3)
    lag = max(1, round(sigma))
    used = np.ones(noise.shape, bool)
    expected = np.exp(-(lag**2) / (4 * sigma**2))
    for axis in (0, 1):
        assert correlation(noise, used, lag, axis) == pytest.approx(expected, abs=0.1)
    step = np.abs(noise[0] - noise[-1]).mean()
    assert step < 2 * np.abs(np.diff(noise, axis=0)).mean(), "it repeats itself"


def test_grain_is_linear_between_pixels_and_repeats_itself() -> None:
    grain = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert grain_at(grain, 1, 2) == 6
    assert grain_at(grain, 0.5, 1.25) == pytest.approx(3.25)
    assert grain_at(grain, -2, 2 + 8) == 6
    assert grain_at(grain, 2.5, 0) == pytest.approx((8 + 0) / 2)
    assert grain_at(-grain, 1, 2) == DARKEST
