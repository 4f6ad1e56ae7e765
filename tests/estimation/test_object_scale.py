"""The size of objects is found at any magnification."""

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.estimation.detect import VISIBLE_BORDER
from napari_asist.estimation.object_scale import object_radius
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.resampling import resampled
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video


def rendered(radius: float, side: int) -> tuple[NDArray[np.generic], float]:
    """Return frames of virtual nuclei, and their median radius."""
    nuclei = NucleiSettings(
        frames=2,
        height=side,
        width=side,
        objects=max(4, int(0.15 * side**2 / (np.pi * radius**2))),
        appearing=0,
        disappearing=0,
        mitoses=0,
        radius_mean=radius,
        radius_sd=0.1 * radius,
        radius_min=max(2, 0.6 * radius),
        radius_max=1.4 * radius,
        overlap=1,
        elongation=0.2,
    )
    truth = simulate_video(nuclei, 1)
    microscope = MicroscopeSettings(
        border=VISIBLE_BORDER,
        texture_scale=max(1.0, 0.13 * radius),
        halo_sigma=radius,
        unevenness=0.1,
    )
    areas = np.concatenate([np.bincount(frame.ravel())[1:] for frame in truth.labels])
    frames = np.stack(list(render_video(truth, microscope, 1)))
    return frames, float(np.sqrt(np.median(areas[areas > 0]) / np.pi))


@pytest.mark.parametrize(
    ("radius", "side"), [(4, 160), (13, 320), (30, 512), (60, 1000)]
)
def test_the_radius_of_rendered_nuclei(radius: float, side: int) -> None:
    frames, truth = rendered(radius, side)
    assert object_radius(frames) == pytest.approx(truth, rel=0.1)


def test_the_radius_grows_with_the_magnification() -> None:
    frames, _ = rendered(13, 256)
    radius = object_radius(frames)
    for factor in (0.5, 2, 3):
        shape = (round(256 * factor), round(256 * factor))
        other = [resampled(frame, shape) for frame in frames]
        assert object_radius(other) == pytest.approx(factor * radius, rel=0.04)


def test_noise_has_no_objects() -> None:
    noise = np.random.default_rng(0).normal(100, 5, (2, 100, 120))
    for frames in (noise, np.full((2, 16, 16), 7, np.uint8)):
        with pytest.raises(AsistError, match="--object-radius"):
            object_radius(frames)


def test_an_unknown_simulator_is_rejected() -> None:
    with pytest.raises(AsistError, match="no simulator 'filament'; choose nuclei or"):
        object_radius(np.zeros((2, 64, 64)), "filament")


def test_an_earlier_name_of_a_simulator_is_known() -> None:
    frames, _ = rendered(13, 200)
    assert object_radius(frames, "hela") == object_radius(frames, "nuclei")
