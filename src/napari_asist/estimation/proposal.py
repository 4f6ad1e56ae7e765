"""Appearance of a video's objects, and how to simulate and draw them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.settings import SimulatorKind, simulator_model

LONG = 1.6
"""Aspect ratio above which a typical object is a stick. Nuclei have 1.2 to 1.4;
spindle-shaped ones have less than this threshold; rod-like cells have at least 1.8."""

BESIDE = (0.15, 0.7)
"""Distance of a fringe from an object's outline, in typical radii."""

DARK = 3.0
"""A pixel is dark if it is this many noise deviations below the background."""

FRINGED = 0.05
"""Fraction of dark pixels next to objects above which there are fringes; noise alone
gives .001."""


@dataclass(frozen=True)
class TypicalObject:
    """Appearance of a video's objects, at their own scale.

    Parameters
    ----------
    radius : float
        Radius of the disc of a typical object's area, in px of the video.
    kind : str
        The simulator for such objects.
    aspect_ratio : float
        Aspect ratio of a typical object: length over width.
    dark_beside : float
        Fraction of the pixels next to objects that are clearly darker than the
        background.
    """

    radius: float
    kind: SimulatorKind
    aspect_ratio: float
    dark_beside: float

    @property
    def has_fringes(self) -> bool:
        """Whether objects have dark fringes, as in phase contrast."""
        return self.dark_beside >= FRINGED

    def simulator_reason(self) -> str:
        """Explain in a sentence which simulator is used, and why."""
        return (
            f"Objects are {self.aspect_ratio:.1f} times as long as wide, so "
            f"{simulator_model(self.kind).noun} are simulated."
        )

    def drawing_reason(self) -> str:
        """Explain in a sentence how the objects are best drawn, and why."""
        if not self.has_fringes:
            return (
                "Objects are bright on a plain background, so the renderer can draw "
                "them."
            )
        return (
            f"The objects have dark fringes: {100 * self.dark_beside:.0f} % of the "
            "pixels next to them are far darker than the background. The renderer "
            "draws the halo and the shadow as measured; if the tracks are poor, try "
            "--preset paper-small, whose CycleGAN learns the fringes in about two "
            "hours."
        )


def proposed_kind(aspect_ratio: float) -> SimulatorKind:
    """Return the simulator that suits objects of an aspect ratio."""
    return "microvilli" if aspect_ratio >= LONG else "nuclei"


def dark_beside(
    counts: Sequence[NDArray[np.float32]],
    objects: Sequence[NDArray[np.integer]],
    radius: float,
) -> float:
    """Return the fraction of clearly dark pixels next to objects.

    Parameters
    ----------
    counts : sequence of ndarray of float32, shape (Y, X)
        Frames over their local background.
    objects : sequence of ndarray of int, shape (Y, X)
        Labels of the objects; 0 elsewhere.
    radius : float
        Radius of a typical object, in px.
    """
    from scipy.ndimage import distance_transform_edt

    near, far = (part * radius for part in BESIDE)
    dark = total = 0
    for frame, labels in zip(counts, objects, strict=True):
        if not labels.any():
            continue
        away = distance_transform_edt(labels == 0)
        beside = frame[(away > near) & (away <= far)]
        dark += int((beside < -DARK * _noise(frame)).sum())
        total += beside.size
    return dark / total if total else 0.0


def _noise(counts: NDArray[np.float32]) -> float:
    """Return the standard deviation of a background whose tails may be fringes."""
    below = -counts[counts < 0]
    return float(np.median(below)) / 0.6745 if below.size else 0.0
