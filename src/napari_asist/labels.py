"""The label video: the data structure shared by all steps of the method.

The simulator creates it, refinement reshapes it, training reads it, tracking returns
it, a Cell Tracking Challenge folder stores it, napari shows it and the metrics compare
two of them.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.mapped import each_frame

LabelArray = NDArray[np.unsignedinteger]
TrackTable = NDArray[np.void]
ConfidenceTable = NDArray[np.void]

Presence = Sequence[NDArray[np.int64]]
"""The labels in each frame, in ascending order and without 0. Finding them requires a
pass over the video, so functions pass them along. They are not stored with the video,
because its array may be painted on."""

TRACK_DTYPE = np.dtype(
    [("label", "i8"), ("begin", "i8"), ("end", "i8"), ("parent", "i8")]
)
"""One row per track, as in the challenge's text files: frames are inclusive and count
from the video's first frame (0); ``parent`` is 0 if there is none."""

CONFIDENCE_DTYPE = np.dtype(
    [("frame", "i8"), ("y", "i8"), ("x", "i8"), ("object", "f8"), ("link", "f8")]
)
"""How sure a network is of an object: a frame from 0, a pixel inside the object, and
two numbers from 0 to 1. `object` says how clear it is in this frame; `link` which
fraction of its pixels the network traces back to the same track, NaN at its first
frame."""

MOST_COUNTED = 2**20
"""Labels up to this are found by counting, which takes memory for each label."""


@dataclass(frozen=True)
class Fault:
    """A violation of the rules in a label video, with its location."""

    message: str
    frame: int | None = None
    label: int | None = None

    def __str__(self) -> str:
        """Return the location, then the violation."""
        where = [
            f"{name} {value}"
            for name, value in (("frame", self.frame), ("label", self.label))
            if value is not None
        ]
        return f"{', '.join(where)}: {self.message}" if where else self.message


class LabelVideoError(AsistError):
    """A label video breaks the rules; ``faults`` has every fault found."""

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
        0 is background; an object has the same label in all its frames.
    tracks : structured ndarray of `TRACK_DTYPE`, shape (number of tracks,)
        Sorted by label. If omitted, it is derived from `labels`, without parents.
    first_frame : int
        Number of the first frame on disk (150 for a video whose files begin with
        ``t150.tif``). The table's frames do not include it.
    confidence : structured ndarray of `CONFIDENCE_DTYPE`, optional
        Of the objects as they were found; renaming and cutting tracks do not change it.
    """

    labels: LabelArray
    tracks: TrackTable = field(default_factory=lambda: np.empty(0, TRACK_DTYPE))
    first_frame: int = 0
    confidence: ConfidenceTable | None = None

    def __post_init__(self) -> None:
        """Sort the table; derive it from the labels if it was omitted."""
        if self.labels.ndim != 3:
            raise AsistError(
                f"A label video must have the axes (T, Y, X), not {self.labels.shape}."
            )
        if self.labels.dtype.kind != "u":
            raise AsistError(
                f"Labels must be unsigned integers, not {self.labels.dtype}; convert "
                "them."
            )
        tracks = np.asarray(self.tracks)
        if tracks.dtype != TRACK_DTYPE:
            raise AsistError("The track table needs columns label, begin, end, parent.")
        if not len(tracks):
            tracks = tracks_of(self.labels)
        object.__setattr__(self, "tracks", np.sort(tracks, order="label"))

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.labels)

    def digest(self) -> str:
        """Return the SHA-256 of labels and tracks, regardless of the labels' dtype."""
        total = hashlib.sha256(f"{self.labels.shape} {self.first_frame}".encode())
        for frame in each_frame(self.labels):
            total.update(np.ascontiguousarray(frame, np.uint32).data)
        total.update(np.ascontiguousarray(self.tracks).tobytes())
        return total.hexdigest()

    def faults(self, present: Presence | None = None) -> list[Fault]:
        """Check the rules of the Cell Tracking Challenge.

        Each label is in the table exactly once; it is in every frame from its begin to
        its end and in no other; a parent exists and ends before its child begins.

        Parameters
        ----------
        present : sequence of ndarray of int64, optional
            The labels in each frame, if known.

        Returns
        -------
        list of Fault
            Empty if the video is valid.
        """
        known = presence(self.labels) if present is None else present
        frames = range(len(self))
        return list(find_faults_in(dict(enumerate(known)), self.tracks, frames))

    def checked(self) -> "LabelVideo":
        """Return the video itself, or raise `LabelVideoError` with every fault."""
        if faults := self.faults():
            raise LabelVideoError(faults)
        return self

    def children(self, label: int) -> NDArray[np.int64]:
        """Return the labels of a track's children, ascending."""
        found: NDArray[np.int64] = self.tracks["label"][self.tracks["parent"] == label]
        return found

    def until(self, stop: int) -> "LabelVideo":
        """Return the frames before frame `stop` as a valid label video."""
        tracks = self.tracks[self.tracks["begin"] < stop].copy()
        tracks["end"] = np.minimum(tracks["end"], stop - 1)
        return LabelVideo(self.labels[:stop], tracks, self.first_frame)

    def crop(self, rows: slice, columns: slice) -> "LabelVideo":
        """Return a part of the field as a valid label video.

        Tracks that leave the part are cut there (`split_gaps`).
        """
        return split_gaps(
            LabelVideo(self.labels[:, rows, columns], self.tracks, self.first_frame)
        )


