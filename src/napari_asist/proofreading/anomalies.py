"""What is unusual in a result: single anomalies of tracks, without ground truth.

Lengths are in units of the typical object's radius, and changes in units of their
spread in the video and in the track, so nothing depends on magnification or frame rate.
The level of an anomaly says how bad it is; levels of different kinds are comparable,
and several anomalies with one cause add up.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelVideo, confidence_of_objects
from napari_asist.mapped import each_frame
from napari_asist.measurement.objects import ObjectTable
from napari_asist.measurement.tracks import steps

LIMIT = 6.0
"""Number of spreads from which on a change is unusual. Displacements and areas have
heavy tails, so a lower limit would list what is right."""

FEWEST = 3
"""Fewest values of which a median or a spread is taken."""

INSIDE = 3.0
"""Level of a track that begins or ends far inside the field, where others do not."""

LEAST_RARITY = 0.1
"""Objects may appear anywhere, as sticks do; each is then listed far down."""

LEAST_STEP = 0.1
"""Displacements and their spread below this many radii do not matter."""

LEAST_DISTANCE = 0.25
"""Spread of the distance from a mother to her daughters, in radii."""

LEAST_ASYMMETRY = 0.1
"""Spread of the logarithm of the ratio of two daughters' areas."""

LEAST_DOUBT = 0.05
"""Spread of a network's confidence."""

LEAST_GROWTH = 0.05
"""Spread of the logarithm of the ratio of an object's areas in two frames."""

RIM = 0.25
"""Outlines are uncertain by this many pixels, which limits what areas can say."""

SOON = 2
"""Frames around a division in which areas change; a daughter whose track is not longer
died at once."""

CONSISTENT = 1.4826
"""Standard deviations of normally distributed values in one median deviation."""


@dataclass(frozen=True)
class Anomaly:
    """Something unusual at one place of a track.

    Parameters
    ----------
    label : int
        The track.
    frame : int
    level : float
        How bad it is.
    words : str
        What was found, for the user.
    change : float
        For areas, the logarithm of the ratio to the previous frame; otherwise 0.
    """

    label: int
    frame: int
    level: float
    words: str
    change: float = 0.0


class MeasuredTracks:
    """The objects of a video by track, with what is typical of them.

    Parameters
    ----------
    video : LabelVideo
    objects : structured ndarray of `OBJECT_DTYPE`
        Its objects.
    """

    def __init__(self, video: LabelVideo, objects: ObjectTable) -> None:
        self.along = np.sort(objects, order=("label", "frame"))
        """The objects, track by track."""
        self.frames = len(video)
        self.field: tuple[int, ...] = video.labels.shape[1:]
        area = float(np.median(objects["area"])) if len(objects) else 1.0
        self.radius = math.sqrt(area / math.pi)
        """Of a disk with the typical area, in px."""
        self.rows: dict[int, tuple[int, int, int, int]] = {
            row[0]: row for row in video.tracks.tolist()
        }
        """Label, begin, end and parent of each track, by label."""
        self.children: defaultdict[int, list[int]] = defaultdict(list)
        for label, _, _, parent in self.rows.values():
            if parent:
                self.children[parent].append(label)
        keys = zip(
            self.along["label"].tolist(), self.along["frame"].tolist(), strict=True
        )
        self._place = {key: place for place, key in enumerate(keys)}
        self.moved = steps(self.along) / self.radius
        """How far each object moved since the previous frame, in radii, or NaN."""
        self.usual_step = _median(self.moved)
        self._cut = _cut_by_border(video)

    def place(self, label: int, frame: int) -> tuple[float, float]:
        """Return row and column of an object's center."""
        found = self.along[self._place[label, frame]]
        return float(found["y"]), float(found["x"])

    def size(self, label: int, frame: int) -> float:
        """Return the radius of a disk with an object's area, in typical radii."""
        area = float(self.along["area"][self._place[label, frame]])
        return math.sqrt(area / math.pi) / self.radius

    def distance(self, one: tuple[int, int], other: tuple[int, int]) -> float:
        """Return the distance of two objects, by label and frame, in radii."""
        return math.dist(self.place(*one), self.place(*other)) / self.radius

    def is_there(self, label: int, frame: int) -> bool:
        """Return whether a track has an object in a frame."""
        return (label, frame) in self._place

    def is_cut(self, label: int, frame: int) -> bool:
        """Return whether the border of the field cuts an object."""
        return (label, frame) in self._cut

    def depth(self, label: int, frame: int) -> float:
        """Return how far inside an object is, beyond a step from the border, in radii.

        An object that enters or leaves has a depth of at most 0.
        """
        if self.is_cut(label, frame):
            return 0.0
        place = self.place(label, frame)
        edges = zip(place, self.field, strict=True)
        nearest = min(min(at, size - 1 - at) for at, size in edges)
        return (
            nearest / self.radius
            - self.size(label, frame)
            - max(self.usual_step, LEAST_STEP)
        )

    def is_dividing(self, label: int, frame: int) -> bool:
        """Return whether an object is about to divide or was just born, so it is small.

        Nuclei condense before they divide, and grow as much afterwards.
        """
        _, begin, end, parent = self.rows[label]
        is_mother = len(self.children.get(label, ())) > 1
        is_daughter: bool = parent != 0
        return (is_mother and end - frame <= SOON) or (
            is_daughter and frame - begin <= SOON
        )

    def starts(self) -> NDArray[np.intp]:
        """Return where each track starts among the objects."""
        labels = self.along["label"]
        return np.flatnonzero(np.diff(labels, prepend=labels[:1] - 1))


