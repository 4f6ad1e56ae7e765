"""Bent, tapered outlines that are widest off center: spindle-shaped cells."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from napari_asist.settings import Field
from napari_asist.simulation.shapes.shape import Outlines, Scene, Shape

Floats = NDArray[np.float64]

STATIONS = 32
"""Number of points along an outline, on either side."""

ALONG = -np.cos(np.linspace(0, np.pi, STATIONS))
"""From tip to tip of a straight, symmetric outline, denser where it is curved."""

BLUNTEST, SHARPEST = -0.25, 2.0
FARTHEST = 0.7
"""Bounds for single objects: outlines degenerate beyond them."""


class Spindle(Shape):
    """Half-widths (1 - u²)^(1/2 + taper) along a bent middle line.

    A taper of 0 is an ellipse. Length, width and center are those of the ellipse of
    equal area and second moments, at any taper and asymmetry, so measurements of
    detections apply to what is drawn.
    """

    kind: Literal["spindle"] = "spindle"
    taper: float = Field(
        0.4,
        ge=-0.25,
        le=2,
        description="How pointed both ends are: 0 is an ellipse, 0.5 a lens, 1 has "
        "thin tips.",
    )
    taper_sd: float = Field(
        0.2,
        ge=0,
        le=1,
        description="How much the taper varies among objects (standard deviation).",
    )
    asymmetry: float = Field(
        0.2,
        ge=0,
        le=0.7,
        description="How lopsided objects are: standard deviation of their widest "
        "position, from the middle (0) to a tip (1).",
    )
    bend: float = Field(
        0.1,
        ge=0,
        le=1,
        description="How bent objects are: standard deviation of the offset of the "
        "tips from the line through the middle, as a fraction of the half-length.",
    )
    renewal: float = Field(
        0.1,
        ge=0,
        le=1,
        description="How fast bend and asymmetry change: 0 keeps outlines constant, "
        "1 draws new ones in each frame.",
    )
    fields: ClassVar[list[tuple[str, str]]] = [
        ("taper", "f8"),
        ("asymmetry", "f8"),
        ("bend", "f8"),
    ]

    def draw(self, scene: Scene, rng: np.random.Generator) -> None:
        """Draw taper, asymmetry and bend."""
        scene["taper"] = rng.normal(self.taper, self.taper_sd, len(scene))
        scene["asymmetry"] = rng.normal(0, self.asymmetry, len(scene))
        scene["bend"] = rng.normal(0, self.bend, len(scene))

    def drift(self, scene: Scene, rng: np.random.Generator) -> None:
        """Change asymmetry and bend by an autoregressive process of order 1."""
        kept, new = 1 - self.renewal, np.sqrt(1 - (1 - self.renewal) ** 2)
        for name, spread in (("asymmetry", self.asymmetry), ("bend", self.bend)):
            step = rng.normal(0, spread, len(scene))
            scene[name] = kept * scene[name] + new * step

    def outline(self, scene: Scene) -> Outlines:
        """Trace one side from tip to tip, and go back along the other."""
        power = 0.5 + np.clip(scene["taper"], BLUNTEST, SHARPEST)
        widest = np.clip(scene["asymmetry"], -FARTHEST, FARTHEST)
        mean, deviation, area = _moments(power, widest)
        # The widest position is 0 on both halves, a tip 1.
        reach = np.where(ALONG > 0, 1 - widest[:, None], 1 + widest[:, None])
        along = (widest[:, None] + ALONG * reach - mean[:, None]) / (
            2 * deviation[:, None]
        )
        # The ellipse of equal area and moments has half-axes of 1: an area of π.
        half = np.clip(1 - ALONG**2, 0, None) ** power[:, None]
        half *= (2 * np.pi * deviation / area)[:, None]
        sag = scene["bend"] * scene["major"] / scene["minor"]
        middle = sag[:, None] * (along**2 - 0.25)
        there = np.stack([along, middle + half], axis=2)
        back = np.stack([along, middle - half], axis=2)
        # Both tips are on both sides.
        return np.concatenate([there, back[:, -2:0:-1]], axis=1)


def _moments(power: Floats, widest: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean and deviation of the position along an outline, and its area.

    For half-widths (1 - u²)^power on both sides of the widest position, in
    half-lengths.
    """
    from scipy.special import beta

    whole = beta(0.5, power + 1)
    first, second = 1 / ((power + 1) * whole), 1 / (2 * power + 3)
    mean = widest * (1 - 2 * first)
    variance = second * (1 + 3 * widest**2) - (2 * widest * first) ** 2
    return mean, np.sqrt(variance), 2 * whole
