"""From settings to an annotation video that obeys the tracking challenge's rules."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo, TrackTable, track_table
from napari_asist.simulation.hela import hela_scenes, nucleus_shape
from napari_asist.simulation.microvilli import microvilli_scenes
from napari_asist.simulation.scene import (
    Scene,
    paint_ellipses,
    paint_sticks,
    visible_rows,
)
from napari_asist.simulation.settings import HelaSettings, MicrovilliSettings

MOST_TRACKS = np.iinfo(np.uint16).max
"""The challenge's label images are 16-bit."""


def simulate_video(
    settings: HelaSettings | MicrovilliSettings, seed: int, number: int = 0
) -> LabelVideo:
    """Simulate one annotation video.

    An object that leaves the field ends its track; when it returns it gets a new
    label. A division ends the mother's track and begins two whose parent she is.

    Parameters
    ----------
    settings : HelaSettings or MicrovilliSettings
    seed : int
        The same seed, number and settings give the same video.
    number : int
        Which of the videos, from 0.

    Returns
    -------
    LabelVideo
        uint16; labels count from 1 in the order in which the tracks begin.

    Raises
    ------
    NoRoomError
        Where a count that was asked for cannot be met, and why.
    AsistError
        Where there are more tracks than the challenge's images can hold.
    """
    scenes, paint = _simulator(settings, seed, number)
    labels = np.zeros((settings.frames, *settings.field), np.uint16)
    tracks = _Tracks()
    for time, scene in enumerate(scenes):
        frame = paint(scene)
        names = tracks.names(time, scene, visible_rows(frame, scene))
        labels[time] = names[frame]
    return LabelVideo(labels, tracks.table())


def check_room(
    settings: HelaSettings | MicrovilliSettings, seed: int, number: int = 0
) -> None:
    """Go through a video without painting it, in a part of the time that it takes.

    Parameters
    ----------
    settings, seed, number
        As for `simulate_video`.

    Raises
    ------
    NoRoomError
        Where `simulate_video` would raise it.
    """
    scenes, _ = _simulator(settings, seed, number)
    for _ in scenes:
        pass


def _simulator(
    settings: HelaSettings | MicrovilliSettings, seed: int, number: int
) -> tuple[Iterator[Scene], Callable[[Scene], NDArray[np.uint16]]]:
    rng = np.random.default_rng([seed, number])
    if isinstance(settings, HelaSettings):
        return (
            hela_scenes(settings, rng),
            partial(
                paint_ellipses, field=settings.field, shape=nucleus_shape(settings)
            ),
        )
    return (
        microvilli_scenes(settings, rng),
        partial(paint_sticks, field=settings.field, outline=settings.outline),
    )


class _Tracks:
    """Gives every visit of an object to the field a label of its own."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.label_of: dict[int, int] = {}  # of the objects seen in the last frame

    def names(
        self, time: int, scene: Scene, visible: NDArray[np.bool_]
    ) -> NDArray[np.uint16]:
        """Return the labels of the scene's objects, after a 0 for the background."""
        seen = scene[visible]
        new = seen[~np.isin(seen["id"], list(self.label_of))]
        siblings = np.bincount(new["parent"], minlength=1)
        now: dict[int, int] = {}
        for identity, parent in zip(
            seen["id"].tolist(), seen["parent"].tolist(), strict=True
        ):
            label = self.label_of.get(identity, 0)
            if label:
                self.rows[label - 1][2] = time
            else:
                # A mother with one daughter in sight would be no division.
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