def sudden_ends(tracks: MeasuredTracks) -> dict[int, Anomaly]:
    """Return the tracks that end inside the field before the last frame, by label."""
    return _inside(
        tracks,
        {
            label: end
            for label, _, end, _ in tracks.rows.values()
            if end < tracks.frames - 1 and label not in tracks.children
        },
        "The track ends inside the field.",
    )


def sudden_begins(tracks: MeasuredTracks) -> dict[int, Anomaly]:
    """Return the tracks that begin inside the field after the first frame, by label."""
    return _inside(
        tracks,
        {
            label: begin
            for label, begin, _, parent in tracks.rows.values()
            if begin and not parent
        },
        "The track begins inside the field.",
    )


def area_changes(tracks: MeasuredTracks) -> dict[tuple[int, int], Anomaly]:
    """Return the sudden changes of area, by label and frame after the change."""
    along = tracks.along
    logarithm = np.log(along["area"])
    change = np.where(
        np.isnan(tracks.moved), np.nan, np.diff(logarithm, prepend=np.nan)
    )
    is_cut = [
        tracks.is_cut(label, frame) or tracks.is_cut(label, frame - 1)
        for label, frame in along[["label", "frame"]].tolist()
    ]
    change[np.array(is_cut, bool)] = np.nan
    # The outline of a disk is 2/r times as long as its area is large.
    least = np.maximum(LEAST_GROWTH, 2 * RIM / np.sqrt(along["area"] / math.pi))
    found = {}
    spreads = (change - _median(change)) / np.maximum(_spreads(tracks, change), least)
    for place in np.flatnonzero(np.abs(spreads) > LIMIT):
        label, frame = along["label"][place].item(), along["frame"][place].item()
        ratio = math.exp(change[place])
        words = f"The area changes to {ratio:.0%} in one frame."
        level = _level(abs(spreads[place]))
        found[label, frame] = Anomaly(label, frame, level, words, float(change[place]))
    return found


def sudden_moves(tracks: MeasuredTracks) -> dict[tuple[int, int], Anomaly]:
    """Return the sudden moves, by label and frame after the move."""
    along, moved = tracks.along, tracks.moved
    usual = np.full(len(moved), _median(moved))
    for begin, end in _parts(tracks):
        if np.count_nonzero(~np.isnan(moved[begin:end])) >= FEWEST:
            usual[begin:end] = np.maximum(_median(moved[begin:end]), usual[begin])
    spreads = (moved - usual) / np.maximum(_spreads(tracks, moved), LEAST_STEP)
    found = {}
    for place in np.flatnonzero(spreads > LIMIT):
        label, frame = along["label"][place].item(), along["frame"][place].item()
        words = f"The object moves by {moved[place]:.1f} radii in one frame."
        found[label, frame] = Anomaly(label, frame, _level(spreads[place]), words)
    return found


def odd_divisions(
    tracks: MeasuredTracks, ends: dict[int, Anomaly]
) -> dict[int, Anomaly]:
    """Return the divisions with odd daughters, by mother.

    Parameters
    ----------
    tracks : MeasuredTracks
    ends : dict
        See `sudden_ends`; those of daughters that die at once are removed.
    """
    mothers = [label for label, born in tracks.children.items() if len(born) > 1]
    asymmetry, apart = {}, {}
    for mother in mothers:
        end = tracks.rows[mother][2]
        born = {label: tracks.rows[label][1] for label in tracks.children[mother]}
        sizes = [math.log(tracks.size(*daughter)) for daughter in born.items()]
        is_whole = not any(tracks.is_cut(*daughter) for daughter in born.items())
        asymmetry[mother] = 2 * (max(sizes) - min(sizes)) if is_whole else math.nan
        apart[mother] = max(
            tracks.distance((mother, end), daughter) for daughter in born.items()
        )
    odd = np.zeros(len(mothers))
    words = [""] * len(mothers)
    for values, least, text in (
        (asymmetry, LEAST_ASYMMETRY, "One daughter is {:.1f} times as large."),
        (apart, LEAST_DISTANCE, "A daughter appears {:.1f} radii from her mother."),
    ):
        found = np.array([values[mother] for mother in mothers])
        is_ratio = values is asymmetry
        usual = 0.0 if is_ratio else min(_median(found), 1 + _median(tracks.moved))
        spread = max(_spread(found), least) if len(found) >= FEWEST else least
        for place in np.flatnonzero((found - usual) / spread > LIMIT):
            odd[place] += _level((found[place] - usual) / spread)
            shown = math.exp(found[place]) if is_ratio else found[place]
            words[place] += " " + text.format(shown)
    found_divisions = {}
    for place, mother in enumerate(mothers):
        born_labels = tracks.children[mother]
        if len(born_labels) > 2:
            odd[place] += INSIDE
            words[place] += f" It has {len(born_labels)} daughters."
        for daughter in born_labels:
            _, begin, end, _ = tracks.rows[daughter]
            if daughter in ends and end - begin < SOON:
                odd[place] += ends.pop(daughter).level
                words[place] += f" Daughter {daughter} dies at once."
        if odd[place]:
            frame = min(tracks.rows[daughter][1] for daughter in born_labels)
            found_divisions[mother] = Anomaly(
                mother, frame, float(odd[place]), words[place].strip()
            )
    return found_divisions


