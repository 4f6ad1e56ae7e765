import numpy as np
import pytest
from numpy.typing import NDArray

from napari_asist.blur import blurred
from napari_asist.microscope.fit_camera import SampledFrame
from napari_asist.microscope.fit_debris import fitted_debris
from napari_asist.microscope.settings import DebrisSettings


def draw_disc(image: NDArray[np.generic], y: int, x: int, radius: float) -> None:
    rows, columns = np.indices(image.shape)
    image[np.hypot(rows - y, columns - x) < radius] = 1


def frame_with(specks: int, line: bool = False) -> SampledFrame:
    """Return a frame of 400 × 400 px with four objects and a row of specks."""
    light = np.zeros((400, 400), np.float32)
    labels = np.zeros((400, 400), np.uint16)
    for number in range(4):
        mine = np.zeros_like(labels)
        draw_disc(mine, 60, 60 + 90 * number, 13)
        labels[mine > 0] = number + 1
    for number in range(specks):
        draw_disc(light, 200 + 40 * (number % 4), 40 + 40 * (number // 4), 2)
    light *= 300
    light[labels > 0] = 100
    if line:
        light[350, 50:300] = 200
    noise = np.random.default_rng(0).normal(0, 2, light.shape)
    counts = (blurred(light, 1.5) + noise).astype(np.float32)
    return SampledFrame(counts, np.full_like(counts, 100), labels)


def test_specks_are_counted_and_measured() -> None:
    found = fitted_debris([frame_with(24), frame_with(24)], 13, 1.5)
    assert found.density == pytest.approx(24 / 16, rel=0.15)
    assert found.brightness_min < 300 < 1.3 * found.brightness_max


@pytest.mark.parametrize("line", [False, True])
def test_noise_objects_and_processes_are_no_specks(line: bool) -> None:
    assert fitted_debris([frame_with(0, line)], 13, 1.5).density < 0.1
    assert fitted_debris([frame_with(0)], 13, 1.5) == DebrisSettings()
