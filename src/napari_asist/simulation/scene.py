"""A scene, which is all objects at one time, and how it becomes a frame of labels."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.simulation.rasterize import Floats, close_polygons, fill_polygons
from napari_asist.simulation.shapes import Outlines, Shape
from napari_asist.simulation.shapes.shape import Scene

__all__ = ["Scene"]

OBJECT_FIELDS = [
    ("id", "i8"),
    ("parent", "i8"),
    ("y", "f8"),
    ("x", "f8"),
    ("major", "f8"),
    ("minor", "f8"),
    ("angle", "f8"),
]
"""Fields that every scene has: half the length and half the width in px, the angle in
radians of the long axis from the x axis toward the y axis. Ids start at 1 and are never
reused; a parent of 0 means none. A scene may have further fields: objects that are
`above` cover the others, and `bow` is the sideways offset of an object's ends from its
middle, as a fraction of half its length."""

MEAN_OF_SQUARE = 0.25
"""Mean along an ellipse, subtracted so that a bent ellipse keeps its center."""

SMALLEST_VISIBLE = 5
"""An object with fewer visible pixels than this (or than a tenth of its area, if
that is less) counts as not visible."""


class PaintedScene(NamedTuple):
    """A painted scene.

    Parameters
    ----------
    owners : ndarray of uint16, shape (Y, X)
        Position of the owner in the scene plus 1; 0 is background.
    visible : ndarray of bool, shape (n,)
        Which objects have enough visible pixels.
    """

    owners: NDArray[np.uint16]
    visible: NDArray[np.bool_]


def paint(
    scene: Scene,
    field: tuple[int, int],
    shape: Shape,
    stacked: bool = False,
    out: NDArray[np.uint16] | None = None,
) -> PaintedScene:
    """Paint all objects of a scene.

    Parameters
    ----------
    scene : structured ndarray with `OBJECT_FIELDS` and those of the shape
        At most 65,535 objects.
    field : tuple of int
        Height and width.
    shape : Shape
    stacked : bool
        Whether an object is on top of those before it; their order must then not change
        over time, or labels flicker. Otherwise, a pixel belongs to an object that is
        above the others, or else to the nearest one, in units of the half-axes: the
        border between two then does not depend on their order and moves no faster than
        they do.
    out : ndarray of uint16, shape (Y, X), optional
        Zeros, to paint on.
    """
    owners = np.zeros(field, np.uint16) if out is None else out
    areas = np.zeros(len(scene) + 1, np.int64)
    above = _field(scene, "above", np.bool_)
    fill_polygons(*_polygons(scene, shape), stacked, above, owners, areas)
    whole = np.pi * scene["major"] * scene["minor"]
    visible = areas[1:] >= np.clip(0.1 * whole, 1, SMALLEST_VISIBLE)
    return PaintedScene(owners, visible)


def close_outlines(
    scene: Scene, overlap: float | Floats, shape: Shape, since: int = 0
) -> NDArray[np.int64]:
    """Find the objects whose centers violate the distance rule.

    Two centers must be at least `overlap` times the distance at which their outlines
    touch along the line between the centers. For circles this is `overlap` times the
    sum of the radii (ASIST paper, section II.B.2-b).

    Parameters
    ----------
    scene : structured ndarray with `OBJECT_FIELDS` and those of the shape
    overlap : float or ndarray of float64, shape (n,)
        One value for all, or one for each object; for a pair, the smaller one is used.
    shape : Shape
    since : int
        Only return pairs with an object at this position or later.

    Returns
    -------
    ndarray of int64, shape (pairs, 2)
        Positions in the scene, the lower one first.
    """
    each = np.ascontiguousarray(np.broadcast_to(overlap, len(scene)), np.float64)
    return close_polygons(*_polygons(scene, shape), each, since)


def _field(scene: Scene, name: str, kind: type) -> NDArray[Any]:
    """Return an optional field of a scene, or zeros if it is missing."""
    known = name in (scene.dtype.names or ())
    return np.array(scene[name], kind) if known else np.zeros(len(scene), kind)


def _outlines(scene: Scene, shape: Shape) -> Outlines:
    """Return the outlines that a shape, perhaps the user's own, draws."""
    try:
        # A copy, because views with other memory layouts would trigger recompilation.
        outlines = np.array(shape.outline(scene), np.float64, order="C")
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise AsistError(
            f"The shape {shape.kind} could not be drawn ({said}); correct its outline "
            "in its Python file."
        ) from error
    if outlines.ndim != 3 or outlines.shape[::2] != (len(scene), 2):
        raise AsistError(
            f"The outline of the shape {shape.kind} is an array of {outlines.shape}, "
            f"not ({len(scene)}, corners, 2); correct it in its Python file."
        )
    if not np.isfinite(outlines).all():
        raise AsistError(
            f"The outline of the shape {shape.kind} has corners that are not numbers; "
            "correct it in its Python file."
        )
    return outlines


def _polygons(scene: Scene, shape: Shape) -> tuple[Outlines, Floats, Floats]:
    outlines = _outlines(scene, shape)
    bow = _field(scene, "bow", np.float64)
    if bow.any():
        aside = (bow * scene["major"] / scene["minor"])[:, None]
        outlines[..., 1] += aside * (outlines[..., 0] ** 2 - MEAN_OF_SQUARE)
    centers = np.stack([scene["y"], scene["x"]], axis=1)
    axes = np.stack([scene["major"], scene["minor"], scene["angle"]], axis=1)
    return outlines, centers, axes
