"""A simulated video that can be viewed while it is still being simulated."""

from collections.abc import Iterator

import numpy as np

from napari_asist.labels import LabelArray, LabelVideo
from napari_asist.simulation.rasterize import rename
from napari_asist.simulation.scene import Scene, paint
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.simulation.simulate import (
    MOST_TRACKS,
    painted_video,
    scenes_of,
)

MOST_FRAMES = 200
"""Scenes are kept in memory, and a preview needs no more."""


class Preview:
    """The objects of a video; each frame is painted when it is viewed.

    Placing and moving objects takes most of the time and needs the earlier frames;
    painting one frame takes a few hundred microseconds. Objects are those that
    `simulate_video` paints, but each keeps its label; there, it gets a new one when it
    returns to the field.

    Parameters
    ----------
    settings : SimulatorSettings
    seed : int
        As for `simulate_video`.
    """

    def __init__(self, settings: SimulatorSettings, seed: int) -> None:
        self.settings, self.seed = settings, seed
        self._scenes: list[Scene] = []

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, height and width of the preview."""
        return min(self.settings.frames, MOST_FRAMES), *self.settings.field

    @property
    def done(self) -> int:
        """Number of frames that can already be viewed."""
        return len(self._scenes)

    def simulating(self) -> Iterator[int]:
        """Simulate frame by frame, and yield the number of frames so far.

        Raises
        ------
        NoRoomError
            If `simulate_video` would raise it.
        """
        for scene in scenes_of(self.settings, self.seed):
            if self.done == self.shape[0]:
                return
            self._scenes.append(scene)
            yield self.done

    def video(self) -> LabelVideo:
        """Paint everything simulated so far.

        Returns
        -------
        LabelVideo
            The labels and tracks of `simulate_video`, once all frames are simulated.
        """
        return painted_video(list(self._scenes), self.settings)

    def frame(self, time: int) -> LabelArray:
        """Paint a frame, or the last one simulated so far."""
        field = self.settings.field
        if not self._scenes:
            return np.zeros(field, np.uint16)
        scene = self._scenes[min(time, self.done - 1)]
        owners, visible = paint(
            scene, field, self.settings.shape, self.settings.stacked
        )
        names = np.zeros(len(scene) + 1, np.uint16)
        names[1:] = np.where(visible, (scene["id"] - 1) % MOST_TRACKS + 1, 0)
        rename(owners, names)
        return owners
