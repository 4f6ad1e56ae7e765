"""The Image layer that shows a synthetic frame beside the real one."""

import numpy as np
from napari import Viewer
from napari.layers import Image
from numpy.typing import NDArray

from napari_asist.plugin.layers import IS_PREVIEW, METADATA_KEY

NAME = "synthetic"
GAP = 0.04
"""Space between the frames, as a part of their width."""


class SyntheticLayer:
    """Keeps one Image layer with the last synthetic frame.

    Parameters
    ----------
    viewer : Viewer
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self.layer: Image | None = None

    @property
    def is_there(self) -> bool:
        """Whether the layer is in the viewer; the user may have removed it."""
        return self.layer is not None and self.layer in self._viewer.layers

    def show(self, frame: NDArray[np.float32], below: Image | None) -> None:
        """Show a frame to the right of the video, as bright as that is shown.

        Parameters
        ----------
        frame : ndarray of float32, shape (Y, X)
            In the video's counts.
        below : Image or None
            The video.
        """
        scale, corner = (1.0, 1.0), (0.0, 0.0)
        if below is not None:
            scale, corner = tuple(below.scale[-2:]), tuple(below.translate[-2:])
        right = corner[1] + (1 + GAP) * frame.shape[1] * scale[1]
        if self.layer is None or not self.is_there:
            active = self._viewer.layers.selection.active
            self.layer = self._viewer.add_image(
                frame, name=NAME, metadata={METADATA_KEY: {IS_PREVIEW: True}}
            )
            self._viewer.layers.selection.active = active
            self._look_like(below)
            self.layer.scale, self.layer.translate = scale, (corner[0], right)
            self._viewer.reset_view()
            return
        self.layer.data = frame
        for name, value in (("scale", scale), ("translate", (corner[0], right))):
            if not np.array_equal(getattr(self.layer, name), value):
                setattr(self.layer, name, value)

    def remove(self) -> None:
        """Take the layer out of the viewer."""
        layer, self.layer = self.layer, None
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def _look_like(self, below: Image | None) -> None:
        assert self.layer is not None
        if below is None:
            return
        for name in ("units", "axis_labels"):
            setattr(self.layer, name, getattr(below, name)[-2:])
        for name in ("colormap", "gamma", "contrast_limits"):
            setattr(self.layer, name, getattr(below, name))
