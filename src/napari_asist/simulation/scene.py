"""A scene: all objects at one moment, and how they become a frame of labels."""

from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Scene: TypeAlias = NDArray[np.void]
Pixels: TypeAlias = NDArray[np.float32]

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
radians of the long axis from the x axis towards the y axis. Ids start at 1 and are
never used twice; a parent of 0 means none. A scene may have further fields."""

SMALLEST_VISIBLE = 5
"""An object that shows fewer pixels than this (or than a tenth of its area, if that is
less) is out of sight."""


class Shape(Protocol):
    """An outline given by how far out it lies, compared with the object's ellipse.

    To add a shape, write such a class and return it from `hela.nucleus_shape`.
    """

    fields: list[tuple[Any, ...]]
    """Fields that a scene needs for the shape, beside `OBJECT_FIELDS`."""

    def draw(self, scene: Scene, rng: np.random.Generator) -> None:
        """Fill the shape's fields for new objects, in place."""

    def drift(self, scene: Scene, rng: np.random.Generator) -> None:
        """Change the shape's fields from one frame to the next, in place."""

    def reach(self, scene: Scene) -> NDArray[np.float64]:
        """Return a bound of each outline's radius over the ellipse's."""

    def outline(
        self, objects: Scene | np.void, u: NDArray[Any], v: NDArray[Any]
    ) -> NDArray[Any]:
        """Return an outline's radius over the ellipse's in a direction.

        Parameters
        ----------
        objects : structured ndarray, shape (n,), or one row of it
        u, v : ndarray, shape (n,), or any for one row
            The direction, along and aside of the axis, in units of the half-axes.
        """


def paint_ellipses(
    scene: Scene, field: tuple[int, int], shape: Shape | None = None
) -> NDArray[np.uint16]:
    """Paint ellipses or other shapes; where they overlap, the nearest owns the pixel.

    Near is the distance to the centre as a part of the radius in that direction, so
    the border between two objects is the same whichever comes first, and it moves no
    faster than they do.

    Parameters
    ----------
    scene : structured ndarray with `OBJECT_FIELDS`
        At most 65,535 objects.
    field : tuple of int
        Height and width.
    shape : Shape, optional
        What the outlines add to ellipses.

    Returns
    -------
    ndarray of uint16, shape (Y, X)
        Position of the owner in the scene plus 1; 0 is background.
    """
    frame = np.zeros(field, np.uint16)
    nearest = np.ones(field, np.float32)
    across, down = _extent(scene, "ellipse")
    if shape:
        reach = shape.reach(scene)
        across, down = across * reach, down * reach
    for number, box, u, v in _in_own_axes(scene, field, across, down):
        distance = u * u + v * v
        if shape:
            distance /= shape.outline(scene[number - 1], u, v) ** 2
        part = nearest[box]
        mine = distance < part
        np.copyto(part, distance, where=mine)
        frame[box][mine] = number
    return frame


def paint_sticks(
    scene: Scene, field: tuple[int, int], outline: str = "rectangle"
) -> NDArray[np.uint16]:
    """Paint rectangles or ellipses on top of one another, the last one uppermost.

    Parameters
    ----------
    scene : structured ndarray with `OBJECT_FIELDS`
        Its order must not change in time, or the labels flicker.
    field : tuple of int
        Height and width.
    outline : {"rectangle", "ellipse"}

    Returns
    -------
    ndarray of uint16, shape (Y, X)
        Position of the owner in the scene plus 1; 0 is background.
    """
    frame = np.zeros(field, np.uint16)
    across, down = _extent(scene, outline)
    for number, box, u, v in _in_own_axes(scene, field, across, down):
        if outline == "ellipse":
            inside = u * u + v * v < 1
        else:
            inside = np.maximum(np.abs(u), np.abs(v)) < 1
        frame[box][inside] = number
    return frame


def visible_rows(frame: NDArray[np.uint16], scene: Scene) -> NDArray[np.bool_]:
    """Return which objects of a scene show enough pixels in its painted frame."""
    areas = np.bincount(frame.ravel(), minlength=len(scene) + 1)[1:]
    whole = np.pi * scene["major"] * scene["minor"]
    return np.asarray(areas >= np.clip(0.1 * whole, 1, SMALLEST_VISIBLE))


def _extent(
    scene: Scene, outline: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cos, sin = np.abs(np.cos(scene["angle"])), np.abs(np.sin(scene["angle"]))
    major, minor = scene["major"], scene["minor"]
    if outline == "ellipse":
        return np.hypot(major * cos, minor * sin), np.hypot(major * sin, minor * cos)
    return major * cos + minor * sin, major * sin + minor * cos


def _in_own_axes(
    scene: Scene,
    field: tuple[int, int],
    across: NDArray[np.float64],
    down: NDArray[np.float64],
) -> Iterator[tuple[int, tuple[slice, slice], Pixels, Pixels]]:
    """Yield number, bounding box and coordinates in units of an object's half-axes."""
    height, width = field
    boxes = np.stack(
        [
            np.clip(np.ceil(scene["y"] - down), 0, height),
            np.clip(np.floor(scene["y"] + down) + 1, 0, height),
            np.clip(np.ceil(scene["x"] - across), 0, width),
            np.clip(np.floor(scene["x"] + across) + 1, 0, width),
        ],
        axis=1,
    ).astype(int)
    cos, sin = np.cos(scene["angle"]), np.sin(scene["angle"])
    along = np.stack([sin, cos], axis=1) / scene["major"][:, None]
    aside = np.stack([cos, -sin], axis=1) / scene["minor"][:, None]
    axes = np.concatenate([along, aside], axis=1).astype(np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None]
    columns = np.arange(width, dtype=np.float32)[None, :]
    centres = np.stack([scene["y"], scene["x"]], axis=1).astype(np.float32)
    for number, ((top, bottom, left, right), centre, axis) in enumerate(
        zip(boxes.tolist(), centres, axes, strict=True), 1
    ):
        if top < bottom and left < right:
            dy, dx = rows[top:bottom] - centre[0], columns[:, left:right] - centre[1]
            u, v = dy * axis[0] + dx * axis[1], dy * axis[2] + dx * axis[3]
            yield number, (slice(top, bottom), slice(left, right)), u, v
