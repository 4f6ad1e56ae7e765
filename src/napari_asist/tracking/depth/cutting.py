"""Cut objects in which tracks merge, using their earlier or later positions.

Touching objects that are segmented as one in a frame are separated by their earlier
positions or, if they are merged from their first frame on, by their later ones.
"""

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled
from napari_asist.tracking.depth.linking import PairCounts
from napari_asist.tracking.depth.objects import Segmented, describe
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.repair.tracks import Mask, Tracks

Labels = NDArray[np.int32]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Cut:
    """An object of a frame and the earlier objects that it contains.

    Parameters
    ----------
    object : int
        Index from 0.
    parts : tuple of int
        Indices from 0 of the earlier objects, with the linked one first.
    """

    object: int
    parts: tuple[int, ...]


def find_cuts(
    before: Segmented,
    after: Segmented,
    shared: PairCounts,
    links: list[tuple[int, int]],
    lived: NDArray[np.int64],
    able: NDArray[np.bool_],
    settings: DepthTrackingSettings,
) -> tuple[list[Cut], list[tuple[int, int]]]:
    """Find the objects at the position of a track that would end here.

    An object linked to a track that has existed only briefly is not cut: it is linked
    to the older track, from which the other track had split off.

    Parameters
    ----------
    before, after : Segmented
    shared : PairCounts
        Pixels that the objects have in common.
    links : list of (int, int)
        From earlier to later objects.
    lived : ndarray of int64, shape (number of earlier objects,)
        Frames in which their tracks were separate objects.
    able : ndarray of bool, shape (number of earlier objects,)
        Which of them may cut an object.
    settings : DepthTrackingSettings
        Uses `cut_history`, `cut_shared` and `cut_sum`.

    Returns
    -------
    cuts : list of Cut
    links : list of (int, int)
        Unchanged, or to older tracks.
    """
    earlier_of = {later: earlier for earlier, later in links}
    linked = set(earlier_of.values())
    claims: dict[int, list[tuple[float, int]]] = {}
    for key, pixels in zip(shared.keys.tolist(), shared.pixels.tolist(), strict=True):
        earlier, later = divmod(key, len(after))
        place = pixels / before.areas[earlier]
        if earlier not in linked and able[earlier] and place >= settings.cut_shared:
            claims.setdefault(earlier, []).append((place, later))
    by_object: dict[int, list[tuple[float, int]]] = {}
    for earlier, found in claims.items():
        place, later = max(found)
        if later in earlier_of:
            by_object.setdefault(later, []).append((place, earlier))
    cuts = []
    for later in sorted(by_object):
        parts = [earlier_of[later]]
        total = before.areas[parts[0]]
        for _, earlier in sorted(by_object[later], reverse=True):
            if after.areas[later] < settings.cut_sum * (total + before.areas[earlier]):
                break
            total += before.areas[earlier]
            parts.append(earlier)
        if len(parts) == 1:
            continue
        if lived[parts[0]] < settings.cut_history:
            earlier_of[later] = parts[1]
        else:
            cuts.append(Cut(later, tuple(parts)))
    return cuts, [(earlier, later) for later, earlier in earlier_of.items()]


def cut_objects(
    before: Segmented, after: Segmented, cuts: list[Cut], least_area: float
) -> tuple[Segmented, list[tuple[int, int]]]:
    """Cut objects of a frame by the positions of the earlier ones.

    Parameters
    ----------
    before, after : Segmented
    cuts : list of Cut
    least_area : float
        Objects are not cut if a part would have fewer pixels.

    Returns
    -------
    after : Segmented
        With new objects after the existing ones.
    links : list of (int, int)
        From earlier objects to the new ones; linked objects keep their links.
    """
    labels = after.labels.copy()
    peaks, confidence = [after.peaks], [after.confidence]
    links: list[tuple[int, int]] = []
    if not cuts:
        return after, []
    count = len(after)
    for cut, (rows, columns) in zip(cuts, _pixels(labels, cuts, count), strict=True):
        parts = np.array(cut.parts)
        nearest, distances = _nearest_part(
            rows,
            columns,
            before.centers[parts],
            before.radii[parts],
            before.areas[parts],
        )
        sizes = np.bincount(nearest, minlength=len(parts))
        if sizes.min() < least_area:
            continue
        for part, earlier in enumerate(cut.parts):
            inside = nearest == part
            inmost = np.flatnonzero(inside)[np.argmin(distances[inside])]
            peak = np.array([[rows[inmost], columns[inmost]]])
            if part == 0:
                peaks[0] = peaks[0].copy()
                peaks[0][cut.object] = peak
                continue
            labels[rows[inside], columns[inside]] = count + 1
            peaks.append(peak)
            confidence.append(after.confidence[[cut.object]])
            links.append((earlier, count))
            count += 1
    if not links:
        return after, []
    areas, centers = describe(labels, count)
    return (
        Segmented(
            labels, np.concatenate(peaks), np.concatenate(confidence), areas, centers
        ),
        links,
    )


