"""Simulate label videos that follow the Cell Tracking Challenge's rules."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, each_unless_stopped
from napari_asist.labels import LabelVideo, TrackTable, track_table
from napari_asist.simulation.microvilli import microvilli_scenes
from napari_asist.simulation.nuclei import nuclei_scenes
from napari_asist.simulation.rasterize import rename
from napari_asist.simulation.scene import Scene, paint
from napari_asist.simulation.settings import SimulatorSettings

MOST_TRACKS = np.iinfo(np.uint16).max
"""Label images of the Cell Tracking Challenge are 16-bit."""


def simulate_video(
    settings: SimulatorSettings,
    seed: int,
    number: int = 0,
    stop: StopFlag | None = None,
) -> LabelVideo:
    """Simulate one label video.

    An object that leaves the field ends its track; when it returns it gets a new label.
    A division ends the mother's track and begins two tracks with her as parent.

    Parameters
    ----------
    settings : SimulatorSettings
    seed : int
        The same seed, number and settings give the same video.
    number : int
        Number of the video, starting at 0.
    stop : StopFlag, optional
        Checked before each frame.

    Returns
    -------
    LabelVideo
        uint16; labels count from 1 in the order in which the tracks begin.

    Raises
    ------
    NoRoomError
        If a requested count cannot be met, with the reason.
    AsistError
        If there are more tracks than 16-bit label images can hold.
    Stopped
        When asked to stop.
    """
    return painted_video(scenes_of(settings, seed, number), settings, stop)


def painted_video(
    scenes: Iterable[Scene],
    settings: SimulatorSettings,
    stop: StopFlag | None = None,
) -> LabelVideo:
    """Paint the scenes of a video and find its tracks.

    Parameters
    ----------
    scenes : iterable of Scene
        From `scenes_of`, or the first of them.
    settings : SimulatorSettings
    stop : StopFlag, optional
        Checked before each frame.

    Returns
    -------
    LabelVideo
        See `simulate_video`.
    """
    labels = np.zeros((settings.frames, *settings.field), np.uint16)
    tracks, stop, done = _Tracks(), stop or StopFlag(), 0
    for time, scene in enumerate(scenes):
        stop.raise_if_set()
        frame = labels[time]
        visible = paint(
            scene, settings.field, settings.shape, settings.stacked, frame
        ).visible
        rename(frame, tracks.names(time, scene, visible))
        done = time + 1
    return LabelVideo(labels[:done], tracks.table())


def check_room(settings: SimulatorSettings, seed: int, number: int = 0) -> None:
    """Simulate a video without painting it, in a fraction of the time.

    Parameters
    ----------
    settings, seed, number
        As for `simulate_video`.

    Raises
    ------
    NoRoomError
        If `simulate_video` would raise it.
    """
    for _ in scenes_of(settings, seed, number):
        pass


def scenes_of(
    settings: SimulatorSettings, seed: int, number: int = 0
) -> Iterator[Scene]:
    """Yield the scenes of a video, one per frame, as they are simulated.

    Parameters
    ----------
    settings, seed, number
        As for `simulate_video`, which paints them.
    """
    rng = np.random.default_rng([seed, number])
    return each_unless_stopped(SCENES[settings.kind](settings, rng))


SCENES: dict[str, Callable[..., Iterator[Scene]]] = {
    "nuclei": nuclei_scenes,
    "microvilli": microvilli_scenes,
}
"""The functions that place and move the objects, by kind of simulator settings.

Each takes the settings and a random generator, and yields one scene per frame.
"""


class _Tracks:
    """Assigns a new label to each visit of an object to the field."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.label_of: dict[int, int] = {}  # of the objects seen in the last frame

    def names(
        self, time: int, scene: Scene, visible: NDArray[np.bool_]
    ) -> NDArray[np.uint16]:
        """Return the labels of the scene's objects, after 0 for the background."""
        shown = scene[visible]
        identities, parents = shown["id"].tolist(), shown["parent"].tolist()
        siblings = Counter(
            parent
            for identity, parent in zip(identities, parents, strict=True)
            if identity not in self.label_of
        )
        now: dict[int, int] = {}
        for identity, parent in zip(identities, parents, strict=True):
            label = self.label_of.get(identity, 0)
            if label:
                self.rows[label - 1][2] = time
            else:
                # A mother with only one visible daughter would not be a division.
                mother = self.label_of.get(parent, 0) if siblings[parent] == 2 else 0
                label = self._begin(time, mother)
            now[identity] = label
        self.label_of = now
        names = np.zeros(len(scene) + 1, np.uint16)
        names[1:][visible] = list(now.values())
        return names

    def table(self) -> TrackTable:
        return track_table((a, b, c, d) for a, b, c, d in self.rows)

    def _begin(self, time: int, mother: int) -> int:
        label = len(self.rows) + 1
        if label > MOST_TRACKS:
            raise AsistError(
                f"The video has more than {MOST_TRACKS} tracks; lower objects or "
                "frames."
            )
        self.rows.append([label, time, time, mother])
        return label
