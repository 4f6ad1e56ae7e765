"""Small named label videos, one idea each, shared by all tests.

    video = CASES["division"]()

`CASES` are valid; `FAULTY` break exactly one rule; the others are modifications of
`good` that a metric or a linker should distinguish.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelVideo, track_table

SHAPE = (40, 48)
Labels = NDArray[np.uint16]


def blank(n_frames: int = 4, shape: tuple[int, int] = SHAPE) -> Labels:
    """Return a video without objects."""
    return np.zeros((n_frames, *shape), np.uint16)


def square(frame: Labels, label: int, row: int, column: int, size: int = 8) -> None:
    """Draw a filled square at the given upper left corner."""
    frame[row : row + size, column : column + size] = label


def good() -> LabelVideo:
    """Three cells: one at rest, one moving right, one leaving after frame 2."""
    labels = blank()
    for time, frame in enumerate(labels):
        square(frame, 1, 4, 4)
        square(frame, 2, 16, 4 + 3 * time)
        if time < 3:
            square(frame, 3, 28, 30)
    return LabelVideo(labels)


def touching() -> LabelVideo:
    """Two cells side by side, without background between them."""
    labels = blank()
    for frame in labels:
        square(frame, 1, 10, 10)
        square(frame, 2, 10, 18)
    return LabelVideo(labels)


def division() -> LabelVideo:
    """Cell 1 divides after frame 1 into 2 and 3; cell 4 is at rest."""
    labels = blank(5)
    for time, frame in enumerate(labels):
        square(frame, 4, 28, 34)
        if time < 2:
            square(frame, 1, 14, 16, 10)
        else:
            square(frame, 2, 14, 14 - time, 6)
            square(frame, 3, 14, 24 + time, 6)
    tracks = track_table([(1, 0, 1, 0), (2, 2, 4, 1), (3, 2, 4, 1), (4, 0, 4, 0)])
    return LabelVideo(labels, tracks)


def empty_frame() -> LabelVideo:
    """A cell that disappears before an empty frame, after which another appears."""
    labels = blank(3)
    square(labels[0], 1, 4, 4)
    square(labels[2], 2, 20, 20)
    return LabelVideo(labels)


def one_frame() -> LabelVideo:
    """Two cells in a single-frame video."""
    labels = blank(1)
    square(labels[0], 1, 4, 4)
    square(labels[0], 2, 20, 20)
    return LabelVideo(labels)


def empty() -> LabelVideo:
    """A video of three frames without objects."""
    return LabelVideo(blank(3))


def late_start() -> LabelVideo:
    """The division, in files numbered starting at 150."""
    video = division()
    return LabelVideo(video.labels, video.tracks, first_frame=150)


def high_labels() -> LabelVideo:
    """The division with labels too large for 16 bits."""
    video = division()
    tracks = video.tracks.copy()
    tracks["label"] += 70_000
    tracks["parent"] += np.where(tracks["parent"] > 0, 70_000, 0)
    labels = video.labels.astype(np.uint32)
    return LabelVideo(labels + np.where(labels > 0, np.uint32(70_000), 0), tracks)


def at_the_border() -> LabelVideo:
    """Cell 1 in the middle; cell 2 entirely within 6 px of the border; 3 in and out."""
    labels = blank(5)
    for time, frame in enumerate(labels):
        square(frame, 1, 16, 20)
        square(frame, 2, 0, 4 + time, 5)
        square(frame, 3, 30, (40, 43, 43, 43, 40)[time], 5)
    return LabelVideo(labels)


def gap() -> LabelVideo:
    """Cell 1 is missing in frame 1, although its track covers it."""
    video = good()
    labels = video.labels.copy()
    labels[1][labels[1] == 1] = 0
    return LabelVideo(labels, video.tracks)


def missing_row() -> LabelVideo:
    """Cell 2 has no row in the track table."""
    video = good()
    return LabelVideo(video.labels, video.tracks[video.tracks["label"] != 2])


def repeated_row() -> LabelVideo:
    """A merge: track 3 has two rows, with the parents 1 and 2."""
    labels = blank()
    for time, frame in enumerate(labels):
        if time < 2:
            square(frame, 1, 14, 8)
            square(frame, 2, 14, 20)
        else:
            square(frame, 3, 14, 14)
    rows = [(1, 0, 1, 0), (2, 0, 1, 0), (3, 2, 3, 1), (3, 2, 3, 2)]
    return LabelVideo(labels, track_table(rows))


def unknown_parent() -> LabelVideo:
    """The division, with a parent that has no row."""
    return with_tracks(division(), [(1, 0, 1, 0), (2, 2, 4, 9), (3, 2, 4, 1)])


def living_parent() -> LabelVideo:
    """The division, with the resting cell 4 as the parent of 2."""
    return with_tracks(division(), [(1, 0, 1, 0), (2, 2, 4, 4), (3, 2, 4, 1)])


def outside_its_track() -> LabelVideo:
    """Cell 3's track ends at frame 1, but it has pixels in frame 2."""
    video = good()
    return with_tracks(video, [(1, 0, 3, 0), (2, 0, 3, 0), (3, 0, 1, 0)])


