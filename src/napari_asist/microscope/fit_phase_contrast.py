"""Fit halo and shadow of phase contrast to the light next to objects.

A first fit by least squares is linear, but its bright halo and shadow are biased: they
are derived from light that the fringes have changed already. From there, objects are
rendered until they agree with those in the video.
"""

from collections.abc import Sequence
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import blurred
from napari_asist.estimation.borders import outlines_of
from napari_asist.estimation.object_areas import maxima
from napari_asist.events import each_unless_stopped
from napari_asist.microscope.fit_by_rendering import (
    Unknowns,
    fitted_by_rendering,
    rounded_value,
)
from napari_asist.microscope.fit_camera import SampledFrame
from napari_asist.microscope.fit_optics import LIMITS as LIMITS_OF_OPTICS
from napari_asist.microscope.object_profiles import fringe_measure
from napari_asist.microscope.phase_contrast import halo_of, slopes_of
from napari_asist.microscope.settings import MicroscopeSettings, PhaseContrastSettings

RADII = (0.5, 0.8, 1.25, 2.0)
"""Halo radii to try, in typical radii of objects."""

LEAST_HALO, USUAL_RADIUS = 0.03, 1.25
"""Strength below which a halo is too faint for its radius to be measured, and the
radius it is given then, in typical radii: it surrounds the whole object."""

SIGMAS = (0.25, 0.4, 0.65)
"""Shadow widths to try, in typical radii."""

GLOWS = (0.4, 0.8)
"""Sigmas of bright halos to try, in typical radii."""

NEAREST, FARTHEST = 0.25, 2.0
"""Range of distances from objects in which their surroundings are compared, in
radii."""

TRIMMED, OWN_LIGHT = 4, 1.5
"""Number of rounds of the fit, and number of deviations above which light is
excluded as unrelated."""

EDGE = 2
"""Pixels on either side of an object's border in which its steepest slope is."""

STEEP = 0.75
"""Quantile of the slopes along a border that represents the edge itself: elsewhere,
neighbors, processes and thin flanks adjoin it."""

SMOOTHED = 0.7
CLEAR_EDGE = 10.0

LIMITS = (
    *(LIMITS_OF_OPTICS[name] for name in ("psf_sigma", "falloff", "texture")),
    (0.0, 0.5, 0.02),  # glow
    (0.0, 1.0, 0.03),  # strength of the halo
    (-1.0, 1.0, 0.03),  # shadow, down
    (-1.0, 1.0, 0.03),  # shadow, across
)
"""Bounds of the values in `_values` and the steps by which they are changed."""

WIDTHS = (
    (0.2, 1.5, 0.08),  # glow
    (0.4, 3.0, 0.12),  # radius of the halo
    (0.2, 1.2, 0.05),  # shadow
)
"""The same for those at the end, which are in typical radii."""

MOST_PIXELS = 10_000
"""Maximum number of pixels of a frame that the fit uses, evenly spread."""


def fitted_phase(
    frames: Sequence[SampledFrame], radius: float
) -> PhaseContrastSettings:
    """Fit what phase contrast adds to the light next to objects.

    The light next to objects is modeled as a sum of their bright halo, their dark halo
    and their shadow, each derived from the objects' own light, by least squares for
    several widths of each; the best is used.

    Parameters
    ----------
    frames : sequence of SampledFrame
    radius : float
        Radius of the disc of a typical object's area, in pixels.

    Returns
    -------
    PhaseContrastSettings
        Without halo or shadow if they explain nothing.
    """
    settings = PhaseContrastSettings()
    surroundings = [
        _Surroundings(frame, radius) for frame in frames if frame.objects.any()
    ]
    if not surroundings:
        return settings
    beside = np.concatenate([part.counts for part in surroundings])
    glows = {
        part: _joined(surroundings, "glow", part * radius)
        for part in each_unless_stopped(GLOWS)
    }
    shadows = {
        sigma: [_joined(surroundings, "slope", sigma * radius, axis) for axis in (0, 1)]
        for sigma in each_unless_stopped(SIGMAS)
    }
    halos = {
        part: _joined(surroundings, "halo", part * radius, settings.ring_width)
        for part in each_unless_stopped(RADII)
    }
    best = np.inf
    for part, sigma, wide in each_unless_stopped(product(RADII, SIGMAS, GLOWS)):
        down, across = shadows[sigma]
        columns = [glows[wide], -halos[part], down, -down, across, -across]
        ones = np.ones_like(beside)
        design = np.stack([*columns, ones, -ones], axis=1)
        found, rest = _fitted(design, beside)
        if rest < best:
            best = rest
            slope_y, slope_x = found[2] - found[3], found[4] - found[5]
            settings = settings.changed(
                strength=round(float(min(found[1], 1)), 3),
                radius=round(part * radius, 2),
                glow=round(float(min(found[0], 1)), 3),
                glow_sigma=round(wide * radius, 2),
                shadow=round(float(min(np.hypot(slope_y, slope_x), 1)), 3),
                shadow_angle=round(float(np.degrees(np.arctan2(slope_y, slope_x))), 1),
                shadow_sigma=round(sigma * radius, 2),
            )
    return _with_usual_radius(settings, radius)


def fitted_fringes(
    frames: Sequence[SampledFrame], settings: MicroscopeSettings, radius: float
) -> MicroscopeSettings:
    """Fit phase contrast, blur, dimming at the border and texture by rendering objects.

    Parameters
    ----------
    frames : sequence of SampledFrame
        As for `fitted_by_rendering`.
    settings : MicroscopeSettings
        The starting point, with the result of `fitted_phase`.
    radius : float
        Radius of the disc of a typical object's area, in px.

    Returns
    -------
    MicroscopeSettings
    """
    low, high, step = np.concatenate([LIMITS, radius * np.array(WIDTHS)]).T
    unknowns = Unknowns(_values, _with_values, low, high, step)
    measure = partial(fringe_measure, radius=radius)
    fitted = fitted_by_rendering(frames, settings, unknowns, measure)
    phase = _with_usual_radius(fitted.phase, radius)
    return fitted.changed(phase=phase.model_dump())


