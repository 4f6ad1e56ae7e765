"""Smooth, irregular outlines that change slowly over time."""

from typing import ClassVar, Literal

import numpy as np

from napari_asist.settings import Field
from napari_asist.simulation.shapes.ellipse import ANGLES, CIRCLE
from napari_asist.simulation.shapes.shape import Outlines, Scene, Shape

WAVES = np.arange(2, 6)
"""Periods of each wave around the outline; 1 would only shift it."""

COSINES, SINES = np.cos(np.outer(WAVES, ANGLES)), np.sin(np.outer(WAVES, ANGLES))

LARGEST_WAVE = 3.0
"""Amplitudes are clipped at this many standard deviations, so that no outline turns
inside out: for an irregularity of 0.25 the amplitudes then add up to less than 1."""


class Star(Shape):
    """Smooth outlines around ellipses: r0 (1 + Σ a_k cos(kθ + φ_k)), k = 2 … 5.

    a_k is normal with a standard deviation of `irregularity` / k; the phases φ_k follow
    random walks.
    """

    kind: Literal["star"] = "star"
    irregularity: float = Field(
        0.1,
        ge=0,
        le=0.25,
        description="How wavy outlines are: 0 gives ellipses, 0.25 clear bulges. A "
        "wave with k periods has an amplitude of this value over k, as a fraction of "
        "the radius.",
    )
    phase_drift: float = Field(
        8,
        ge=0,
        le=90,
        description="How fast the bulges of an outline move: standard deviation of "
        "each wave's drift per frame, in degrees of its phase.",
        unit="degrees",
    )
    fields: ClassVar[list[tuple[str, str]]] = [
        ("amplitudes", f"{len(WAVES)}f8"),
        ("phases", f"{len(WAVES)}f8"),
    ]

    def draw(self, scene: Scene, rng: np.random.Generator) -> None:
        """Draw amplitudes and phases."""
        drawn = rng.normal(0, 1, (len(scene), len(WAVES)))
        drawn = np.clip(drawn, -LARGEST_WAVE, LARGEST_WAVE)
        scene["amplitudes"] = self.irregularity * drawn / WAVES
        scene["phases"] = rng.uniform(0, 2 * np.pi, drawn.shape)

    def drift(self, scene: Scene, rng: np.random.Generator) -> None:
        """Move the phases by one random step."""
        deviation = np.radians(self.phase_drift)
        scene["phases"] += rng.normal(0, deviation, scene["phases"].shape)

    def outline(self, scene: Scene) -> Outlines:
        """Add the waves to a circle."""
        # cos(kθ + φ) = cos kθ cos φ - sin kθ sin φ, so two products sum all waves.
        amplitude, phase = scene["amplitudes"], scene["phases"]
        even, odd = amplitude * np.cos(phase), amplitude * np.sin(phase)
        radius = 1 + even @ COSINES - odd @ SINES
        return np.asarray(radius[:, :, None] * CIRCLE)