def _pixels(
    labels: Labels, cuts: list[Cut], count: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the rows and columns of the objects to cut."""
    number = np.zeros(count + 1, np.int64)
    number[[cut.object + 1 for cut in cuts]] = np.arange(1, len(cuts) + 1)
    places, owners = _chosen(labels, number)
    order = np.argsort(owners, kind="stable")
    ends = np.cumsum(np.bincount(owners, minlength=len(cuts) + 1))[1:]
    return [
        (found // labels.shape[1], found % labels.shape[1])
        for found in np.split(places[order], ends[:-1])
    ]


@compiled
def _chosen(
    labels: Labels, number: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the flat indices of chosen labels, and their numbers."""
    count = 0
    for label in labels.flat:
        count += number[label] > 0
    places = np.empty(count, np.int64)
    owners = np.empty(count, np.int64)
    count = 0
    for place, label in enumerate(labels.flat):
        if number[label]:
            places[count] = place
            owners[count] = number[label]
            count += 1
    return places, owners


def _nearest_part(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    centers: Numbers,
    radii: Numbers,
    areas: Numbers,
) -> tuple[NDArray[np.int64], Numbers]:
    """Return the nearest center of each pixel, in radii, and the vector to it.

    The centers are moved together, so that their area-weighted mean is that of the
    pixels: touching objects move together.
    """
    here = np.array([rows.mean(), columns.mean()])
    moved = centers + here - areas @ centers / areas.sum()
    pixels = np.stack([rows, columns], axis=1)
    distances = np.linalg.norm(pixels[:, None] - moved, axis=2) / radii
    return distances.argmin(axis=1), distances.min(axis=1)


def cut_backwards(
    tracks: Tracks, typical_area: float, settings: DepthTrackingSettings
) -> int:
    """Cut the objects from which tracks emerge, backward in time.

    A track that begins after the first frame may emerge from an object that is at its
    position in the previous frame and continues next to it. If both together match that
    object, they had merged (two daughters of a division share less of their mother's
    outline: `division_shared`), so it is cut, as far back in time as this applies; a
    track that ended there is continued.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    typical_area : float
        In px.
    settings : DepthTrackingSettings
        Uses ``cut_…`` and `division_shared`.

    Returns
    -------
    int
        Number of objects that were cut.
    """
    count = 0
    least = settings.cut_area * typical_area
    last = len(tracks.labels) - 1
    for label in tracks.labels_after_start():
        if label not in tracks.begin:
            continue
        lived = tracks.end[label] - tracks.begin[label] + 1
        needed = min(settings.cut_future, last - tracks.begin[label] + 1)
        if lived < needed:
            continue
        until = tracks.begin[label] + needed - 1
        earliest = tracks.begin[label] - int(settings.cut_patience * lived)
        while tracks.begin[label] > max(earliest, 0):
            time = tracks.begin[label] - 1
            if tracks.area(label, time + 1) < least:
                break
            owner = _merged_with(tracks, label, time, settings)
            if not owner or tracks.end[owner] < until:
                break
            if not _cut_in_two(tracks, owner, label, time, least):
                break
            count += 1
            ended = _ended_at_place(tracks, label, time)
            if ended:
                tracks.join(label, ended)
                break
    return count


def _merged_with(
    tracks: Tracks, label: int, time: int, settings: DepthTrackingSettings
) -> int:
    """Return the track whose object contains two objects of the next frame, or 0."""
    box, mask = tracks.cut_out(label, time + 1)
    area = int(mask.sum())
    held = [(shared, name) for name, shared in tracks.under(box, mask, time)]
    shared, owner = max(held, default=(0, 0))
    if shared < max(settings.cut_shared, 0.5) * area or tracks.end[owner] <= time:
        return 0
    whole = tracks.area(owner, time)
    both = area + tracks.area(owner, time + 1)
    owner_box, owner_mask = tracks.cut_out(owner, time)
    inside = dict(tracks.under(owner_box, owner_mask, time + 1))
    common = inside.get(label, 0) + inside.get(owner, 0)
    jaccard = common / (whole + both - common)
    is_sum = whole >= settings.cut_sum * both
    return owner if is_sum and jaccard > settings.division_shared else 0


def _cut_in_two(
    tracks: Tracks, owner: int, label: int, time: int, least: float
) -> bool:
    """Assign the part of an object that is nearer to a later one to its track."""
    later = [owner, label]
    centers = np.stack([tracks.center(name, time + 1) for name in later])
    areas = np.array([tracks.area(name, time + 1) for name in later], np.float64)
    (row_slice, column_slice), mask = tracks.cut_out(owner, time)
    rows, columns = np.nonzero(mask)
    nearest, _ = _nearest_part(
        rows + row_slice.start,
        columns + column_slice.start,
        centers,
        np.sqrt(areas / pi),
        areas,
    )
    if np.bincount(nearest, minlength=2).min() < least:
        return False
    part: Mask = np.zeros_like(mask)
    part[rows[nearest == 1], columns[nearest == 1]] = True
    tracks.paint(label, time, (row_slice, column_slice), part)
    return True


def _ended_at_place(tracks: Tracks, label: int, time: int) -> int:
    """Return the track that ended one frame earlier at an object's position, or 0."""
    if time == 0:
        return 0
    box, mask = tracks.cut_out(label, time)
    found = [
        (shared, name)
        for name, shared in tracks.under(box, mask, time - 1)
        if tracks.end[name] == time - 1
    ]
    shared, name = max(found, default=(0, 0))
    return name if 2 * shared > mask.sum() else 0
