"""Place sticks in contact with each other, and parallel to their neighbors."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import smooth_noise
from napari_asist.simulation.microvilli_settings import MicrovilliSettings
from napari_asist.simulation.placement import PLACES
from napari_asist.simulation.scene import Scene

CELL = 8
"""Side of a cell of the field of directions, in pixels."""

NEARLY_PARALLEL = np.radians(10)
END_TO_END = 0.3
"""Fraction of the contacts that are end to end, as after divisions."""

CLOSEST, LOOSEST = 0.8, 1.1
"""Distance of two sticks in contact, as a fraction of that at which their sides
touch."""


class Contact:
    """Assigns sticks the positions and directions that contacts require.

    Parameters
    ----------
    settings : MicrovilliSettings
    rng : Generator
    """

    def __init__(self, settings: MicrovilliSettings, rng: np.random.Generator) -> None:
        self.settings, self.rng = settings, rng
        self.directions = _field(settings, rng) if settings.alignment else None

    def brought_about(self, scene: Scene) -> Scene:
        """Align scattered sticks with the field of directions, and bring some together.

        Parameters
        ----------
        scene : structured ndarray
            `PLACES` candidates for each stick, one after the other; changed in place.
        """
        if self.directions is not None:
            scene["angle"] = self._aligned(scene, self.directions)
        if self.settings.touching:
            self._bring_together(scene)
        return scene

    def _aligned(
        self, scene: Scene, directions: NDArray[np.complex128]
    ) -> NDArray[np.float64]:
        """Average doubled angles, because opposite directions are the same."""
        row, column = (
            np.clip((scene[name] + self.settings.rim) // CELL, 0, side - 1).astype(int)
            for name, side in zip(("y", "x"), directions.shape, strict=True)
        )
        part = self.settings.alignment
        own = np.exp(2j * scene["angle"])
        return np.asarray(
            np.angle((1 - part) * own + part * directions[row, column]) / 2
        )

    def _bring_together(self, scene: Scene) -> None:
        """Put sticks next to earlier ones, which take precedence."""
        rng, closest = self.rng, max(self.settings.overlap, CLOSEST)
        drawn = rng.random(len(scene) // PLACES) < self.settings.touching
        for stick in np.flatnonzero(drawn[1:]) + 1:
            partner = scene[PLACES * int(rng.integers(stick))]
            mine = scene[PLACES * stick : PLACES * (stick + 1)]
            gap = rng.uniform(closest, max(LOOSEST, closest + 0.1), len(mine))
            side = rng.choice([-1, 1], len(mine))
            aside = side * gap * (partner["minor"] + mine["minor"])
            along = rng.uniform(-0.6, 0.6, len(mine)) * partner["major"]
            ends = rng.random(len(mine)) < END_TO_END
            tip = side * gap * (partner["major"] + mine["major"])
            along, aside = np.where(ends, tip, along), np.where(ends, 0, aside)
            sin, cos = np.sin(partner["angle"]), np.cos(partner["angle"])
            mine["y"] = partner["y"] + along * sin + aside * cos
            mine["x"] = partner["x"] + along * cos - aside * sin
            turn = rng.normal(0, NEARLY_PARALLEL, len(mine))
            mine["angle"] = partner["angle"] + turn


def _field(
    settings: MicrovilliSettings, rng: np.random.Generator
) -> NDArray[np.complex128]:
    """Return doubled directions over the simulated field, of length 1."""
    down, across = (
        int(np.ceil((size + 2 * settings.rim) / CELL)) for size in settings.field
    )
    sigma = settings.cluster_size / CELL
    real, imaginary = (smooth_noise((down, across), sigma, rng) for _ in range(2))
    vectors = real + 1j * imaginary
    return np.asarray(vectors / np.maximum(np.abs(vectors), 1e-9), np.complex128)
