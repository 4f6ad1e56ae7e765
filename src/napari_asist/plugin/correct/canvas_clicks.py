"""Pick the first and the second track by clicks on the canvas."""

from collections.abc import Iterator
from typing import Any

from napari import Viewer

from napari_asist.plugin.result.result_layers import ResultLayers

MOST_MOVED = 4
"""Screen pixels; a mouse that moves farther while its button is down drags."""

NOT_DRAWING = ("pan_zoom", "pick")
"""Modes of a layer in which a click does not draw."""

LEFT = 1


class CanvasClicks:
    """Picks the clicked track, or with Shift the second one, while connected.

    Parameters
    ----------
    viewer : Viewer
    result : ResultLayers
    """

    def __init__(self, viewer: Viewer, result: ResultLayers) -> None:
        self._viewer: Viewer = getattr(viewer, "__wrapped__", viewer)
        self._result = result

    def connect(self) -> None:
        """Follow clicks."""
        callbacks = self._viewer.mouse_drag_callbacks
        if self._click not in callbacks:
            callbacks.append(self._click)

    def disconnect(self) -> None:
        """Ignore clicks."""
        callbacks = self._viewer.mouse_drag_callbacks
        if self._click in callbacks:
            callbacks.remove(self._click)

    def _click(self, viewer: Viewer, event: Any) -> Iterator[None]:
        """Pick a track when the mouse button is released where it was pressed."""
        labels, active = self._result.labels, viewer.layers.selection.active
        is_second = tuple(event.modifiers) == ("Shift",)
        is_drawing = str(getattr(active, "mode", "pan_zoom")) not in NOT_DRAWING
        is_other = event.button != LEFT or (event.modifiers and not is_second)
        if labels is None or is_drawing or is_other:
            return
        first, pressed = labels.selected_label, tuple(event.pos)
        yield
        while event.type == "mouse_move":
            yield
        moved = max(
            abs(now - then) for now, then in zip(event.pos, pressed, strict=True)
        )
        if moved > MOST_MOVED:
            return
        picked = labels.get_value(
            event.position,
            view_direction=event.view_direction,
            dims_displayed=event.dims_displayed,
            world=True,
        )
        if is_second:
            # Napari's own picker takes the clicked label without regard to Shift.
            labels.selected_label = first
        if not picked:
            return
        if is_second:
            self._result.pick_second(int(picked))
        else:
            labels.selected_label = int(picked)
