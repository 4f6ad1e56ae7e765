"""Measure the number and brightness of specks next to objects of raw frames."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_asist.events import each_unless_stopped
from napari_asist.microscope.fit_camera import SampledFrame
from napari_asist.microscope.settings import DebrisSettings

SPECK = 0.15
"""Sigma of the filter that finds specks, in typical radii of objects."""

CLEAR = 8.0
"""Standard deviations of the filtered background above which a maximum is a speck."""

BRIGHT = 0.2
"""Minimum light of a speck, as a fraction of the objects': dimmer ones are noise and
the ends of processes."""

RING, LONELY = 0.4, 0.5
"""Radius of a ring around a speck, in typical radii, and the largest fraction of the
light in the middle that it may contain: anything that extends farther is a
process or a cell."""

AWAY = 0.6
"""Distance of specks from objects, in typical radii: closer ones may be parts of
them."""

TYPICAL_SIZE = 0.15
"""Radius of a speck over that of an object, for its light before the blur."""


def fitted_debris(
    frames: Sequence[SampledFrame], radius: float, psf_sigma: float
) -> DebrisSettings:
    """Count specks and measure their brightness.

    Parameters
    ----------
    frames : sequence of SampledFrame
    radius : float
        Radius of the disc of a typical object's area, in pixels.
    psf_sigma : float
        Standard deviation of the point spread function, in pixels.

    Returns
    -------
    DebrisSettings
        With a density of 0 if there are none.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_laplace, maximum_filter

    sigma = SPECK * radius
    heights: list[NDArray[np.float32]] = []
    reach = int(np.ceil(RING * radius))
    away = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    ring = np.abs(away - reach) < 1
    area = 0
    for frame in each_unless_stopped(frames):
        response = -(sigma**2) * gaussian_laplace(frame.counts, sigma)
        room = distance_transform_edt(frame.objects == 0) > AWAY * radius
        noise = float(np.median(np.abs(response[room]))) / 0.6745 if room.any() else 0.0
        peaks = response == maximum_filter(response, int(4 * sigma) | 1)
        around = maximum_filter(frame.counts, footprint=ring)
        peaks &= around < LONELY * frame.counts
        inside = frame.counts[frame.objects > 0]
        least = BRIGHT * float(np.median(inside)) if len(inside) else 0.0
        found = peaks & room & (response > CLEAR * noise) & (frame.counts > least)
        heights.append(frame.counts[found])
        area += int(room.sum())
    bright = np.concatenate(heights)
    bright = bright[bright > 0]
    if not len(bright):
        return DebrisSettings()
    # A disc of radius a keeps 1 - exp(-a² / 2σ²) of its light in the middle.
    size = TYPICAL_SIZE * radius
    kept = 1 - np.exp(-0.5 * (size / max(psf_sigma, 0.1)) ** 2)
    low, high = np.quantile(bright / kept, (0.1, 0.95))
    return DebrisSettings(
        density=round(min(1e4 * len(bright) / area, 50.0), 3),
        brightness_min=float(f"{min(max(low, 1e-3), 50_000):.4g}"),
        brightness_max=float(f"{min(max(high, 1e-3), 50_000):.4g}"),
    )
