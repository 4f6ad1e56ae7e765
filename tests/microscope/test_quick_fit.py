"""A preview has the noise, the background, the blur and the brightness of a frame."""

import numpy as np
import pytest

from napari_asist.estimation.detect import VISIBLE_BORDER, noise_level
from napari_asist.estimation.quick_match import quick_match
from napari_asist.microscope.quick_fit import quickly_fitted
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video

NUCLEI = NucleiSettings(
    frames=2, height=300, width=300, objects=60, elongation=0.2, mitoses=0, appearing=0
)


@pytest.mark.parametrize("noise", [3, 20])
@pytest.mark.parametrize("blur", [1, 3])
def test_a_simulated_frame_resembles_a_recorded_one(noise: float, blur: float) -> None:
    truth = simulate_video(NUCLEI, 1)
    microscope = MicroscopeSettings(
        border=VISIBLE_BORDER, read_noise=noise, psf_sigma=blur, offset=300
    )
    frames = render_video(truth, microscope, 1)
    match = quick_match(frames)
    fitted = quickly_fitted(frames[0], match)
    again = render_video(
        simulate_video(match.simulator.changed(frames=2), 2), fitted, 2
    )
    assert noise_level(again[0]) == pytest.approx(noise_level(frames[0]), rel=0.15)
    assert np.median(again[0]) == pytest.approx(np.median(frames[0]), rel=0.05)
    assert np.quantile(again[0], 0.95) == pytest.approx(
        np.quantile(frames[0], 0.95), rel=0.25
    )
    assert fitted.psf_sigma == pytest.approx(blur, abs=1)
