"""Shapes of nuclei around their division: plates, horseshoes, and flat daughters."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.scene import Scene
from napari_asist.simulation.settings import NucleiSettings

LEFT = 0.5
"""Fraction of the daughters' flatness, and of their remaining separation, that is
left in the next frame: after a few frames, they look like nuclei again."""


def with_mitoses(
    scene: Scene, after: Scene, settings: NucleiSettings, time: int
) -> Scene:
    """Return a scene in which nuclei have the shapes around their division.

    A metaphase plate is perpendicular to the direction in which the daughters separate
    (CellCycleGAN, arXiv 2010.12011). It stays within the outline of the nucleus, unless
    it is bent into a horseshoe. Daughters are flat and side by side.

    Parameters
    ----------
    scene, after : structured ndarray with `NUCLEUS_FIELDS`
        Two successive frames; there is none after the last frame.
    settings : NucleiSettings
        With its defaults, nuclei stay unchanged.
    time : int
        Frame of the scene.
    """
    scene = scene.copy()
    if settings.plate < 1:
        mothers, angles = _dividing(scene, after)
        plates = scene[mothers]
        plates["major"] = np.minimum(plates["major"], plates["minor"])
        plates["minor"] = settings.plate * plates["major"]
        plates["angle"], plates["bow"] = angles, plates["plate_bend"]
        scene[mothers] = plates
    if settings.daughter_plate < 1:
        flat = LEFT ** (time - scene["first_frame"]) * (scene["parent"] > 0)
        widest = (1 - flat * (1 - settings.daughter_plate)) * scene["major"]
        # They are shortest along the line between them, so they have room.
        scene["minor"] = np.minimum(scene["minor"], widest)
    return scene


def _dividing(
    scene: Scene, after: Scene
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the rows of mothers in their last frame, and the angle of daughters."""
    is_new = after["id"] > scene["id"].max(initial=0)
    daughters = after[is_new & (after["parent"] > 0)]
    row_of = {int(identity): row for row, identity in enumerate(scene["id"])}
    # One of her two daughters determines the direction of both.
    parents, first = np.unique(daughters["parent"], return_index=True)
    rows = np.array([row_of[int(parent)] for parent in parents], np.int64)
    return rows, daughters["angle"][first]
