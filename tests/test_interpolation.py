import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from napari_asist.interpolation import (
    CATMULL_ROM,
    LANCZOS,
    LINEAR,
    Kernel,
    interpolated,
    nearest,
)

KERNELS = [LINEAR, CATMULL_ROM, LANCZOS]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("zoom", [1.5, 2, 4.6])
def test_a_ramp_stays_a_ramp_with_aligned_corners(kernel: Kernel, zoom: float) -> None:
    shape = (round(20 * zoom), round(30 * zoom))
    y, x = (np.arange(n) + 0.5 for n in (20, 30))
    ramp = (2 * y[:, None] + x).astype(np.float32)
    step = (20 / shape[0], 30 / shape[1])
    got = interpolated(ramp, shape, step, kernel)
    v, u = ((np.arange(n) + 0.5) * s for n, s in zip(shape, step, strict=True))
    inner = (slice(8, -8), slice(8, -8))
    # A windowed sinc oscillates slightly around it: by less than a tenth of a step.
    tolerance = 0.2 if kernel is LANCZOS else 1e-3
    assert_allclose(got[inner], (2 * v[:, None] + u)[inner], atol=tolerance)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_same_grid_changes_nothing(kernel: Kernel) -> None:
    image = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    assert_array_equal(interpolated(image, (5, 7), (1.0, 1.0), kernel), image)


def test_nearest_pixels() -> None:
    assert nearest(6, 3).tolist() == [0, 0, 1, 1, 2, 2]
    assert nearest(2, 5).tolist() == [1, 3]