def dividing_labels(tracks: TrackTable) -> NDArray[np.int64]:
    """Return the labels of the mothers, which have two or more daughters.

    A parent with a single child did not divide: its track was only interrupted.

    Parameters
    ----------
    tracks : structured ndarray of `TRACK_DTYPE`
    """
    parents, children = np.unique(tracks["parent"], return_counts=True)
    return np.asarray(parents[(parents > 0) & (children > 1)])


def track_table(rows: Iterable[tuple[int, int, int, int]]) -> TrackTable:
    """Make a track table from rows of label, begin, end and parent."""
    return np.array(list(rows), TRACK_DTYPE)


def presence(labels: LabelArray) -> Iterator[NDArray[np.int64]]:
    """Yield the labels in each frame, ascending, without 0."""
    for frame in each_frame(labels):
        yield labels_in(frame)


def labels_in(frame: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the labels in a frame, ascending, without 0.

    Parameters
    ----------
    frame : ndarray of int, any shape
        No value is negative.
    """
    flat = np.ravel(frame)
    # Objects are runs of equal pixels, so few are the first of their run.
    first = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    labels = np.concatenate([flat[:1], flat[first]]).astype(np.int64)
    if labels.max(initial=0) > MOST_COUNTED:
        found = np.unique(labels)
    else:  # ten times faster
        found = np.flatnonzero(np.bincount(labels))
    return found[found > 0]


def confidence_of_objects(
    video: LabelVideo,
) -> dict[tuple[int, int], tuple[float, float]]:
    """Return how sure the network is of each object and of its link.

    Parameters
    ----------
    video : LabelVideo

    Returns
    -------
    dict
        By frame from 0 and label. An object that was joined from several is as clear as
        the clearest of them. Objects that the network did not find, as in closed gaps,
        are missing.
    """
    found: dict[tuple[int, int], tuple[float, float]] = {}
    table = video.confidence
    if table is None:
        return found
    starts = np.searchsorted(table["frame"], np.arange(len(video) + 1))
    for time, frame in enumerate(each_frame(video.labels)):
        rows = table[starts[time] : starts[time + 1]]
        labels = frame[rows["y"], rows["x"]]
        for label, clear, link in zip(
            labels.tolist(), rows["object"].tolist(), rows["link"].tolist(), strict=True
        ):
            before = found.get((time, label), (-1.0, 0.0))
            if label and clear > before[0]:
                found[time, label] = clear, link
    return found


def tracks_of(labels: LabelArray) -> TrackTable:
    """Derive the track table from the labels: first and last frame, no parents.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)

    Returns
    -------
    structured ndarray of `TRACK_DTYPE`
    """
    return tracks_in(presence(labels))


def tracks_in(present: Iterable[NDArray[np.int64]]) -> TrackTable:
    """Derive the track table from the labels in each frame; see `tracks_of`."""
    begin: dict[int, int] = {}
    end: dict[int, int] = {}
    for time, found in enumerate(present):
        for label in found.tolist():
            begin.setdefault(label, time)
            end[label] = time
    return track_table((label, begin[label], end[label], 0) for label in sorted(begin))


MISSING = "is missing although its track covers the frame"
"""The message of the only fault that `split_gaps` fixes."""


def find_faults_in(
    present: Mapping[int, NDArray[np.int64]], tracks: TrackTable, frames: range
) -> Iterator[Fault]:
    """Yield every violation of the rules (see `LabelVideo.faults`).

    Parameters
    ----------
    present : mapping of frame to ndarray of int64
        A frame that could not be read is omitted and not checked.
    tracks : structured ndarray of `TRACK_DTYPE`
        Counts frames as `present` does.
    frames : range
        All frames of the video.
    """
    yield from _table_faults(tracks, frames)
    listed = set(tracks["label"].tolist())
    for time in sorted(present):
        found = set(present[time].tolist())
        covers = (tracks["begin"] <= time) & (time <= tracks["end"])
        alive = set(tracks["label"][covers].tolist())
        for label in sorted(found - alive):
            if label in listed:
                yield Fault("is outside its track's frames", time, label)
            else:
                yield Fault("has no row in the track table", time, label)
        for label in sorted(alive - found):
            yield Fault(MISSING, time, label)


def _table_faults(tracks: TrackTable, frames: range) -> Iterator[Fault]:
    labels, counts = np.unique(tracks["label"], return_counts=True)
    for label in labels[counts > 1]:
        yield Fault("has more than one row in the track table", label=int(label))
    end_of = dict(zip(tracks["label"].tolist(), tracks["end"].tolist(), strict=True))
    for label, begin, end, parent in tracks.tolist():
        if label < 1:
            yield Fault("is not a valid track label; labels start at 1", label=label)
        if begin > end:
            yield Fault(f"begins at {begin}, after its end {end}", label=label)
        if begin < frames.start or end >= frames.stop:
            yield Fault(
                f"spans frames {begin} to {end}, but the video has frames "
                f"{frames.start} to {frames.stop - 1}",
                label=label,
            )
        if parent and parent not in end_of:
            yield Fault(f"has parent {parent}, which has no row", label=label)
        elif parent and end_of[parent] >= begin:
            yield Fault(
                f"begins at {begin}, before its parent {parent} ends", label=label
            )


def split_gaps(video: LabelVideo) -> LabelVideo:
    """Return a valid video in which no track has a gap.

    A track that is absent in some frames is cut there; its later parts get new labels.
    A single part that continues after a gap has the earlier part as its parent, as the
    challenge requires. Frames listed in the table but without pixels are dropped from
    it, and parents that no longer exist or end too late are removed.

    Parameters
    ----------
    video : LabelVideo
        Its labels must all have a row in its table.

    Returns
    -------
    LabelVideo
        The labels are copied only if a label changes.
    """
    return without_gaps(video, list(presence(video.labels)))[0]


def without_gaps(video: LabelVideo, present: Presence) -> tuple[LabelVideo, Presence]:
    """Split gaps as `split_gaps` does, given the labels in each frame.

    Returns
    -------
    video : LabelVideo
    present : sequence of ndarray of int64
        The labels in each of its frames.
    """
    tracks, parts = cut_at_gaps(present, video.tracks)
    after = list(present)
    for part in parts:
        for time in range(part.begin, part.end + 1):
            names = np.where(after[time] == part.old, part.new, after[time])
            after[time] = np.sort(names)
    labels = _relabeled(video.labels, parts)
    return LabelVideo(labels, tracks, video.first_frame), after


@dataclass(frozen=True)
class LaterPart:
    """The part of a track after a gap: its label was `old` and is now `new`."""

    old: int
    new: int
    begin: int
    end: int


def cut_at_gaps(
    present: Iterable[NDArray[np.int64]], tracks: TrackTable
) -> tuple[TrackTable, list[LaterPart]]:
    """Make a track table without gaps from the labels in each frame.

    Parameters
    ----------
    present : iterable of ndarray of int64
        The labels of each frame, see `presence`.
    tracks : structured ndarray of `TRACK_DTYPE`
        Supplies the parents; begins and ends are derived from `present`.

    Returns
    -------
    tracks : structured ndarray of `TRACK_DTYPE`
    parts : list of LaterPart
        The new labels and their tracks.
    """
    frames_of: dict[int, list[int]] = {}
    for time, found in enumerate(present):
        for label in found.tolist():
            frames_of.setdefault(label, []).append(time)
    parent_of = dict(
        zip(tracks["label"].tolist(), tracks["parent"].tolist(), strict=True)
    )
    # A label without pixels may still be named as a parent, so it is not reused.
    unused = itertools.count(max([0, *frames_of, *parent_of]) + 1)
    rows: list[tuple[int, int, int, int]] = []
    parts: list[LaterPart] = []
    for label in sorted(frames_of):
        name, parent = label, parent_of.get(label, 0)
        for number, (begin, end) in enumerate(_runs(frames_of[label])):
            if number:
                parent, name = name, next(unused)
                parts.append(LaterPart(label, name, begin, end))
            rows.append((name, begin, end, parent))
    return track_table(_repaired_parents(rows, parts)), parts


def _runs(times: list[int]) -> list[tuple[int, int]]:
    """Return the first and last frame of each run of consecutive frames."""
    begins = [times[0]]
    ends = []
    for before, time in itertools.pairwise(times):
        if time > before + 1:
            ends.append(before)
            begins.append(time)
    return list(zip(begins, [*ends, times[-1]], strict=True))


def _repaired_parents(
    rows: list[tuple[int, int, int, int]], parts: list[LaterPart]
) -> Iterator[tuple[int, int, int, int]]:
    later: dict[int, list[int]] = {}
    for part in parts:
        later.setdefault(part.old, []).append(part.new)
    end_of = {name: end for name, _, end, _ in rows}
    for name, begin, end, parent in rows:
        # A child of a cut track descends from the last part before the child.
        candidates = [parent, *later.get(parent, [])]
        before = [label for label in candidates if end_of.get(label, begin) < begin]
        yield name, begin, end, before[-1] if before else 0


def _relabeled(labels: LabelArray, parts: list[LaterPart]) -> LabelArray:
    if not parts:
        return labels
    wide = labels.astype(dtype_with(parts, labels.dtype))
    for part in parts:
        frames = wide[part.begin : part.end + 1]
        frames[frames == part.old] = part.new
    return wide


def dtype_with(parts: Iterable[LaterPart], dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return a dtype that holds the labels of a dtype and those of later parts."""
    highest = max((part.new for part in parts), default=0)
    return np.promote_types(dtype, np.min_scalar_type(highest))


