"""The label video: the one type that goes through all of the method.

The simulator makes one, refinement reshapes it, training reads it, tracking
returns it, a Cell Tracking Challenge folder stores it, napari shows it and the
metrics compare two of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError

LabelArray = NDArray[np.unsignedinteger]
TrackTable = NDArray[np.void]

TRACK_DTYPE = np.dtype(
    [("label", "i8"), ("begin", "i8"), ("end", "i8"), ("parent", "i8")]
)
"""One row a track, as in the challenge's text files: frames are inclusive and count
from the video's first frame (0); ``parent`` is 0 where there is none."""


@dataclass(frozen=True)
class Fault:
    """One way in which a label video breaks the rules, and where."""

    message: str
    frame: int | None = None
    label: int | None = None

    def __str__(self) -> str:
        """Say where, then what."""
        where = [
            f"{name} {value}"
            for name, value in (("frame", self.frame), ("label", self.label))
            if value is not None
        ]
        return f"{', '.join(where)}: {self.message}" if where else self.message


class LabelVideoError(AsistError):
    """A label video breaks the rules; ``faults`` holds every fault found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        more = len(self.faults) - 1
        super().__init__(f"{self.faults[0]}" + (f" (and {more} more)" if more else ""))


@dataclass(frozen=True, eq=False)
class LabelVideo:
    """Instance labels of a video and the table of their tracks.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)
        0 is background; an object carries one label in all frames of its life.
    tracks : structured ndarray of `TRACK_DTYPE`, shape (number of tracks,)
        Sorted by label. Left out, it is read off `labels`, without parents.
    first_frame : int
        Number that the first frame has on disk (150 for a video whose files begin
        with ``t150.tif``). The table's frames do not include it.
    """

    labels: LabelArray
    tracks: TrackTable = field(default_factory=lambda: np.empty(0, TRACK_DTYPE))
    first_frame: int = 0

    def __post_init__(self) -> None:
        """Sort the table; read it off the labels when it was left out."""
        if self.labels.ndim != 3:
            raise AsistError(
                f"A label video has the axes (T, Y, X), not {self.labels.shape}."
            )
        if self.labels.dtype.kind != "u":
            raise AsistError(
                f"Labels are unsigned integers, not {self.labels.dtype}; convert them."
            )
        tracks = np.asarray(self.tracks)
        if tracks.dtype != TRACK_DTYPE:
            raise AsistError("The track table's columns are label, begin, end, parent.")
        if not len(tracks):
            tracks = tracks_of(self.labels)
        object.__setattr__(self, "tracks", np.sort(tracks, order="label"))

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.labels)

    def faults(self) -> list[Fault]:
        """Check the rules of the Cell Tracking Challenge.

        Returns
        -------
        list of Fault
            Empty when the video is valid. See `find_faults`.
        """
        return list(find_faults(self.labels, self.tracks))

    def checked(self) -> "LabelVideo":
        """Return the video itself, or raise `LabelVideoError` with every fault."""
        if faults := self.faults():
            raise LabelVideoError(faults)
        return self

    def children(self, label: int) -> NDArray[np.int64]:
        """Return the labels of a track's children, ascending."""
        found: NDArray[np.int64] = self.tracks["label"][self.tracks["parent"] == label]
        return found

    def crop(self, rows: slice, columns: slice) -> "LabelVideo":
        """Return a part of the field as a valid label video.

        Tracks that leave the part are cut there (`split_gaps`).
        """
        return split_gaps(
            LabelVideo(self.labels[:, rows, columns], self.tracks, self.first_frame)
        )


def track_table(rows: Iterable[tuple[int, int, int, int]]) -> TrackTable:
    """Make a track table from rows of label, begin, end and parent."""
    return np.array(list(rows), TRACK_DTYPE)


def presence(labels: LabelArray) -> Iterator[NDArray[np.int64]]:
    """Yield, frame by frame, the labels that occur in it, ascending, without 0."""
    for frame in labels:
        found = np.unique(frame)
        yield found[found > 0].astype(np.int64)


def tracks_of(labels: LabelArray) -> TrackTable:
    """Read the track table off the labels: first and last frame of each, no parent.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)

    Returns
    -------
    structured ndarray of `TRACK_DTYPE`
    """
    begin: dict[int, int] = {}
    end: dict[int, int] = {}
    for time, found in enumerate(presence(labels)):
        for label in found.tolist():
            begin.setdefault(label, time)
            end[label] = time
    return track_table((label, begin[label], end[label], 0) for label in sorted(begin))


def find_faults(labels: LabelArray, tracks: TrackTable) -> Iterator[Fault]:
    """Yield every breach of the challenge's rules.

    A label is in the table exactly once; it is in every frame from its begin to its
    end and in no other; a parent exists and ends before its child begins.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)
    tracks : structured ndarray of `TRACK_DTYPE`
    """
    rows = {int(row["label"]): row for row in tracks}
    yield from _table_faults(tracks, rows, len(labels))
    for time, found in enumerate(presence(labels)):
        present = set(found.tolist())
        alive = {
            int(label)
            for label in tracks["label"][
                (tracks["begin"] <= time) & (time <= tracks["end"])
            ]
        }
        for label in sorted(present - alive):
            if label in rows:
                yield Fault("is outside the frames its track lists", time, label)
            else:
                yield Fault("has no row in the track table", time, label)
        for label in sorted(alive - present):
            yield Fault("is missing although its track covers the frame", time, label)


