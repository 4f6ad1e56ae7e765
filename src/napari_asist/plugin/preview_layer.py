"""The Labels layer that shows a simulated video over the real one."""

from typing import Any

import numpy as np
from napari import Viewer
from napari.layers import Image, Labels
from napari.utils.colormaps import CyclicLabelColormap
from numpy.typing import DTypeLike, NDArray

from napari_asist.labels import LabelArray
from napari_asist.plugin.colors import palette
from napari_asist.plugin.layers import AXES, IS_PREVIEW, METADATA_KEY
from napari_asist.simulation.preview import Preview

NAME = "simulated"
COLORS = 150
"""Napari's own colours repeat every 49 labels, and some are hardly seen on black."""


class PreviewFrames:
    """A preview as napari reads its layers: an array that paints what is asked for."""

    dtype = np.dtype(np.uint16)
    ndim = 3

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        self.shape = preview.shape
        self.awaited = -1
        """Frame that was asked for before it was simulated."""

    def __getitem__(self, key: Any) -> NDArray[np.generic]:
        key = key if isinstance(key, tuple) else (key,)
        times = np.arange(self.shape[0])[key[0]]
        if np.ndim(times):
            frames = [self.preview.frame(int(time)) for time in times]
            stacked = np.stack([np.empty((0, *self.shape[1:]), self.dtype), *frames])
            return np.asarray(stacked[(slice(None), *key[1:])])
        self.awaited = int(times) if times >= self.preview.done else -1
        frame: LabelArray = self.preview.frame(int(times))
        return np.asarray(frame[key[1:]])

    def __array__(
        self, dtype: DTypeLike = None, copy: bool | None = None
    ) -> NDArray[np.generic]:
        return np.asarray(self[:], dtype)


class PreviewLayer:
    """Keeps one Labels layer that shows the last preview.

    Parameters
    ----------
    viewer : Viewer
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self.layer: Labels | None = None

    @property
    def is_there(self) -> bool:
        """Whether the layer is in the viewer; the user may have removed it."""
        return self.layer is not None and self.layer in self._viewer.layers

    @property
    def preview(self) -> Preview | None:
        """The preview that the layer shows, None where there is no layer."""
        if self.layer is None or not self.is_there:
            return None
        shown: Preview = self.layer.data.preview
        return shown

    def time(self, below: Image | None) -> int:
        """Return the frame that the viewer shows, 0 where it shows no video."""
        point = self._viewer.dims.point
        if len(point) < 3:
            return 0
        scale, start = (below.scale[-3], below.translate[-3]) if below else (1, 0)
        return max(0, round(float(point[-3] - start) / float(scale)))

    def show(self, preview: Preview, below: Image | None) -> None:
        """Show a preview over a video.

        Parameters
        ----------
        preview : Preview
        below : Image or None
        """
        place = _placement(below)
        if not self.is_there:
            self.layer = self._earlier()
        if self.layer is None:
            self.layer = self._viewer.add_labels(
                PreviewFrames(preview),
                name=NAME,
                opacity=0.5,
                colormap=_colors(),
                metadata={METADATA_KEY: {IS_PREVIEW: True}},
                **place,
            )
            self.layer.editable = False
            return
        frames = self.layer.data
        if frames.shape == preview.shape:
            frames.preview = preview
            self.layer.refresh(extent=False)
        else:
            self.layer.data = PreviewFrames(preview)
        for name in ("scale", "translate"):
            if not np.array_equal(getattr(self.layer, name), place[name]):
                setattr(self.layer, name, place[name])

    def _earlier(self) -> Labels | None:
        """Return the layer of a panel that was closed, to be used again."""
        for layer in self._viewer.layers:
            if isinstance(layer, Labels) and isinstance(layer.data, PreviewFrames):
                return layer
        return None

    def go_on(self) -> None:
        """Show the frame that the viewer waits for, once it is simulated."""
        if self.layer is not None and self.is_there:
            frames = self.layer.data
            if 0 <= frames.awaited < frames.preview.done:
                self.layer.refresh(extent=False)


def _placement(below: Image | None) -> dict[str, Any]:
    if below is None:
        return {"axis_labels": AXES, "scale": (1, 1, 1), "translate": (0, 0, 0)}
    names = ("axis_labels", "scale", "translate", "units")
    return {name: getattr(below, name)[-3:] for name in names}


def _colors() -> CyclicLabelColormap:
    colors = np.ones((COLORS + 1, 4), np.float32)
    colors[1:, :3] = palette(COLORS)
    colors[0] = 0
    return CyclicLabelColormap(colors=colors)
