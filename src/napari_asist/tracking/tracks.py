"""Tracks under repair: labels, the frames of each track, and its parent."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from napari_asist.labels import LabelArray, LabelVideo, track_table

Box = tuple[slice, slice]
Mask = NDArray[np.bool_]


@dataclass
class Tracks:
    """A label video whose tracks are renamed, joined, cut and dropped in place.

    Every track is present from its begin to its end without a gap. Only the boxes
    of the objects are held beside the labels.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)
        Changed in place.
    """

    labels: LabelArray
    begin: dict[int, int] = field(default_factory=dict)
    end: dict[int, int] = field(default_factory=dict)
    parent: dict[int, int] = field(default_factory=dict)
    boxes: list[dict[int, Box]] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        """Read boxes, begins and ends off the labels."""
        for time, frame in enumerate(self.labels):
            found = {
                label: box
                for label, box in enumerate(find_objects(frame), start=1)
                if box is not None
            }
            self.boxes.append(found)
            for label in found:
                self.begin.setdefault(label, time)
                self.end[label] = time
        self._next = max(self.begin, default=0) + 1

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

    def born_after_start(self) -> list[int]:
        """Return the tracks that begin after the first frame, earliest first."""
        born = [label for label, begin in self.begin.items() if begin > 0]
        return sorted(born, key=lambda label: (self.begin[label], label))

    def area(self, label: int, time: int) -> int:
        """Return the object's pixels in one frame; 0 where it is absent."""
        box = self.boxes[time].get(label)
        return 0 if box is None else int((self.labels[time][box] == label).sum())

    def cut_out(self, label: int, time: int, grow: int = 0) -> tuple[Box, Mask]:
        """Return an object's mask in a box that is larger by `grow` on all sides."""
        rows, columns = self.boxes[time][label]
        height, width = self.labels.shape[1:]
        box = (
            slice(max(rows.start - grow, 0), min(rows.stop + grow, height)),
            slice(max(columns.start - grow, 0), min(columns.stop + grow, width)),
        )
        return box, self.labels[time][box] == label

    def under(self, box: Box, mask: Mask, time: int) -> Iterator[tuple[int, int]]:
        """Yield the tracks under a mask in another frame, and the shared pixels."""
        found, shared = np.unique(self.labels[time][box][mask], return_counts=True)
        for label, pixels in zip(found.tolist(), shared.tolist(), strict=True):
            if label:
                yield label, pixels

    def join(self, label: int, into: int) -> None:
        """Give a track's pixels and children to another track."""
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
            self.labels = self.labels.astype(np.uint32)
        for later in range(time, self.end[label] + 1):
            self._rename_at(label, rest, later)
        self.begin[rest], self.end[rest] = time, self.end[label]
        self.end[label] = time - 1
        for child in self.children(label):
            self.parent[child] = rest
        return rest

    def drop(self, label: int) -> None:
        """Remove a track; its children have no parent any more."""
        for time in range(self.begin[label], self.end[label] + 1):
            self._rename_at(label, 0, time)
        for child in self.children(label):
            self.parent[child] = 0
        self._forget(label)

    def paint(self, label: int, time: int, box: Box, mask: Mask) -> None:
        """Add an object to a frame that adjoins its track."""
        self.labels[time][box][mask] = label
        self.boxes[time][label] = box
        self.begin[label] = min(self.begin[label], time)
        self.end[label] = max(self.end[label], time)

    def _rename_at(self, label: int, name: int, time: int) -> None:
        box = self.boxes[time].pop(label)
        part = self.labels[time][box]
        part[part == label] = name
        if name in self.boxes[time]:
            box = _around(box, self.boxes[time][name])
        if name:
            self.boxes[time][name] = box

    def _forget(self, label: int) -> None:
        del self.begin[label], self.end[label]
        self.parent.pop(label, None)


def _around(one: Box, other: Box) -> Box:
    rows, columns = (
        slice(min(a.start, b.start), max(a.stop, b.stop))
        for a, b in zip(one, other, strict=True)
    )
    return rows, columns