def merge_fault() -> LabelVideo:
    """A result for `touching` in which one mask covers both cells."""
    labels = touching().labels.copy()
    labels[labels == 2] = 1
    return LabelVideo(labels)


def new_labels() -> LabelVideo:
    """A result for `good` with perfect masks and no tracking."""
    labels = blank()
    names = iter(range(1, 100))
    for source, target in zip(good().labels, labels, strict=True):
        for label in np.unique(source[source > 0]):
            target[source == label] = next(names)
    return LabelVideo(labels)


def without_last_marker() -> LabelVideo:
    """A result for `good` that misses cell 1 in the last frame."""
    labels = good().labels.copy()
    labels[-1][labels[-1] == 1] = 0
    return LabelVideo(labels)


def without_division() -> LabelVideo:
    """A result for `division` with the masks but not the parents."""
    return LabelVideo(division().labels)


def with_tracks(video: LabelVideo, rows: list[tuple[int, int, int, int]]) -> LabelVideo:
    """Replace rows of a video's track table; those of other labels stay."""
    named = {row[0] for row in rows}
    kept = [row for row in video.tracks.tolist() if row[0] not in named]
    return LabelVideo(video.labels, track_table(rows + kept), video.first_frame)


def raw_frames(video: LabelVideo, seed: int = 0) -> NDArray[np.uint16]:
    """Paint a label video as noisy intensities: background 100, objects 400."""
    rng = np.random.default_rng(seed)
    clean = np.where(video.labels > 0, 400, 100)
    return (clean + rng.normal(0, 5, clean.shape)).round().astype(np.uint16)


def crossing() -> LabelVideo:
    """A stick moves down behind an upright one."""
    labels = blank(8, (50, 60))
    for time, frame in enumerate(labels):
        frame[5 + 4 * time : 10 + 4 * time, 10:27] = 1
        frame[5:45, 28:33] = 2
    return LabelVideo(labels)


def leaving_and_returning() -> LabelVideo:
    """Cell 1 leaves to the left and returns as 3; cell 2 is at rest."""
    labels = blank(9)
    for time, frame in enumerate(labels):
        square(frame, 2, 24, 24)
        if time < 3:
            frame[8:16, : 9 - 3 * time] = 1
        elif time > 5:
            frame[8:16, : 3 * time - 15] = 3
    return LabelVideo(labels)


def filling() -> LabelVideo:
    """One object that fills the whole frame."""
    return LabelVideo(blank(3) + np.uint16(1))


CASES: dict[str, Callable[[], LabelVideo]] = {
    case.__name__: case
    for case in (
        good,
        touching,
        division,
        empty_frame,
        one_frame,
        late_start,
        high_labels,
        at_the_border,
    )
}
FAULTY: dict[str, Callable[[], LabelVideo]] = {
    case.__name__: case
    for case in (
        gap,
        missing_row,
        repeated_row,
        unknown_parent,
        living_parent,
        outside_its_track,
    )
}

SCENES: dict[str, Callable[[], LabelVideo]] = {
    "touching": touching,
    "crossing": crossing,
    "division": division,
    "leaving_and_returning": leaving_and_returning,
    "one_frame": one_frame,
    "empty": empty,
    "filling": filling,
}
"""Toy scenes with a known answer at each step of the method."""
