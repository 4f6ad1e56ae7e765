"""Find the parents of tracks that begin after the first frame."""

from dataclasses import dataclass
from itertools import groupby

from scipy.ndimage import binary_dilation

from napari_asist.tracking.repair.plausibility import are_daughters, goes_on
from napari_asist.tracking.repair.tracks import Tracks
from napari_asist.tracking.settings import TrackingSettings


@dataclass(frozen=True)
class Candidate:
    """A possible parent of a new track, and the frame that shows it."""

    parent: int
    time: int
    iou: float


def find_divisions(tracks: Tracks, settings: TrackingSettings) -> None:
    """Assign parents to new tracks.

    RSHN's rule: the first mask of a new track, slightly dilated, is compared with a few
    earlier frames to find the track that it overlaps most; a parent that continues is
    cut there, and its rest becomes the second daughter. It works for networks that give
    both daughters new embeddings and for those in which a daughter keeps the mother's.
    In addition, a division needs two daughters of plausible areas, and a single new
    track where another has ended continues that track.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    settings : TrackingSettings
    """
    for time, labels in groupby(
        tracks.labels_after_start(), key=tracks.begin.__getitem__
    ):
        found: dict[int, list[tuple[Candidate, int]]] = {}
        for label in labels:
            candidate = _best_candidate(tracks, label, settings)
            if candidate is not None:
                found.setdefault(candidate.parent, []).append((candidate, label))
        for parent, claims in found.items():
            claims.sort(key=lambda claim: (-claim[0].iou, claim[1]))
            _settle(tracks, parent, claims, time, settings)


def _best_candidate(
    tracks: Tracks, label: int, settings: TrackingSettings
) -> Candidate | None:
    begin = tracks.begin[label]
    grow = settings.division_dilation
    box, mask = tracks.cut_out(label, begin, grow)
    if grow:
        mask = binary_dilation(mask, iterations=grow)
    area = int(mask.sum())
    divided = set(tracks.parent.values())
    candidates = [
        Candidate(parent, time, shared / (area + tracks.area(parent, time) - shared))
        for time in range(max(0, begin - settings.division_look_back), begin)
        for parent, shared in tracks.under(box, mask, time)
        # A track with children has ended by dividing, no matter what later labels show.
        if parent != label and parent not in divided
    ]
    best = max(candidates, key=lambda found: (found.iou, found.time), default=None)
    return best if best and best.iou > settings.division_iou else None


def _settle(
    tracks: Tracks,
    parent: int,
    claims: list[tuple[Candidate, int]],
    time: int,
    settings: TrackingSettings,
) -> None:
    """Decide between a division, a continuation and a new cell without a parent."""
    children = [label for _, label in claims]
    if tracks.end[parent] >= time:
        for child in children:
            if are_daughters(tracks, parent, (child, parent), time, settings):
                rest = tracks.cut(parent, time)
                tracks.parent[child] = tracks.parent[rest] = parent
                return
        return
    if len(children) > 1 and are_daughters(
        tracks, parent, (children[0], children[1]), time, settings
    ):
        tracks.parent[children[0]] = tracks.parent[children[1]] = parent
    elif tracks.end[parent] == time - 1 and goes_on(
        tracks, parent, children[0], settings
    ):
        tracks.join(children[0], parent)
