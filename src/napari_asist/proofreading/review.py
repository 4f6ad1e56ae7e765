"""The review queue: what in a result deserves a look, worst first.

Anomalies with one cause become one item: where an object is missing in the frame in
which its neighbor is twice as large, the two were merged.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from napari_asist.labels import LabelVideo
from napari_asist.measurement.objects import ObjectTable
from napari_asist.proofreading.anomalies import (
    Anomaly,
    MeasuredTracks,
    area_changes,
    doubts,
    lone_daughters,
    odd_divisions,
    sudden_begins,
    sudden_ends,
    sudden_moves,
)

BEGINS = "begins inside the field"
ENDS = "ends inside the field"
BRIEF = "appears briefly"
INTERRUPTED = "interrupted"
MERGED = "merged"
SPLIT = "split"
SWAPPED = "swapped"
NOT_LINKED = "division without parent"
ODD_DIVISION = "odd division"
AREA = "sudden change of area"
SPEED = "sudden move"
UNSURE_OUTLINE = "unsure outline"
UNSURE_LINK = "unsure link"

KINDS = (
    BEGINS,
    ENDS,
    BRIEF,
    INTERRUPTED,
    MERGED,
    SPLIT,
    SWAPPED,
    NOT_LINKED,
    ODD_DIVISION,
    AREA,
    SPEED,
    UNSURE_OUTLINE,
    UNSURE_LINK,
)

FEW = 2
"""Frames: longest life of a brief object, and longest interruption."""

REACH = 2.0
"""Radii per frame within which a track may continue, in addition to its usual step."""

CHILDLESS_GAP = 1.0
"""Level of a gap in a track that is already linked across it."""


@dataclass(frozen=True)
class ReviewItem:
    """One place in a result that deserves a look.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    frame : int
        Counts from the result's first frame.
    labels : tuple of int
        The tracks involved; the first one is the one to correct.
    y, x : float
        Pixels: the center of the object in this frame.
    level : float
        How bad it is; comparable between kinds.
    words : str
        What was found.
    """

    kind: str
    frame: int
    labels: tuple[int, ...]
    y: float
    x: float
    level: float
    words: str

    @property
    def key(self) -> tuple[str, int, int, int]:
        """Kind and place, which stay when other tracks are corrected or relabeled."""
        return self.kind, self.frame, round(self.y), round(self.x)


def review_items(video: LabelVideo, objects: ObjectTable) -> list[ReviewItem]:
    """List what deserves a look, without ground truth.

    Parameters
    ----------
    video : LabelVideo
        Must be valid.
    objects : structured ndarray of `OBJECT_DTYPE`
        Its objects.

    Returns
    -------
    list of ReviewItem
        Worst first.
    """
    if not len(objects):
        return []
    return sorted(
        _Review(video, objects).items(), key=lambda item: (-item.level, item.key)
    )


class _Review:
    """Anomalies that are combined to items; each belongs to one item only."""

    def __init__(self, video: LabelVideo, objects: ObjectTable) -> None:
        self.tracks = MeasuredTracks(video, objects)
        self.ends = sudden_ends(self.tracks)
        self.begins = sudden_begins(self.tracks)
        self.areas = area_changes(self.tracks)
        self.moves = sudden_moves(self.tracks)
        self.divisions = odd_divisions(self.tracks, self.ends)
        self.divisions.update(lone_daughters(self.tracks))
        self.outlines, self.links = doubts(video, self.tracks)
        self.found: list[ReviewItem] = []

    def items(self) -> list[ReviewItem]:
        """Combine the anomalies, from the most to the least specific."""
        self._find_splits(most=FEW)
        self._find_merges()
        self._find_splits(most=self.tracks.frames)
        self._find_unlinked_divisions()
        self._find_interruptions()
        self._find_brief()
        self._find_swaps()
        self._add_divisions()
        for kind, anomalies in ((ENDS, self.ends), (BEGINS, self.begins)):
            for anomaly in anomalies.values():
                self._add(kind, anomaly.frame, [anomaly])
        self._add_changes()
        for kind, anomalies in (
            (UNSURE_OUTLINE, self.outlines),
            (UNSURE_LINK, self.links),
        ):
            for anomaly in anomalies.values():
                self._add(kind, anomaly.frame, [anomaly])
        return self.found

    def _find_splits(self, most: int) -> None:
        """Find tracks that begin where a neighbor shrinks.

        Parameters
        ----------
        most : int
            Longest life of such a track, in frames.
        """
        for label, begin in list(self.begins.items()):
            _, first, last, _ = self.tracks.rows[label]
            if last - first >= most:
                continue
            neighbor = self._changed_neighbor((label, first), first, -1)
            if not neighbor:
                continue
            causes = [begin, *self._take_changes(neighbor, first)]
            del self.begins[label]
            words = f"Track {neighbor} shrinks where track {label} begins."
            if last - first < FEW and label in self.ends:
                causes += [self.ends.pop(label)]
                causes += self._take_changes(neighbor, last + 1)
                words = f"Track {neighbor} is in two {_for_frames(last - first + 1)}."
            self._add(SPLIT, first, causes, words, (neighbor, label), shown=label)

    def _find_merges(self) -> None:
        """Find tracks that end, or pause, where a neighbor grows."""
        pauses = {
            label: Anomaly(label, self.tracks.rows[label][2], CHILDLESS_GAP, "")
            for label in self.tracks.children
            if self._continuation(label)
        }
        for label, end in {**pauses, **self.ends}.items():
            last = self.tracks.rows[label][2]
            neighbor = self._changed_neighbor((label, last), last + 1, 1)
            if not neighbor:
                continue
            causes = [end, *self._take_changes(neighbor, last + 1)]
            self.ends.pop(label, None)
            words = f"Track {neighbor} grows where track {label} ends."
            after = self._continuation(label) or self._next_of(label, FEW + 1)
            if after:
                begin = self.tracks.rows[after][1]
                if after in self.begins:
                    causes.append(self.begins.pop(after))
                causes += self._take_changes(neighbor, begin)
                words = (
                    f"Track {neighbor} covers track {label} "
                    f"{_for_frames(begin - last - 1)}."
                )
            self._add(MERGED, last + 1, causes, words, (neighbor, label), neighbor)

    def _find_unlinked_divisions(self) -> None:
        for label, end in list(self.ends.items()):
            last = end.frame
            born = [
                other
                for other in self._begins_near(label, 1)
                if self.tracks.size(other, last + 1) < self.tracks.size(label, last)
            ]
            if len(born) == 2:
                causes = [self.ends.pop(label), *map(self.begins.pop, born)]
                words = f"Tracks {born[0]} and {born[1]} begin where {label} ends."
                labels = (born[0], label, born[1])
                self._add(NOT_LINKED, last + 1, causes, words, labels, born[0])

    def _find_interruptions(self) -> None:
        for label in list(self.ends):
            after = self._next_of(label, FEW + 1)
            if after:
                end = self.ends.pop(label)
                causes = [end, self.begins.pop(after)]
                words = f"Track {after} may continue track {label}."
                self._add(INTERRUPTED, end.frame, causes, words, (label, after))

    def _find_brief(self) -> None:
        for label in self.ends.keys() & self.begins.keys():
            _, first, last, _ = self.tracks.rows[label]
            if last - first < FEW:
                causes = [self.begins.pop(label), self.ends.pop(label)]
                words = f"The object is there {_for_frames(last - first + 1)}."
                self._add(BRIEF, first, causes, words)

    def _find_swaps(self) -> None:
        """Find pairs of tracks that jump to each other's place."""
        for one, frame in list(self.moves):
            for other in [name for name, time in self.moves if time == frame]:
                if one >= other or (one, frame) not in self.moves:
                    continue
                kept = sum(
                    self.tracks.distance((name, frame - 1), (name, frame))
                    for name in (one, other)
                )
                swapped = sum(
                    self.tracks.distance((name, frame - 1), (target, frame))
                    for name, target in ((one, other), (other, one))
                )
                if swapped < kept:
                    causes = [
                        *self._take_changes(one, frame),
                        *self._take_changes(other, frame),
                    ]
                    words = f"Tracks {one} and {other} jump to each other's place."
                    self._add(SWAPPED, frame, causes, words, (one, other))

    def _add_divisions(self) -> None:
        for mother, anomaly in self.divisions.items():
            born = tuple(self.tracks.children[mother])
            labels = (born[0], mother, *born[1:])
            self._add(
                ODD_DIVISION, anomaly.frame, [anomaly], anomaly.words, labels, born[0]
            )

    def _add_changes(self) -> None:
        """Add changes of area and speed; those around one frame are one item."""
        for key in [key for key in self.areas if self.tracks.is_dividing(*key)]:
            del self.areas[key]
        changes = [*self.areas.values(), *self.moves.values()]
        for change in sorted(changes, key=lambda anomaly: -anomaly.level):
            key = (change.label, change.frame)
            if change not in (self.areas.get(key), self.moves.get(key)):
                continue  # part of a worse one
            kind = AREA if self.areas.get(key) is change else SPEED
            causes = [
                cause
                for frame in (change.frame - 1, change.frame, change.frame + 1)
                for cause in self._take_changes(change.label, frame)
            ]
            words = change.words
            # Only the worst counts: the way there and back is one jump.
            self._add(kind, change.frame, [max(causes, key=lambda c: c.level)], words)

    def _changed_neighbor(
        self, place: tuple[int, int], frame: int, direction: int
    ) -> int:
        """Return the track beside an object whose area rises or falls, or 0."""
        near = [
            (self.tracks.distance(place, (label, time)), label)
            for (label, time), change in self.areas.items()
            if time == frame and change.change * direction > 0 and label != place[0]
        ]
        label = min(near, default=(0.0, 0))[1]
        if not label:
            return 0
        reach = self.tracks.size(*place) + max(
            self.tracks.size(label, frame), self.tracks.size(label, frame - 1)
        )
        return label if min(near)[0] < reach + self.tracks.usual_step else 0

    def _take_changes(self, label: int, frame: int) -> list[Anomaly]:
        """Remove and return the changes of area and speed of a track in a frame."""
        key = (label, frame)
        return [
            changes.pop(key) for changes in (self.areas, self.moves) if key in changes
        ]

    def _continuation(self, label: int) -> int:
        """Return the only child after a gap, which continues a track, or 0."""
        born = self.tracks.children.get(label, [])
        if len(born) != 1:
            return 0
        gap = self.tracks.rows[born[0]][1] - self.tracks.rows[label][2] - 1
        return born[0] if 1 <= gap <= FEW else 0

    def _begins_near(self, label: int, frames: int) -> list[int]:
        """Return the tracks that begin soon near the end of a track, nearest first."""
        last = self.tracks.rows[label][2]
        near = []
        for other, begin in self.begins.items():
            gap = begin.frame - last
            if 1 <= gap <= frames:
                distance = self.tracks.distance((label, last), (other, begin.frame))
                if distance <= REACH + gap * self.tracks.usual_step:
                    near.append((gap, distance, other))
        return [other for _, _, other in sorted(near)]

    def _next_of(self, label: int, frames: int) -> int:
        return next(iter(self._begins_near(label, frames)), 0)

    def _add(
        self,
        kind: str,
        frame: int,
        causes: Iterable[Anomaly],
        words: str = "",
        labels: tuple[int, ...] = (),
        shown: int = 0,
    ) -> None:
        """Add an item.

        Parameters
        ----------
        kind : str
        frame : int
        causes : iterable of Anomaly
            Their levels add up.
        words : str, optional
            By default, those of the first cause.
        labels : tuple of int, optional
            By default, the track of the first cause.
        shown : int, optional
            The object to look at, if it is not that of the first label.
        """
        known = list(causes)
        labels = labels or (known[0].label,)
        y, x = self.tracks.place(shown or labels[0], frame)
        level = sum(cause.level for cause in known)
        item = ReviewItem(kind, frame, labels, y, x, level, words or known[0].words)
        self.found.append(item)


def _for_frames(count: int) -> str:
    return "for one frame" if count == 1 else f"for {count} frames"
