"""Nuclei with smooth irregular outlines."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.scene import Scene

WAVES = np.arange(2, 6)
"""How many times a wave goes around; 1 would only shift an outline."""

LARGEST_WAVE = 3.0
"""Standard deviations at which an amplitude is cut, so that no outline turns inside
out: for an irregularity of 0.25 the amplitudes then add up to less than 1."""

CENTER = 1e-12
"""Distance below which a point is the centre, which has no direction."""


class StarShape:
    """Smooth outlines around ellipses: r0 (1 + Σ a_k cos(kθ + φ_k)), k = 2 … 5.

    a_k is normal with a standard deviation of `irregularity` / k; the phases φ_k walk
    at random, so that outlines change slowly.

    Parameters
    ----------
    irregularity : float
    phase_drift : float
        Standard deviation of a phase's step from frame to frame, in degrees.
    """

    def __init__(self, irregularity: float, phase_drift: float) -> None:
        # As complex numbers a exp(iφ), for powers of exp(iθ) take no cosine.
        self.fields: list[tuple[Any, ...]] = [("waves", "c16", (len(WAVES),))]
        self.irregularity = irregularity
        self.phase_drift = np.radians(phase_drift)

    def draw(self, scene: Scene, rng: np.random.Generator) -> None:
        """Draw amplitudes and phases."""
        drawn = rng.normal(0, 1, (len(scene), len(WAVES)))
        amplitude = np.clip(drawn, -LARGEST_WAVE, LARGEST_WAVE) / WAVES
        phase = rng.uniform(0, 2 * np.pi, amplitude.shape)
        scene["waves"] = self.irregularity * amplitude * np.exp(1j * phase)

    def drift(self, scene: Scene, rng: np.random.Generator) -> None:
        """Let the phases take a step."""
        step = rng.normal(0, self.phase_drift, scene["waves"].shape)
        scene["waves"] *= np.exp(1j * step)

    def reach(self, scene: Scene) -> NDArray[np.float64]:
        """Return the radius at which all waves would be at their crest."""
        return np.asarray(1 + np.abs(scene["waves"]).sum(axis=1))

    def outline(
        self, objects: Scene | np.void, u: NDArray[Any], v: NDArray[Any]
    ) -> NDArray[Any]:
        """Sum the waves in the direction of (u, v)."""
        turn = np.empty(np.shape(u), np.result_type(u, np.complex64))
        turn.real, turn.imag = u, v
        # A product, for numpy divides complex numbers slowly.
        turn *= 1 / np.maximum(np.abs(turn), CENTER)
        waves = objects["waves"].astype(turn.dtype).T
        total = waves[-1] * turn
        for wave in waves[-2:0:-1]:
            total += wave
            total *= turn
        total += waves[0]
        total *= turn * turn
        return np.asarray(1 + total.real)
