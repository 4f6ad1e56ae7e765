"""Scenes for training the depth network: short synthetic videos, each different."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from napari_asist.depth.settings import SceneSettings
from napari_asist.depth.targets import centers_before, halved_depth, halved_labels
from napari_asist.depth.variation import varied_microscope, varied_simulator
from napari_asist.errors import AsistError
from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.labels import LabelVideo, dividing_labels, relabel, split_gaps
from napari_asist.microscope.scene import draw_scene
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.settings import SimulatorSettings

EDGE = 8
"""Margin in standard px around a scene, cropped in the end: light of the objects in
it reaches into the scene."""

TRIES = 6
"""Number of attempts to draw a scene without enough room, each with fewer objects."""


@dataclass(frozen=True)
class SceneSource:
    """Everything that determines the scenes, except their number.

    Parameters
    ----------
    simulator : SimulatorSettings
        As fitted to the video, in standard px.
    microscope : MicroscopeSettings
        As fitted to the video, in standard px.
    scaling : IntensityScaling
        The networks' scale.
    border : DrawnBorder
        Where outlines are drawn.
    settings : SceneSettings
    seed : int
    """

    simulator: SimulatorSettings
    microscope: MicroscopeSettings
    scaling: IntensityScaling
    border: DrawnBorder
    settings: SceneSettings
    seed: int

    def scene(self, number: int) -> "Scene":
        """Draw scene ``number`` (0, 1, 2, …), which is the same in every process."""
        return scene_of(*self.labeled(number))

    def labeled(self, number: int) -> tuple[NDArray[np.float32], LabelVideo]:
        """Draw the frames of a scene, on the networks' scale, and their labels.

        Raises
        ------
        AsistError
            If there is no room for the objects.
        """
        rng = np.random.default_rng((self.seed, number))
        microscope = varied_microscope(
            self.microscope, self.scaling.deviation, self.settings, rng
        )
        crowding = 1.0
        for _ in range(TRIES):
            try:
                simulator = varied_simulator(
                    self.simulator, self.settings, crowding, rng
                )
                drawn = draw_scene(
                    simulator,
                    microscope,
                    int(rng.integers(2**32)),
                    self.border,
                    edge=EDGE,
                )
            except (ValidationError, AsistError):
                crowding *= 0.8
                continue
            images = np.stack([self.scaling.apply(frame) for frame in drawn.counts])
            return images, drawn.labels
        raise AsistError(
            "Scenes have no room for the simulator's objects; lower objects or raise "
            "depth.scenes.side."
        )


@dataclass(frozen=True, eq=False)
class LabeledVideos:
    """Scenes cropped from existing videos instead of new ones.

    Parameters
    ----------
    videos : sequence of (ndarray of float32 (T, Y, X), LabelVideo)
        Frames on the networks' scale and their labels.
    settings : SceneSettings
    seed : int
    """

    videos: Sequence[tuple[NDArray[np.float32], LabelVideo]]
    settings: SceneSettings
    seed: int

    def scene(self, number: int) -> "Scene":
        """Crop scene ``number`` (0, 1, 2, …)."""
        rng = np.random.default_rng((self.seed, number))
        images, video = self.videos[int(rng.integers(len(self.videos)))]
        sizes = (self.settings.frames, self.settings.side, self.settings.side)
        first, top, left = (
            int(rng.integers(max(0, extent - size) + 1))
            for extent, size in zip(images.shape, sizes, strict=True)
        )
        part = np.s_[
            first : first + sizes[0], top : top + sizes[1], left : left + sizes[2]
        ]
        cut = relabel(split_gaps(LabelVideo(video.labels[part], video.tracks)))
        return scene_of(images[part], cut)


@dataclass(frozen=True, eq=False)
class Scene:
    """A labeled synthetic video with the network's target output.

    Parameters
    ----------
    images : ndarray of float16, shape (T, Y, X)
        On the networks' intensity scale.
    foreground : ndarray of bool, shape (T, Y, X)
    labels : ndarray of uint16, shape (T, Y / 2, X / 2)
        At half resolution.
    depth : ndarray of float16, shape (T, Y / 2, X / 2)
    before : ndarray of float32, shape (T, largest label + 1, 2)
        Each object's center (y, x) in the previous frame; nan if there is none.
    divisions : ndarray of int64, shape (n, 3)
        Frame, row and column of each division: where the daughters first appear.
    """

    images: NDArray[np.float16]
    foreground: NDArray[np.bool_]
    labels: NDArray[np.uint16]
    depth: NDArray[np.float16]
    before: NDArray[np.float32]
    divisions: NDArray[np.int64]


def scene_of(images: NDArray[np.float32], video: LabelVideo) -> Scene:
    """Prepare a labeled video for training.

    Parameters
    ----------
    images : ndarray of float32, shape (T, Y, X)
        On the networks' intensity scale.
    video : LabelVideo
    """
    labels = video.labels.astype(np.uint16)
    depth = np.stack([halved_depth(frame) for frame in labels])
    before = centers_before(video)
    rows = []
    for mother in dividing_labels(video.tracks).tolist():
        child = int(video.children(mother)[0])
        (track,) = video.tracks[video.tracks["label"] == child]
        place = before[track["begin"], child]
        if np.isfinite(place).all():
            rows.append((int(track["begin"]), *np.round(place).astype(int).tolist()))
    return Scene(
        images.astype(np.float16),
        labels > 0,
        halved_labels(labels),
        depth.astype(np.float16),
        before,
        np.array(rows, np.int64).reshape(-1, 3),
    )
