"""Tracks under repair: labels, the frames of each track, and its parent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import center_of_mass, find_objects

from napari_asist.events import raise_if_stopped
from napari_asist.labels import (
    LabelArray,
    LabelVideo,
    dtype_for,
    labels_in,
    track_table,
)
from napari_asist.mapped import blank_video, each_frame, release

Box = tuple[slice, slice]

Mask = NDArray[np.bool_]

LOOKS = 1000
"""Frame reads after which the memory of labels on disk is released."""


def blank_labels(
    shape: tuple[int, ...], folder: Path | None, highest: int = 0
) -> LabelArray:
    """Return an array of zeros for the labels of a video.

    Parameters
    ----------
    shape : (T, Y, X)
    folder : Path or None
        Receives a file with the array; without it, the array is in memory.
    highest : int
        The largest label that the array must hold.

    Returns
    -------
    ndarray of uint16 or uint32, shape (T, Y, X)
    """
    dtype = np.dtype(dtype_for(highest))
    return blank_video(shape, dtype, folder and folder / f"labels-{dtype}.raw")


def widened(labels: LabelArray, folder: Path | None) -> LabelArray:
    """Return a copy of labels with room for more than 65,535 of them."""
    wide = blank_labels(labels.shape, folder, np.iinfo(np.uint32).max)
    for time, frame in enumerate(each_frame(labels)):
        wide[time] = frame
    return wide


@dataclass
class Tracks:
    """A label video whose tracks are renamed, joined, cut and dropped in place.

    Every track is present from its first to its last frame without a gap. In addition
    to the labels, only the objects' boxes are stored.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)
        Changed in place, in memory or on disk.
    scratch : Path, optional
        Folder for labels on disk, in case they need more bits.
    """

    labels: LabelArray
    scratch: Path | None = None
    begin: dict[int, int] = field(default_factory=dict)
    end: dict[int, int] = field(default_factory=dict)
    parent: dict[int, int] = field(default_factory=dict)
    boxes: list[dict[int, Box]] = field(default_factory=list, repr=False)
    _looks: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        """Read boxes, first and last frames from the labels."""
        for time, frame in enumerate(each_frame(self.labels)):
            found = boxes_of(frame)
            self.boxes.append(found)
            for label in found:
                self.begin.setdefault(label, time)
                self.end[label] = time
        self._next = max(self.begin, default=0) + 1

    def frame(self, time: int) -> LabelArray:
        """Return the labels of one frame, for reading or writing."""
        self._looks += 1
        if self._looks % LOOKS == 0:
            release(self.labels)
        return np.asarray(self.labels[time])

    def video(self, first_frame: int = 0) -> LabelVideo:
        """Return the labels with their track table."""
        rows = (
            (label, self.begin[label], self.end[label], self.parent.get(label, 0))
            for label in sorted(self.begin)
        )
        return LabelVideo(self.labels, track_table(rows), first_frame)

    def children(self, label: int) -> list[int]:
        """Return the tracks whose parent is this one."""
        return [child for child, parent in self.parent.items() if parent == label]

    def labels_after_start(self) -> list[int]:
        """Return the tracks that begin after the first frame, earliest first."""
        labels = [label for label, begin in self.begin.items() if begin > 0]
        return sorted(labels, key=lambda label: (self.begin[label], label))

    def area(self, label: int, time: int) -> int:
        """Return the object's number of pixels in one frame; 0 if it is absent."""
        box = self.boxes[time].get(label)
        return 0 if box is None else int((self.frame(time)[box] == label).sum())

    def center(self, label: int, time: int) -> NDArray[np.float64]:
        """Return an object's centroid (y, x)."""
        (rows, columns), mask = self.cut_out(label, time)
        corner = np.array([rows.start, columns.start], np.float64)
        return corner + np.asarray(center_of_mass(mask), np.float64)

    def cut_out(self, label: int, time: int, grow: int = 0) -> tuple[Box, Mask]:
        """Return an object's mask in a box that is larger by `grow` on all sides."""
        raise_if_stopped()  # all that takes long looks at objects
        rows, columns = self.boxes[time][label]
        height, width = self.labels.shape[1:]
        box = (
            slice(max(rows.start - grow, 0), min(rows.stop + grow, height)),
            slice(max(columns.start - grow, 0), min(columns.stop + grow, width)),
        )
        return box, self.frame(time)[box] == label

    def under(self, box: Box, mask: Mask, time: int) -> Iterator[tuple[int, int]]:
        """Yield the tracks under a mask in another frame, and the shared pixels."""
        found, shared = np.unique(self.frame(time)[box][mask], return_counts=True)
        for label, pixels in zip(found.tolist(), shared.tolist(), strict=True):
            if label:
                yield label, pixels

    def join(self, label: int, into: int) -> None:
        """Assign a track's pixels and children to another track."""
        for time in range(self.begin[label], self.end[label] + 1):
            self._rename_at(label, into, time)
        self.begin[into] = min(self.begin[into], self.begin[label])
        self.end[into] = max(self.end[into], self.end[label])
        for child in self.children(label):
            self.parent[child] = into
        self._forget(label)

    def cut(self, label: int, time: int) -> int:
        """End a track before a frame and return the label of its continuation."""
        rest, self._next = self._next, self._next + 1
        if rest > np.iinfo(self.labels.dtype).max:
            self.labels = widened(self.labels, self.scratch)
        for later in range(time, self.end[label] + 1):
            self._rename_at(label, rest, later)
        self.begin[rest], self.end[rest] = time, self.end[label]
        self.end[label] = time - 1
        for child in self.children(label):
            self.parent[child] = rest
        return rest

    def drop(self, label: int) -> None:
        """Remove a track; its children no longer have a parent."""
        raise_if_stopped()
        for time in range(self.begin[label], self.end[label] + 1):
            self._rename_at(label, 0, time)
        for child in self.children(label):
            self.parent[child] = 0
        self._forget(label)

    def paint(self, label: int, time: int, box: Box, mask: Mask) -> None:
        """Add an object to a frame adjacent to its track."""
        self.frame(time)[box][mask] = label
        self.boxes[time][label] = box
        self.begin[label] = min(self.begin[label], time)
        self.end[label] = max(self.end[label], time)

    def _rename_at(self, label: int, name: int, time: int) -> None:
        box = self.boxes[time].pop(label)
        part = self.frame(time)[box]
        part[part == label] = name
        if name in self.boxes[time]:
            box = _around(box, self.boxes[time][name])
        if name:
            self.boxes[time][name] = box

    def _forget(self, label: int) -> None:
        del self.begin[label], self.end[label]
        self.parent.pop(label, None)


def boxes_of(frame: LabelArray) -> dict[int, Box]:
    """Return the bounding box of each label of a frame."""
    names = labels_in(frame)
    # The search takes time and memory for each label up to the highest.
    number = np.zeros(names.max(initial=0) + 1, np.int32)
    number[names] = np.arange(1, len(names) + 1)
    return dict(zip(names.tolist(), find_objects(number[frame]), strict=True))


def _around(one: Box, other: Box) -> Box:
    rows, columns = (
        slice(min(a.start, b.start), max(a.stop, b.stop))
        for a, b in zip(one, other, strict=True)
    )
    return rows, columns
