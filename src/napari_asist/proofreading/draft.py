"""A correction in progress: pixels drawn on, and a table that stays valid."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.labels import (
    LabelArray,
    LabelVideo,
    TrackTable,
    cut_at_gaps,
    track_table,
)
from napari_asist.proofreading.edit import Edit, FrameChange


class Draft:
    """The pixels of a video that are drawn on until the edit is made.

    Only these are kept, not their frames: a long track would take a copy of the video.

    Parameters
    ----------
    video : LabelVideo
        A valid video; it is not changed.
    """

    def __init__(self, video: LabelVideo) -> None:
        self.video = video
        self.rows = {row[0]: row for row in video.tracks.tolist()}
        """Label, begin, end and parent of each track before the edit, by label."""
        self.parents = {label: row[3] for label, row in self.rows.items()}
        """The parent of each track after the edit, if the rules allow it."""
        self._drawn: dict[int, tuple[NDArray[np.int64], LabelArray]] = {}
        """By frame: the pixels drawn on, ascending, and their labels."""
        self._before: dict[tuple[int, int], NDArray[np.int64]] = {}
        """The pixels of objects before the edit, by frame and label."""

    def span(self, label: int) -> range:
        """Return the frames of a track.

        Raises
        ------
        AsistError
            There is no such track.
        """
        if label not in self.rows:
            raise AsistError(f"There is no track {label}; choose an existing one.")
        _, begin, end, _ = self.rows[label]
        return range(begin, end + 1)

    def pixels(self, time: int, label: int) -> NDArray[np.int64]:
        """Return the pixels of an object in a frame, as drawn so far.

        Returns
        -------
        ndarray of int64, shape (number of pixels,)
            Indices into the flattened frame, ascending.
        """
        if (time, label) not in self._before:
            is_object = self.video.labels[time] == label
            self._before[time, label] = np.flatnonzero(is_object)
        before = self._before[time, label]
        if time not in self._drawn:
            return before
        drawn, labels = self._drawn[time]
        kept = np.setdiff1d(before, drawn, assume_unique=True)
        return np.sort(np.concatenate([kept, drawn[labels == label]]))

    def draw(
        self, time: int, pixels: NDArray[np.int64], labels: int | LabelArray
    ) -> None:
        """Give pixels of a frame another label.

        Parameters
        ----------
        time : int
        pixels : ndarray of int64, shape (number of pixels,)
            Indices into the flattened frame, all different.
        labels : int, or ndarray of unsigned int, shape (number of pixels,)
            In the range of the video's dtype.
        """
        dtype = self.video.labels.dtype
        new = np.full(len(pixels), labels, dtype)
        drawn, before = self._drawn.get(time, (pixels[:0], new[:0]))
        is_kept = np.isin(drawn, pixels, invert=True)
        everything = np.concatenate([drawn[is_kept], pixels])
        order = np.argsort(everything)
        self._drawn[time] = (
            everything[order],
            np.concatenate([before[is_kept], new])[order],
        )

    def rename(self, time: int, label: int, new: int) -> None:
        """Give an object another label in one frame; 0 deletes it."""
        self.draw(time, self.pixels(time, label), new)

    def free_label(self) -> int:
        """Return a label that no track has.

        Raises
        ------
        AsistError
            The video's labels cannot be any higher.
        """
        label = max(self.rows, default=0) + 1
        self._refuse_above(label)
        return label

    def adopt_children(self, old: int, new: int) -> None:
        """Give the children of a track another parent."""
        for child, parent in self.parents.items():
            if parent == old:
                self.parents[child] = new

    def finish(self, words: str) -> Edit:
        """Make the edit.

        Tracks with a gap are cut at the gap; parents that no longer exist or do not end
        before their child begins are removed.

        Parameters
        ----------
        words : str
            One sentence for the journal.

        Raises
        ------
        AsistError
            A part would need a label that the video's dtype cannot represent.
        """
        rows = track_table(
            (label, 0, 0, parent) for label, parent in self.parents.items()
        )
        tracks, parts = cut_at_gaps(self._presence(), rows)
        if parts:
            self._refuse_above(parts[-1].new)
        for part in parts:
            for time in range(part.begin, part.end + 1):
                self.rename(time, part.old, part.new)
        changes = tuple(self._change(time) for time in sorted(self._drawn))
        lost = self._orphans(tracks)
        words += f" {_named_tracks(lost)} without a parent now." if lost else ""
        before = self.video.tracks
        made = np.sort(tracks, order="label")
        return Edit(words, tuple(c for c in changes if len(c.pixels)), before, made)

    def _refuse_above(self, label: int) -> None:
        highest = int(np.iinfo(self.video.labels.dtype).max)
        if label > highest:
            raise AsistError(
                f"This needs the label {label}, but the highest label in this video is "
                f"{highest}; relabel the tracks with the highest labels first."
            )

    def _presence(self) -> list[NDArray[np.int64]]:
        """Return the labels of each frame, from the table and from the changes."""
        tracks, present = self.video.tracks, []
        for time in range(len(self.video)):
            covers = (tracks["begin"] <= time) & (time <= tracks["end"])
            labels = tracks["label"][covers]
            if time in self._drawn:
                change = self._change(time)
                kept = set(labels.tolist()) | change.labels()
                lost = set(np.setdiff1d(change.before, change.after).tolist())
                kept -= {label for label in lost if not len(self.pixels(time, label))}
                labels = np.array(sorted(kept - {0}), np.int64)
            present.append(labels)
        return present

    def _change(self, time: int) -> FrameChange:
        """Return what was drawn on a frame, without what is as before."""
        pixels, after = self._drawn[time]
        before = self.video.labels[time].ravel()[pixels]
        differ = before != after
        return FrameChange(time, pixels[differ], before[differ], after[differ])

    def _orphans(self, tracks: TrackTable) -> list[int]:
        """Return the tracks that lose their parent as a side effect."""
        has_parent = {label: parent for label, _, _, parent in tracks.tolist()}
        return [
            label
            for label, parent in has_parent.items()
            if not parent and self.parents.get(label) and label in self.rows
        ]


def _named_tracks(labels: list[int]) -> str:
    if len(labels) == 1:
        return f"Track {labels[0]} is"
    *first, last = map(str, labels)
    return f"Tracks {', '.join(first)} and {last} are"
