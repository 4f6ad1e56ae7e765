"""Frames of soft discs at separate times, on the networks' scale."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_asist.scaling import IntensityScaling, ScalingSettings
from napari_asist.synthesis.report.detected import ObservedFrames, observe

SCALING = IntensityScaling(ScalingSettings().background_window, 40.0, -0.5, 4.2)
SIDE, RADIUS, NOISE, STEP = 288, 10.0, 8.0, 48
TIMES = (0, 1, 5, 6, 10, 11)
WINDOW = 40
"""Pixels around an object in which its light is drawn."""

CENTERS = [
    (24.0 + STEP * row, 24.0 + STEP * column) for row in range(6) for column in range(6)
]


def discs(
    seed: int,
    centers: Sequence[tuple[float, float]] = CENTERS,
    levels: Sequence[float] = (300.0,),
    radius: float = RADIUS,
    softness: float = 1.0,
    waves: float = 0.0,
    noise: float = NOISE,
    jitter: float = 1.0,
) -> NDArray[np.float32]:
    """Draw a frame.

    Levels are used cyclically. The light falls to half at the radius, over about twice
    the softness in pixels; with waves, the radius varies five times around by that
    fraction.
    """
    rng = np.random.default_rng(seed)
    light = rng.normal(0, noise, (SIDE, SIDE))
    for number, center in enumerate(centers):
        down, across = center + rng.uniform(-jitter, jitter, 2)
        top, left = (max(0, int(place) - WINDOW) for place in (down, across))
        window = light[top : int(down) + WINDOW, left : int(across) + WINDOW]
        y, x = np.indices(window.shape) + np.array([top, left])[:, None, None]
        angle = np.arctan2(y - down, x - across) + rng.uniform(0, 6)
        border = radius * (1 + waves * np.cos(5 * angle))
        away = np.hypot(y - down, x - across) - border
        level = levels[number % len(levels)]
        window += level / (1 + np.exp(np.clip(2 * away / softness, -50, 50)))
    return np.clip(SCALING.of_counts(light), -1, 1)


def observed(
    images: Sequence[NDArray[np.float32]], radius: float | None = None
) -> ObservedFrames:
    """Observe six frames as pairs at three times."""
    return observe(images, SCALING, radius, times=TIMES[: len(images)])
