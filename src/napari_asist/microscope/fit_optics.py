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

LIMITS = {
    "psf_sigma": (0.3, 5.0, 0.15),
    "falloff": (0.0, 0.85, 0.08),
    "halo": (0.0, 0.4, 0.03),
    "texture": (0.0, 0.6, 0.04),
    "texture_scale": (0.6, 6.0, 0.25),
}
"""Fitted settings: their bounds, and the steps by which they are changed to determine
their effect."""


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
        return np.array([getattr(settings, name) for name in LIMITS])

    def write(
        settings: MicroscopeSettings, values: NDArray[np.float64]
    ) -> MicroscopeSettings:
        rounded = map(rounded_value, values)
        return settings.changed(**dict(zip(LIMITS, rounded, strict=True)))

    low, high, step = np.array(list(LIMITS.values())).T
    unknowns = Unknowns(read, write, low, high, step)
    return fitted_by_rendering(frames, settings, unknowns, object_measure)
