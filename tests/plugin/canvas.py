"""Clicks and keys on napari's canvas."""

from typing import Any

import numpy as np
from qtpy.QtCore import QPoint, Qt

LEFT = Qt.MouseButton.LeftButton


def canvas_of(viewer: Any) -> Any:
    """Return the Qt widget of a viewer's canvas."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    return viewer.window._qt_viewer.canvas.native


def point_at(viewer: Any, row: float, column: float) -> QPoint:
    """Return where a world position is on the canvas, in pixels of the widget."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    canvas = canvas_of(viewer)
    camera = getattr(viewer, "scene", viewer).camera
    middle = np.array([canvas.height(), canvas.width()]) / 2
    away = (np.array([row, column]) - camera.center[-2:]) * camera.zoom
    y, x = (middle + away).round().astype(int).tolist()
    return QPoint(x, y)


def click_canvas(
    qtbot: Any,
    viewer: Any,
    row: float,
    column: float,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Click a world position on the canvas."""
    place = point_at(viewer, row, column)
    qtbot.mouseClick(canvas_of(viewer), LEFT, modifier, place)


def press(
    qtbot: Any,
    viewer: Any,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press a key while the canvas has the focus."""
    canvas = canvas_of(viewer)
    canvas.setFocus()
    qtbot.keyClick(canvas, key, modifier)
