"""Divide sticks crosswise, into two in line with each other."""

import numpy as np

from napari_asist.simulation.microvilli_settings import MicrovilliSettings
from napari_asist.simulation.placement import NoRoomError
from napari_asist.simulation.scene import Scene

DIVISION_FIELDS = [
    ("full_major", "f8"),
    ("full_minor", "f8"),
    ("first_frame", "i8"),
    ("divides", "i8"),
]
"""Half-axes to which a daughter grows (0 for others), a stick's first frame, and the
frame in which it divides (0 for never)."""

AHEAD = 2
"""Frames before a division at which its mother is chosen and starts to round up."""

REST = 5
"""Frames in which a daughter does not divide."""

RELAXED = 0.6
"""Fraction of a daughter's extra width that is left one frame later."""


class Divisions:
    """Chooses mothers and replaces them by their daughters.

    Parameters
    ----------
    settings : MicrovilliSettings
    rng : Generator
    """

    def __init__(self, settings: MicrovilliSettings, rng: np.random.Generator) -> None:
        self.settings, self.rng = settings, rng
        self.due = rng.integers(1, max(2, settings.frames), settings.mitoses)
        self.waiting = 0 if settings.frames > 1 else settings.mitoses

    def choose(self, scene: Scene, time: int) -> None:
        """Choose the sticks that divide soon, well inside the field; in place."""
        last = self.settings.frames - 1
        if not self.settings.mitoses or time >= last:
            return
        soon = (self.due <= AHEAD) if time == 0 else (self.due == time + AHEAD)
        whens = self.due[soon].tolist() + [min(time + AHEAD, last)] * self.waiting
        old_enough = (scene["first_frame"] == 0) | (scene["first_frame"] + REST <= time)
        ready = old_enough & (scene["divides"] == 0)
        for name, size in zip(("y", "x"), self.settings.field, strict=True):
            margin = np.minimum(scene["major"] + AHEAD * self.settings.step, size / 4)
            ready &= (margin <= scene[name]) & (scene[name] <= size - 1 - margin)
        mothers = self.rng.permutation(np.flatnonzero(ready))[: len(whens)]
        scene["divides"][mothers] = whens[: len(mothers)]
        self.waiting = len(whens) - len(mothers)

    def happened(self, scene: Scene, time: int, next_id: int) -> tuple[Scene, int]:
        """Replace mothers that are due by daughters, and return how many there are.

        A mother's two halves are where she was, so there is always room for them.
        """
        due = scene["divides"] == time
        if not due.any():
            return scene, 0
        mothers = scene[due]
        part = self.settings.rounding
        disc = np.sqrt(mothers["major"] * mothers["minor"] / 2)
        major = (mothers["major"] / 2) ** (1 - part) * disc**part
        minor = mothers["minor"] ** (1 - part) * disc**part
        pairs = []
        for side in (-1, 1):
            half = mothers.copy()
            half["y"] += side * major * np.sin(mothers["angle"])
            half["x"] += side * major * np.cos(mothers["angle"])
            half["parent"] = mothers["id"]
            half["full_major"], half["full_minor"] = mothers["major"], mothers["minor"]
            half["major"], half["minor"] = major, minor
            half["first_frame"], half["divides"] = time, 0
            self.settings.shape.draw(half, self.rng)
            pairs.append(half)
        daughters = np.concatenate(pairs)
        daughters["id"] = np.arange(next_id, next_id + len(daughters))
        return np.concatenate([scene[~due], daughters]), len(daughters)

    def check_all_happened(self) -> None:
        """Raise `NoRoomError` if divisions found no mother."""
        if self.waiting:
            requested = self.settings.mitoses
            raise NoRoomError(
                f"mitoses = {requested}: only {requested - self.waiting} found a stick "
                "well inside the field; lower mitoses, or raise objects, frames, "
                "height or width.",
                "mitoses",
            )


def regrown(scene: Scene, growth: float) -> Scene:
    """Let daughters grow toward their mothers' length and width.

    Parameters
    ----------
    scene : structured ndarray
        Changed in place.
    growth : float
        Growth of the length, in px per frame.
    """
    young = scene["full_major"] > scene["major"]
    if young.any():
        grown = np.minimum(scene["major"] + growth / 2, scene["full_major"])
        wider = scene["minor"] - scene["full_minor"]
        scene["major"] = np.where(young, grown, scene["major"])
        relaxed = scene["full_minor"] + RELAXED * wider
        scene["minor"] = np.where(young, relaxed, scene["minor"])
    return scene


def rounded_up(scene: Scene, time: int, rounding: float) -> Scene:
    """Return a scene in which sticks that are about to divide are rounder.

    Parameters
    ----------
    scene : structured ndarray
    time : int
        Frame of the scene.
    rounding : float
        How round they are in their last frame: 0 is unchanged, 1 gives discs of equal
        area.
    """
    left = scene["divides"] - time
    soon = (scene["divides"] > 0) & (left <= AHEAD)
    if not rounding or not soon.any():
        return scene
    scene = scene.copy()
    part = np.where(soon, rounding * (AHEAD + 1 - left) / AHEAD, 0)
    disc = np.sqrt(scene["major"] * scene["minor"])
    for name in ("major", "minor"):
        scene[name] = scene[name] ** (1 - part) * disc**part
    return scene