def lone_daughters(tracks: MeasuredTracks) -> dict[int, Anomaly]:
    """Return the mothers whose only child begins in the next frame, by label.

    An only child after a gap continues an interrupted track.
    """
    return {
        mother: Anomaly(mother, begin, INSIDE / 2, "It has only one daughter.")
        for mother, born in tracks.children.items()
        for begin in [tracks.rows[born[0]][1]]
        if len(born) == 1
        and begin == tracks.rows[mother][2] + 1
        and tracks.depth(born[0], begin) > 0
    }


def doubts(
    video: LabelVideo, tracks: MeasuredTracks
) -> tuple[dict[int, Anomaly], dict[int, Anomaly]]:
    """Return where the network is least sure of an outline and of a link.

    Returns
    -------
    outlines, links : dict
        The worst frame of each track with one far below what is usual, by label.
    """
    sure = confidence_of_objects(video)
    clear = {key: values[0] for key, values in sure.items()}
    traced = {key: values[1] for key, values in sure.items()}
    return (
        _lowest(clear, tracks, "The network is {:.0%} sure of the outline."),
        _lowest(traced, tracks, "The network traces {:.0%} of the object back."),
    )


def _lowest(
    confidence: dict[tuple[int, int], float], tracks: MeasuredTracks, text: str
) -> dict[int, Anomaly]:
    values = np.array(list(confidence.values()))
    below = (_median(values) - values) / max(_spread(values), LEAST_DOUBT)
    found: dict[int, Anomaly] = {}
    for (frame, label), value, spreads in zip(
        confidence, values.tolist(), below.tolist(), strict=True
    ):
        if spreads > LIMIT and tracks.is_there(label, frame):
            level = _level(spreads)
            if label not in found or found[label].level < level:
                found[label] = Anomaly(label, frame, level, text.format(value))
    return found


def _inside(
    tracks: MeasuredTracks, frame_of: dict[int, int], words: str
) -> dict[int, Anomaly]:
    depths = {label: tracks.depth(label, at) for label, at in frame_of.items()}
    inside = {label: depth for label, depth in depths.items() if depth > 0}
    # If most tracks do this, as those of sticks do, it says little about each.
    rarity = max(1 - len(inside) / max(len(tracks.rows), 1), LEAST_RARITY)
    return {
        label: Anomaly(
            label, frame_of[label], INSIDE * rarity * depth / (0.5 + depth), words
        )
        for label, depth in inside.items()
    }


def _level(spreads: float) -> float:
    """Return how bad a change is: 1 at the limit, and 1 more for each doubling."""
    return 1 + math.log2(spreads / LIMIT)


def _median(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else 0.0


def _spread(values: NDArray[np.float64]) -> float:
    """Return the robust standard deviation of the values that are not NaN."""
    return CONSISTENT * _median(np.abs(values - _median(values)))


def _spreads(
    tracks: MeasuredTracks, values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return for each object the spread of the video, or of its track if larger."""
    spreads = np.full(len(values), _spread(values))
    for begin, end in _parts(tracks):
        part = values[begin:end]
        if np.count_nonzero(~np.isnan(part)) >= FEWEST:
            spreads[begin:end] = np.maximum(spreads[begin:end], _spread(part))
    return spreads


def _parts(tracks: MeasuredTracks) -> Iterator[tuple[int, int]]:
    """Yield where each track begins and ends among the objects."""
    starts = tracks.starts().tolist()
    yield from zip(starts, [*starts[1:], len(tracks.along)], strict=True)


def _cut_by_border(video: LabelVideo) -> set[tuple[int, int]]:
    """Return label and frame of the objects at the border of the field."""
    found: set[tuple[int, int]] = set()
    for time, frame in enumerate(each_frame(video.labels)):
        border = np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]])
        found.update((label, time) for label in np.unique(border).tolist() if label)
    return found
