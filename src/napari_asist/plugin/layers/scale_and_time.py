"""Scale bar and time stamp on the canvas, as far as the video's are known."""

import weakref
from typing import Any

from napari import Viewer
from napari.components.overlays import ScaleBarOverlay, TextOverlay
from napari.layers import Image
from qtpy.QtCore import QObject

from napari_asist.errors import AsistError
from napari_asist.measurement.scale import duration_text
from napari_asist.plugin.layers.canvas import shown_frame
from napari_asist.plugin.layers.metadata import placement
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.video import Video

CORNER = "top_left"
"""Of the time stamp; the scale bar is at the bottom."""


class ScaleAndTime(QObject):
    """Shows a scale bar and the time of the shown frame for the chosen video.

    What the user switches on or off, or writes, stays as it is.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
    """

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = weakref.ref(viewer)
        bar, text = _overlays(viewer)
        self._bar = _Switch(bar, is_free=not bar.visible)
        self._text = _Switch(text, is_free=not (text.visible or text.text))
        self._layer: Image | None = None
        self._interval: float | None = None
        viewer.dims.events.current_step.connect(self._write_time)

    def follow(self, layer: Image | None) -> None:
        """Show what is known about another video, or nothing if there is none."""
        viewer = self._viewer()
        if viewer is None:
            return
        video = _video_of(layer)
        if layer is not None and video is not None:
            _calibrate(viewer, layer, video)
        self._layer = layer
        self._interval = None if video is None else video.frame_interval
        has_size = layer is not None and layer.units[-1].is_compatible_with("meter")
        self._bar.show(video is not None and has_size)
        self._text.show(self._interval is not None, position=CORNER)
        self._write_time()

    def _write_time(self, event: object = None) -> None:
        viewer = self._viewer()
        if viewer is None or self._layer is None or self._interval is None:
            return
        frame = shown_frame(viewer, self._layer)
        time = duration_text(frame * self._interval)
        self._text.change(text=f"frame {frame} · {time}")


class _Switch:
    """Changes an overlay of the canvas until the user does.

    Parameters
    ----------
    overlay : ScaleBarOverlay or TextOverlay
    is_free : bool
        Whether the user has not used it yet.
    """

    def __init__(self, overlay: ScaleBarOverlay | TextOverlay, is_free: bool) -> None:
        self._overlay, self._is_free, self._is_changing = overlay, is_free, False
        overlay.events.connect(self._give_up)

    def show(self, is_visible: bool, **look: Any) -> None:
        """Show or hide the overlay, and set how it looks when it is shown."""
        self.change(visible=is_visible, **(look if is_visible else {}))

    def change(self, **values: Any) -> None:
        """Set values of the overlay, unless it is the user's."""
        if not self._is_free:
            return
        self._is_changing = True
        try:
            self._overlay.update(values)
        finally:
            self._is_changing = False

    def _give_up(self, event: object = None) -> None:
        if not self._is_changing:
            self._is_free = False


def _overlays(viewer: Viewer) -> tuple[ScaleBarOverlay, TextOverlay]:
    """Return the scale bar and the text, which since napari 0.9 are the canvas's."""
    if hasattr(viewer, "canvas"):
        overlays = viewer.canvas.overlays
        return overlays.scale_bar, overlays.text
    return viewer.scale_bar, viewer.text_overlay


def _video_of(layer: Image | None) -> Video | None:
    try:
        return layer_video(layer)
    except AsistError:
        return None


def _calibrate(viewer: Viewer, layer: Image, video: Video) -> None:
    """Give a layer the pixel size of its file, which napari's own reader drops.

    Only a layer that is alone is changed, because others would no longer lie over it.
    The view stays the same.
    """
    is_alone = list(viewer.layers) in ([], [layer])
    has_size = not all(unit == "pixel" for unit in map(str, layer.units))
    if video.pixel_size is None or not is_alone or has_size or layer.multiscale:
        return
    if any(layer.scale != 1) or any(layer.translate != 0):
        return
    place = placement(video.pixel_size)
    camera = getattr(viewer, "scene", viewer).camera
    layer.units, layer.scale = place["units"], place["scale"]
    camera.center = tuple(video.pixel_size * one for one in camera.center)
    camera.zoom = camera.zoom / video.pixel_size
