import numpy as np
import pytest

from napari_asist.microscope.camera import MANY_PHOTONS, photographed
from napari_asist.microscope.render import MicroscopeSettings

LIGHT = np.full((256, 256), 300, np.float32)


def test_grain_keeps_the_variance_and_correlates_neighbors() -> None:
    settings = MicroscopeSettings(gain=2, read_noise=10, noise_grain=(0, 0.7))
    frame = photographed(LIGHT, settings, np.random.default_rng(0))
    noise = frame - frame.mean()
    assert frame.mean() == pytest.approx(800, abs=1)
    assert noise.var() == pytest.approx(300 * 2 + 10**2, rel=0.05)
    along = np.mean(noise[:, 1:] * noise[:, :-1]) / noise.var()
    across = np.mean(noise[1:] * noise[:-1]) / noise.var()
    # Two Gaussians of this sigma, one pixel apart, overlap by exp(-1 / 4 sigma²), and
    # by 0.02 less where they are sampled at pixels.
    assert along == pytest.approx(np.exp(-1 / (4 * 0.49)), abs=0.03)
    assert across == pytest.approx(0, abs=0.02)


def test_counts_are_not_rounded() -> None:
    settings = MicroscopeSettings(offset=0, read_noise=1e-4, gain=1e-6)
    frame = photographed(LIGHT / 1e4, settings, np.random.default_rng(0))
    assert 5e-5 < frame.std() < 5e-4


@pytest.mark.parametrize("photons", [2, MANY_PHOTONS - 1, MANY_PHOTONS + 1, 500])
def test_photon_noise_has_the_moments_of_poissons(photons: float) -> None:
    settings = MicroscopeSettings(gain=3, read_noise=4, offset=100)
    light = np.full((512, 512), 3 * photons, np.float32)
    counts = photographed(light, settings, np.random.default_rng(0))
    noise = counts.astype(float) - 100 - 3 * photons
    variance = 9 * photons + 16
    assert noise.mean() == pytest.approx(0, abs=0.01 * np.sqrt(variance))
    assert noise.var() == pytest.approx(variance, rel=0.02)
    skewness = 27 * photons / variance**1.5
    assert np.mean(noise**3) / variance**1.5 == pytest.approx(skewness, abs=0.03)