def _table_faults(
    tracks: TrackTable, rows: dict[int, np.void], n_frames: int
) -> Iterator[Fault]:
    labels, counts = np.unique(tracks["label"], return_counts=True)
    for label in labels[counts > 1]:
        yield Fault("has more than one row in the track table", label=int(label))
    for label, begin, end, parent in tracks.tolist():
        if label < 1:
            yield Fault("a track's label is at least 1", label=label)
        if begin > end:
            yield Fault(f"begins at {begin} after its end {end}", label=label)
        if begin < 0 or end >= n_frames:
            yield Fault(
                f"spans frames {begin} to {end} of a video with frames 0 to "
                f"{n_frames - 1}",
                label=label,
            )
        if parent and parent not in rows:
            yield Fault(f"names parent {parent}, which has no row", label=label)
        elif parent and rows[parent]["end"] >= begin:
            yield Fault(
                f"begins at {begin}, before its parent {parent} has ended", label=label
            )


def split_gaps(video: LabelVideo) -> LabelVideo:
    """Return a valid video in which no track has a gap.

    A track that is absent for some frames is cut there; its later parts get new
    labels. A single part that continues after a gap has the earlier part as its
    parent, as the challenge asks for. Frames listed in the table but without pixels
    are dropped from it, and parents that no longer exist or end too late are
    forgotten.

    Parameters
    ----------
    video : LabelVideo
        Its labels must all have a row in its table.

    Returns
    -------
    LabelVideo
        The labels are copied only where a label changes.
    """
    frames_of: dict[int, list[int]] = {}
    for time, found in enumerate(presence(video.labels)):
        for label in found.tolist():
            frames_of.setdefault(label, []).append(time)
    parent_of = dict(zip(video.tracks["label"], video.tracks["parent"], strict=True))
    next_label = max(frames_of, default=0) + 1
    rows: list[tuple[int, int, int, int]] = []
    last_part: dict[int, tuple[int, int]] = {}
    moves: list[tuple[int, int, int, int]] = []
    for label in sorted(frames_of):
        times = np.array(frames_of[label])
        parts = np.split(times, np.flatnonzero(np.diff(times) > 1) + 1)
        name, parent = label, int(parent_of.get(label, 0))
        for number, part in enumerate(parts):
            if number:
                parent, name, next_label = name, next_label, next_label + 1
                moves.append((label, name, int(part[0]), int(part[-1])))
            rows.append((name, int(part[0]), int(part[-1]), parent))
        last_part[label] = (name, int(times[-1]))
    labels = _relabelled(video.labels, moves, next_label)
    return LabelVideo(
        labels, track_table(_mended_parents(rows, last_part)), video.first_frame
    )


def _relabelled(
    labels: LabelArray, moves: list[tuple[int, int, int, int]], next_label: int
) -> LabelArray:
    if not moves:
        return labels
    wide = labels.astype(np.promote_types(labels.dtype, np.min_scalar_type(next_label)))
    for old, new, begin, end in moves:
        part = wide[begin : end + 1]
        part[part == old] = new
    return wide


def _mended_parents(
    rows: list[tuple[int, int, int, int]], last_part: dict[int, tuple[int, int]]
) -> Iterator[tuple[int, int, int, int]]:
    end_of = {name: end for name, _, end, _ in rows}
    for name, begin, end, parent in rows:
        # A child of a track that was cut descends from that track's last part.
        if parent in last_part and last_part[parent][1] < begin:
            parent = last_part[parent][0]
        if parent and end_of.get(parent, begin) >= begin:
            parent = 0
        yield name, begin, end, parent


def relabel(video: LabelVideo) -> LabelVideo:
    """Give the tracks the numbers 1, 2, 3, … in the order of their begin and label.

    Returns
    -------
    LabelVideo
        Labels are ``uint16`` where the number of tracks allows it, else ``uint32``.
    """
    order = np.argsort(video.tracks, order=("begin", "label"))
    tracks = video.tracks[order].copy()
    dtype = np.uint16 if len(tracks) <= np.iinfo(np.uint16).max else np.uint32
    highest = int(max(tracks["label"].max(initial=0), video.labels.max(initial=0)))
    lookup = np.zeros(highest + 1, dtype)
    lookup[tracks["label"]] = np.arange(1, len(tracks) + 1)
    tracks["parent"] = lookup[tracks["parent"]]
    tracks["label"] = np.arange(1, len(tracks) + 1)
    labels = np.empty(video.labels.shape, dtype)
    for time, frame in enumerate(video.labels):
        labels[time] = lookup[frame]
    return LabelVideo(labels, tracks, video.first_frame)