def _values(settings: MicroscopeSettings) -> NDArray[np.float64]:
    phase = settings.phase
    angle = np.radians(phase.shadow_angle)
    return np.array(
        [
            settings.psf_sigma,
            settings.falloff,
            settings.texture,
            phase.glow,
            phase.strength,
            phase.shadow * np.sin(angle),
            phase.shadow * np.cos(angle),
            phase.glow_sigma,
            phase.radius,
            phase.shadow_sigma,
        ]
    )


def _with_values(
    settings: MicroscopeSettings, values: NDArray[np.float64]
) -> MicroscopeSettings:
    down, across = values[5:7]
    psf_sigma, falloff, texture, glow, strength = map(rounded_value, values[:5])
    glow_sigma, radius, shadow_sigma = map(rounded_value, values[7:])
    phase = settings.phase.changed(
        glow=glow,
        glow_sigma=glow_sigma,
        strength=strength,
        radius=radius,
        shadow=rounded_value(min(np.hypot(down, across), 1)),
        shadow_angle=rounded_value(np.degrees(np.arctan2(down, across))),
        shadow_sigma=shadow_sigma,
    )
    return settings.changed(
        psf_sigma=psf_sigma, falloff=falloff, texture=texture, phase=phase.model_dump()
    )


def _with_usual_radius(
    phase: PhaseContrastSettings, radius: float
) -> PhaseContrastSettings:
    """Replace the radius of a halo that is too faint to measure it.

    All radii fit about equally well then, but training scenes draw a faint halo.
    """
    if phase.strength >= LEAST_HALO:
        return phase
    return phase.changed(radius=round(USUAL_RADIUS * radius, 2))


def _fitted(
    design: NDArray[np.float64], beside: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return coefficients of at least 0, and the median of the absolute residuals.

    Bright outliers are unrelated light: processes, and cells too dim to be found. They
    are excluded iteratively.
    """
    from scipy.optimize import nnls

    used = np.ones(len(beside), bool)
    for _ in range(TRIMMED):
        found, _ = nnls(design[used], beside[used])
        rest = beside - design @ found
        spread = float(np.median(np.abs(rest[used]))) / 0.6745
        used = rest < OWN_LIGHT * spread
    return found, spread


class _Surroundings:
    """The light next to the objects of a frame, and its possible components."""

    def __init__(self, frame: SampledFrame, radius: float) -> None:
        from scipy.ndimage import distance_transform_edt

        away = distance_transform_edt(frame.objects == 0)
        # Blurred edges also belong to the objects' own light.
        near = np.where(away <= EDGE, np.maximum(frame.counts, 0), 0)
        self.own = np.asarray(near, np.float32)
        away /= radius
        places = np.flatnonzero((away > NEAREST) & (away < FARTHEST))
        self.places = places[:: max(1, len(places) // MOST_PIXELS)]
        self.counts = self._there(frame.counts)

    def glow(self, sigma: float) -> NDArray[np.float64]:
        return self._there(blurred(self.own, sigma, truncate=3))

    def halo(self, radius: float, ring_width: float) -> NDArray[np.float64]:
        return self._there(halo_of(self.own, radius, ring_width))

    def slope(self, sigma: float, axis: int) -> NDArray[np.float64]:
        return self._there(slopes_of(self.own, sigma)[axis])

    def _there(self, image: NDArray[np.float32]) -> NDArray[np.float64]:
        return image.ravel()[self.places].astype(np.float64)


def _joined(
    surroundings: list[_Surroundings], name: str, *values: float
) -> NDArray[np.float64]:
    return np.concatenate([getattr(part, name)(*values) for part in surroundings])


def edge_blur(frames: Sequence[SampledFrame], noise: float) -> float | None:
    """Return the blur of clear objects' edges, in pixels, or None if none is clear.

    A straight edge of height h, blurred by a Gaussian, has a slope of h / (σ √(2π)).

    Parameters
    ----------
    frames : sequence of SampledFrame
    noise : float
        Standard deviation of the background, in counts.
    """
    found: list[float] = []
    for frame in each_unless_stopped(frames):
        found += _edge_blurs(frame, CLEAR_EDGE * noise)
    return float(np.median(found)) if found else None


def _edge_blurs(frame: SampledFrame, clear: float) -> list[float]:
    from scipy.ndimage import find_objects, gaussian_gradient_magnitude

    slope = gaussian_gradient_magnitude(frame.counts, SMOOTHED)
    lines = outlines_of(frame.objects, EDGE)
    inside = (lines.depth > 0) & (lines.depth <= EDGE)
    near = inside | ((lines.outside > 0) & np.isfinite(lines.outside))
    height = maxima(frame.counts, frame.objects)
    blurs = []
    boxes = each_unless_stopped(find_objects(frame.objects))
    for number, box in enumerate(boxes, 1):
        if box is None or not clear < height[number] < np.inf:
            continue
        around = tuple(slice(max(0, s.start - EDGE), s.stop + EDGE) for s in box)
        mine = near[around] & (lines.nearest[around] == number)
        steepest = float(np.quantile(slope[around][mine], STEEP))
        blur = height[number] / max(steepest, 1e-9) / np.sqrt(2 * np.pi)
        blurs.append(float(np.sqrt(max(blur**2 - SMOOTHED**2, 0))))
    return blurs
