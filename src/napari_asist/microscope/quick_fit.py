"""Fit the virtual microscope for a preview, within a fraction of a second."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.detect import (
    VISIBLE_BORDER,
    noise_level,
    outlined_objects,
    typical_radius,
)
from napari_asist.estimation.object_scale import densest_place
from napari_asist.estimation.quick_match import QuickMatch
from napari_asist.microscope.fit import (
    has_fringes,
    on_bright_ground,
    saturation_of,
)
from napari_asist.microscope.fit_camera import SampledFrame, fitted_camera
from napari_asist.microscope.fit_phase_contrast import edge_blur, fitted_phase
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import ScalingSettings, subtract_background

SIDE_IN_RADII = 24
SMALLEST_SIDE, LARGEST_SIDE = 128, 384
"""Side of the part of the frame that is examined, in typical radii and in px."""

MOST_BLUR = 20.0

GRAIN = 0.13
"""Size (sigma) of the grains in nuclei, in typical radii."""


def quickly_fitted(frame: NDArray[np.generic], match: QuickMatch) -> MicroscopeSettings:
    """Fit noise, background, blur and brightness to a part of a frame.

    Unlike `fit_microscope`, nothing is rendered: the blur is that of the objects'
    edges, which then contains their dimming at the border, and their texture has the
    usual strength.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
        Raw intensities. Objects are brighter than what surrounds them.
    match : QuickMatch
        What the frame shows.

    Returns
    -------
    MicroscopeSettings
        For frames at the video's own scale.
    """
    image = np.asarray(frame, np.float32)
    side = round(min(max(SIDE_IN_RADII * match.radius, SMALLEST_SIDE), LARGEST_SIDE))
    part = image[densest_place(image, side)]
    simulator = match.simulator
    border = VISIBLE_BORDER if simulator.border is None else simulator.border
    size = typical_radius(part) or match.radius
    _, objects = outlined_objects(part, size, simulator.saddle, border)
    counts = subtract_background(part, ScalingSettings().background_window)
    sample = SampledFrame(counts, part - counts, objects.astype(np.uint32))
    blur = edge_blur([sample], noise_level(part))
    fitted = MicroscopeSettings().changed(
        brightness=simulator.brightness.model_dump(),
        border=border,
        bleaching=0,
        halo_sigma=min(max(4.0, match.radius / 2), 200.0),
        falloff=0,
        texture_scale=max(1.0, GRAIN * match.radius),
        saturation=saturation_of([image]),
        **fitted_camera([sample]),
    )
    if blur is not None:
        fitted = fitted.changed(psf_sigma=round(min(blur, MOST_BLUR), 3))
    if has_fringes([sample], match.radius):
        phase = fitted_phase([sample], match.radius)
        fitted = on_bright_ground(fitted).changed(phase=phase.model_dump(), halo=0)
    if simulator.brightening.brightness > 1:
        fitted = fitted.changed(cell_cycle=simulator.brightening.model_dump())
    return fitted