def relabel(video: LabelVideo, into: LabelArray | None = None) -> LabelVideo:
    """Renumber the tracks 1, 2, 3, … in the order of their begin, then their label.

    Parameters
    ----------
    video : LabelVideo
        Its labels must all have a row in its table.
    into : ndarray of unsigned int, shape (T, Y, X), optional
        Array for the result; may be the video's own array.

    Returns
    -------
    LabelVideo
        Labels are `into`, or else new: ``uint16`` if the number of tracks allows it,
        otherwise ``uint32``.

    Raises
    ------
    LabelVideoError
        A label has no row and therefore no position in the order.
    """
    order = np.argsort(video.tracks, order=("begin", "label"))
    tracks = video.tracks[order].copy()
    number = {label: place for place, label in enumerate(tracks["label"].tolist(), 1)}
    tracks["parent"] = [number.get(parent, 0) for parent in tracks["parent"].tolist()]
    tracks["label"] = np.arange(1, len(tracks) + 1)
    if into is None:
        into = np.zeros(video.labels.shape, dtype_for(len(tracks)))
    for time, frame in enumerate(each_frame(video.labels)):
        inside = frame > 0
        found, places = np.unique(frame[inside], return_inverse=True)
        if strays := [label for label in found.tolist() if label not in number]:
            raise LabelVideoError(
                Fault("has no row in the track table", time, stray) for stray in strays
            )
        numbers = np.array([number[label] for label in found.tolist()], into.dtype)
        into[time] = 0
        into[time][inside] = numbers[places]
    return LabelVideo(into, tracks, video.first_frame)


def dtype_for(highest: int) -> type[np.uint16] | type[np.uint32]:
    """Return the smallest dtype for label images that can represent a label."""
    return np.uint16 if highest <= np.iinfo(np.uint16).max else np.uint32
