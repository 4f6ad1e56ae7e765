"""Rectangles: the paper's sticks."""

from typing import Literal

import numpy as np

from napari_asist.simulation.shapes.shape import Outlines, Scene, Shape

SQUARE = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


class Rectangle(Shape):
    """A filled rectangle (ASIST paper, section II.B.2-a)."""

    kind: Literal["rectangle"] = "rectangle"

    def outline(self, scene: Scene) -> Outlines:
        """Return the same outline for all."""
        return np.broadcast_to(SQUARE, (len(scene), *SQUARE.shape))
