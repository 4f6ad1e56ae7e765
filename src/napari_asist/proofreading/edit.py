"""One correction: the changed pixels with their labels, and the new track table."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray, TrackTable


@dataclass(frozen=True, eq=False)
class FrameChange:
    """The pixels that change in one frame.

    Parameters
    ----------
    time : int
    pixels : ndarray of int64, shape (number of pixels,)
        Indices into the flattened frame.
    before, after : ndarray of unsigned int, shape (number of pixels,)
    """

    time: int
    pixels: NDArray[np.int64]
    before: LabelArray
    after: LabelArray

    def labels(self) -> set[int]:
        """Return the labels that gain or lose pixels."""
        found = np.union1d(self.before, self.after)
        return set(found[found > 0].tolist())


@dataclass(frozen=True, eq=False)
class Edit:
    """A correction of a label video that can be undone.

    Parameters
    ----------
    words : str
        One sentence for the journal.
    changes : tuple of FrameChange
    before, after : structured ndarray of `TRACK_DTYPE`
        The whole track table.
    """

    words: str
    changes: tuple[FrameChange, ...]
    before: TrackTable
    after: TrackTable

    def labels(self) -> set[int]:
        """Return the labels that gain or lose pixels."""
        return set().union(*(change.labels() for change in self.changes))

    def inverse(self) -> "Edit":
        """Return the edit that undoes this one."""
        changes = tuple(
            FrameChange(change.time, change.pixels, change.after, change.before)
            for change in self.changes
        )
        return Edit(self.words, changes, self.after, self.before)

    @property
    def size(self) -> int:
        """Return the memory that the edit takes, in bytes."""
        return (
            self.before.nbytes
            + self.after.nbytes
            + sum(
                change.pixels.nbytes + change.before.nbytes + change.after.nbytes
                for change in self.changes
            )
        )


def write_changes(changes: Iterable[FrameChange], labels: NDArray[np.integer]) -> None:
    """Write the changed pixels into a video, in place.

    Parameters
    ----------
    changes : iterable of FrameChange
    labels : ndarray of int, shape (T, Y, X)
    """
    width = labels.shape[2]
    for change in changes:
        rows, columns = np.divmod(change.pixels, width)
        labels[change.time][rows, columns] = change.after
