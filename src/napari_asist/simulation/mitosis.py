"""How nuclei look around their division: plates, horseshoes, and flat daughters."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.scene import Scene
from napari_asist.simulation.settings import HelaSettings

LEFT = 0.5
"""Part of what daughters are still flat, and of what they still have to go, that is
left in the next frame: so they are nuclei again after a few."""


def with_mitoses(
    scene: Scene, after: Scene, settings: HelaSettings, time: int
) -> Scene:
    """Return a scene in which nuclei look as they do around their division.

    A metaphase plate lies across the way that the daughters go apart (CellCycleGAN,
    arXiv 2010.12011). It stays within the nucleus that it was, unless it is bent to a
    horseshoe. Daughters are flat and lie side by side.

    Parameters
    ----------
    scene, after : structured ndarray with `NUCLEUS_FIELDS`
        Two successive frames; after the last frame there is none.
    settings : HelaSettings
        With its defaults, nuclei stay as they are.
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
        flat = LEFT ** (time - scene["born"]) * (scene["parent"] > 0)
        widest = (1 - flat * (1 - settings.daughter_plate)) * scene["major"]
        # They are shortest along the way between them, so they have room.
        scene["minor"] = np.minimum(scene["minor"], widest)
    return scene


def _dividing(
    scene: Scene, after: Scene
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the rows of mothers in their last frame, and the angle of daughters."""
    born = after["id"] > scene["id"].max(initial=0)
    daughters = after[born & (after["parent"] > 0)]
    row_of = {int(identity): row for row, identity in enumerate(scene["id"])}
    # One of her two daughters tells the way that both go.
    parents, first = np.unique(daughters["parent"], return_index=True)
    rows = np.array([row_of[int(parent)] for parent in parents], np.int64)
    return rows, daughters["angle"][first]
