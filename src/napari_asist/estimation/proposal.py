"""What a video's objects look like, and what is proposed to simulate and draw them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.video_settings import NUCLEUS_SADDLE, STICK_SADDLE

Kind = Literal["hela", "microvilli"]

LONG = 1.6
"""Aspect ratio of a typical object from which it is a stick. Nuclei lie at 1.2 to 1.4
and spindle-shaped ones below it, rod-like cells at 1.8 and above."""

NAMES = {"hela": "nuclei", "microvilli": "sticks"}

BESIDE = (0.15, 0.7)
"""How far from an object's outline a fringe lies, in typical radii."""

DARK = 3.0
"""Deviations of the background's noise below it from which a pixel is dark."""

FRINGED = 0.05
"""Part of the pixels beside objects that are dark, from which there are fringes; of
noise alone it is .001."""


@dataclass(frozen=True)
class TypicalObject:
    """What the objects of a video look like, at their own scale.

    Parameters
    ----------
    radius : float
        Of the disc of a typical object's area, in px of the video.
    kind : {"hela", "microvilli"}
        The simulator that draws such objects.
    aspect_ratio : float
        Of a typical object: length over width.
    dark_beside : float
        Part of the pixels beside objects that are clearly darker than the background.
    """

    radius: float
    kind: Kind
    aspect_ratio: float
    dark_beside: float

    @property
    def has_fringes(self) -> bool:
        """Whether objects have dark fringes, as phase contrast gives them."""
        return self.dark_beside >= FRINGED

    def simulator_reason(self) -> str:
        """Say in a sentence which simulator is taken, and why."""
        return (
            f"Objects are {self.aspect_ratio:.1f} times as long as wide, so "
            f"{NAMES[self.kind]} are simulated."
        )

    def drawing_reason(self) -> str:
        """Say in a sentence how the objects are best drawn, and why."""
        if not self.has_fringes:
            return (
                "Objects are bright on a plain background, so the renderer can draw "
                "them."
            )
        return (
            f"Dark fringes lie beside the objects: {100 * self.dark_beside:.0f} % of "
            "the pixels there are far darker than the background. The renderer draws "
            "halo and shadow as it measures them; where tracks are poor, --preset "
            "paper-small, whose CycleGAN learns fringes in about two hours, may do "
            "better."
        )


def proposed_kind(aspect_ratio: float) -> Kind:
    """Return the simulator that suits objects of an aspect ratio."""
    return "microvilli" if aspect_ratio >= LONG else "hela"


def saddle_of(kind: Kind) -> float:
    """Return how deep the dip is that parts two objects, see `NUCLEUS_SADDLE`."""
    return NUCLEUS_SADDLE if kind == "hela" else STICK_SADDLE


def dark_beside(
    counts: Sequence[NDArray[np.float32]],
    objects: Sequence[NDArray[np.integer]],
    radius: float,
) -> float:
    """Return the part of the pixels beside objects that are clearly dark.

    Parameters
    ----------
    counts : sequence of ndarray of float32, shape (Y, X)
        Frames over their local background.
    objects : sequence of ndarray of int, shape (Y, X)
        Where objects are; 0 elsewhere.
    radius : float
        Of a typical object, in px.
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
    """Return the deviation of a background whose tails may be fringes."""
    below = -counts[counts < 0]
    return float(np.median(below)) / 0.6745 if below.size else 0.0
