"""Fit blur, dimming at the border, halo and texture of objects to raw frames."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_asist.microscope.fit_by_rendering import (
    Unknowns,
    fitted_by_rendering,
    rounded_value,
)
from napari_asist.microscope.fit_camera import SampledFrame
from napari_asist.microscope.object_profiles import object_measure
from napari_asist.microscope.settings import MicroscopeSettings

FITTED = ("psf_sigma", "falloff", "halo", "texture", "texture_scale")
LOW = np.array([0.3, 0.0, 0.0, 0.0, 0.6])
HIGH = np.array([5.0, 0.85, 0.4, 0.6, 6.0])
STEP = np.array([0.15, 0.08, 0.03, 0.04, 0.25])
"""Steps by which the settings are changed to determine their effect."""


def fitted_optics(
    frames: Sequence[SampledFrame], settings: MicroscopeSettings
) -> MicroscopeSettings:
    """Fit blur, dimming at the border, halo and texture.

    Parameters
    ----------
    frames : sequence of SampledFrame
        A few thousand object pixels are enough; time is proportional to the frames'
        area.
    settings : MicroscopeSettings
        Noise and background are used as given; the others are the starting point of the
        fit.

    Returns
    -------
    MicroscopeSettings
        Unchanged if no object is clearly above the noise.
    """

    def read(settings: MicroscopeSettings) -> NDArray[np.float64]:
        return np.array([getattr(settings, name) for name in FITTED])

    def write(
        settings: MicroscopeSettings, values: NDArray[np.float64]
    ) -> MicroscopeSettings:
        rounded = map(rounded_value, values)
        return settings.changed(**dict(zip(FITTED, rounded, strict=True)))

    unknowns = Unknowns(read, write, LOW, HIGH, STEP)
    return fitted_by_rendering(frames, settings, unknowns, object_measure)
