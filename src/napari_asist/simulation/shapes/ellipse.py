"""Plain ellipses; circles if length and width are equal."""

from typing import Literal

import numpy as np

from napari_asist.simulation.shapes.shape import Outlines, Scene, Shape

CORNERS = 64
ANGLES = np.arange(CORNERS) * (2 * np.pi / CORNERS)
CIRCLE = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
CIRCLE *= np.sqrt(ANGLES[1] / np.sin(ANGLES[1]))
"""A polygon with the area of the unit circle, accurate to a thousandth."""


class Ellipse(Shape):
    """An ellipse; the paper's circle if length and width are equal."""

    kind: Literal["ellipse"] = "ellipse"

    def outline(self, scene: Scene) -> Outlines:
        """Return the same outline for all."""
        return np.broadcast_to(CIRCLE, (len(scene), *CIRCLE.shape))
