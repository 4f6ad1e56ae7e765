"""Select the tracks to keep by the combined evidence of all their frames."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled
from napari_asist.labels import CONFIDENCE_DTYPE, ConfidenceTable, LabelArray
from napari_asist.mapped import each_frame
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.repair.tracks import Tracks

Numbers = NDArray[np.float64]


@dataclass
class Evidence:
    """How clear the objects of each frame are, stored by a pixel inside each.

    Pixels stay in place while tracks are renamed, joined and cut.
    """

    peaks: list[NDArray[np.int32]] = field(default_factory=list)
    confidence: list[Numbers] = field(default_factory=list)
    traced: list[Numbers] = field(default_factory=list)

    def add(
        self, peaks: NDArray[np.int32], confidence: Numbers, traced: Numbers
    ) -> None:
        """Store the objects of the next frame.

        Parameters
        ----------
        peaks : ndarray of int32, shape (n, 2)
        confidence : ndarray of float64, shape (n,)
        traced : ndarray of float64, shape (n,)
            See `DepthChains.traced`.
        """
        self.peaks.append(peaks)
        self.confidence.append(confidence)
        self.traced.append(traced)

    def table(self) -> ConfidenceTable:
        """Return the confidence of all objects, as a label video stores it."""
        table = np.zeros(sum(map(len, self.confidence)), CONFIDENCE_DTYPE)
        if len(table):
            counts = [len(one) for one in self.confidence]
            table["frame"] = np.repeat(np.arange(len(counts)), counts)
            table["y"], table["x"] = np.concatenate(self.peaks).T
            table["object"] = np.concatenate(self.confidence)
            table["link"] = np.concatenate(self.traced)
        return table

    def of_tracks(self, tracks: Tracks) -> dict[int, float]:
        """Return the probability that at least one frame of a track shows an object.

        Frames are treated as independent, so a track of faint objects becomes more
        credible with every frame.
        """
        doubt = dict.fromkeys(tracks.begin, 1.0)
        for frame, peaks, confidence in zip(
            each_frame(tracks.labels), self.peaks, self.confidence, strict=True
        ):
            labels = frame[peaks[:, 0], peaks[:, 1]].tolist()
            for label, clear in zip(labels, confidence.tolist(), strict=True):
                if label:
                    doubt[label] *= 1 - clear
        return {label: 1 - value for label, value in doubt.items()}


def drop_doubtful(
    tracks: Tracks, evidence: Evidence, settings: DepthTrackingSettings
) -> None:
    """Drop tracks without parent and children that are not clear enough in any frame.

    A track at the video's first or last frame probably continues beyond it. An object
    in a single frame there is kept if its probability is above one half, and for each
    end at which a longer track is cut off, as much evidence as the video shows is
    assumed beyond it. Otherwise, faint objects that a long video shows would be missing
    from a short one.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    evidence : Evidence
    settings : DepthTrackingSettings
        Uses `evidence`.
    """
    if not settings.evidence:
        return
    found, last = evidence.of_tracks(tracks), len(tracks.labels) - 1
    for label in without_family(tracks):
        begin, end = tracks.begin[label], tracks.end[label]
        cut_off = (begin == 0) + (end == last)
        needed = 1 - (1 - settings.evidence) ** (1 / (1 + cut_off))
        if cut_off:
            needed = min(needed, 1 - 0.5 ** (end - begin + 1))
        if found[label] < needed:
            tracks.drop(label)


def drop_bits(
    tracks: Tracks, typical_area: float, settings: DepthTrackingSettings
) -> None:
    """Drop short tracks of small objects that have neither parent nor children.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    typical_area : float
        In px.
    settings : DepthTrackingSettings
        Uses `small_track` and `small_track_length`.
    """
    least = settings.small_track * typical_area
    for label in without_family(tracks):
        begin, end = tracks.begin[label], tracks.end[label]
        length = end - begin + 1
        if length > settings.small_track_length:
            continue
        total = sum(tracks.area(label, time) for time in range(begin, end + 1))
        if total < least * length:
            tracks.drop(label)


def drop_small(
    tracks: Tracks, typical_area: float, settings: DepthTrackingSettings
) -> None:
    """Drop tracks without parent and children that are too small in all frames.

    The edge of the frame hides part of an object, so tracks that touch it are kept.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    typical_area : float
        In px.
    settings : DepthTrackingSettings
        Uses `smallest_track`.
    """
    if not settings.smallest_track:
        return
    least = settings.smallest_track * typical_area
    for label in without_family(tracks):
        times = range(tracks.begin[label], tracks.end[label] + 1)
        if any(_at_edge(tracks, label, time) for time in times):
            continue
        if all(tracks.area(label, time) < least for time in times):
            tracks.drop(label)


def _at_edge(tracks: Tracks, label: int, time: int) -> bool:
    return any(
        part.start == 0 or part.stop == side
        for part, side in zip(
            tracks.boxes[time][label], tracks.labels.shape[1:], strict=True
        )
    )


def without_family(tracks: Tracks) -> list[int]:
    """Return the tracks that have neither parent nor children, ascending."""
    related = set(tracks.parent.values()) | {
        label for label, parent in tracks.parent.items() if parent
    }
    return sorted(tracks.begin.keys() - related)


def drop_beyond_margin(tracks: Tracks, settings: DepthTrackingSettings) -> None:
    """Drop tracks that are almost never inside the field of interest.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    settings : DepthTrackingSettings
        Uses `margin` and `margin_share`.
    """
    if not settings.margin:
        return
    share: dict[int, float] = {}
    for frame, boxes in zip(each_frame(tracks.labels), tracks.boxes, strict=True):
        counts = _inside_and_all(frame, settings.margin, max(boxes, default=0))
        for label in boxes:
            inside, whole = counts[label]
            share[label] = max(share.get(label, 0.0), inside / whole)
    for label in sorted(tracks.begin):
        if share[label] <= settings.margin_share:
            tracks.drop(label)


@compiled
def _inside_and_all(frame: LabelArray, margin: int, highest: int) -> NDArray[np.int64]:
    """Count each label's pixels inside the margin, and all of them."""
    height, width = frame.shape
    counts = np.zeros((highest + 1, 2), np.int64)
    for y in range(height):
        for x in range(width):
            label = frame[y, x]
            if label:
                counts[label, 1] += 1
                if margin <= y < height - margin and margin <= x < width - margin:
                    counts[label, 0] += 1
    return counts
