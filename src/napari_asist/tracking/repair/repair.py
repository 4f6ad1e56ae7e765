"""Repair tracks: false splits, gaps, short tracks, the field of interest."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.labels import labels_in
from napari_asist.mapped import each_frame
from napari_asist.tracking.repair.settings import RepairSettings
from napari_asist.tracking.repair.tracks import Box, Mask, Tracks


def merge_false_splits(tracks: Tracks, settings: RepairSettings) -> None:
    """Merge a short track into the one at its position before and after it.

    This is RSHN's rule for fragments that split off an object for a few frames.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    settings : RepairSettings
        Uses `split_length` and `split_overlap`.
    """
    last_frame = len(tracks.labels) - 1
    for label in tracks.labels_after_start():
        begin, end = tracks.begin[label], tracks.end[label]
        if end == last_frame or end - begin + 1 > settings.split_length:
            continue
        owner = _holder(tracks, label, begin, begin - 1, settings.split_overlap)
        if owner and owner == _holder(
            tracks, label, end, end + 1, settings.split_overlap
        ):
            tracks.join(label, owner)


def _holder(
    tracks: Tracks, label: int, time: int, other_time: int, least: float
) -> int:
    """Return the track that covers an object's position in another frame, or 0."""
    box, mask = tracks.cut_out(label, time)
    found = [(n, name) for name, n in tracks.under(box, mask, other_time)]
    shared, name = max(found, default=(0, 0))
    return name if shared > least * mask.sum() else 0


def close_gaps(tracks: Tracks, settings: RepairSettings) -> None:
    """Join tracks across a few frames in which an object was missed, and fill the gap.

    A track that ends and one that begins slightly later are the same if their masks
    overlap by more than `link_iou`, largest overlap first. The missing masks are copies
    of the last one, moved along the line between both centers; if other objects occupy
    more than half of a mask's area, the gap remains.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    settings : RepairSettings
        Uses `gap` and `link_iou`.
    """
    found = []
    for label in tracks.labels_after_start():
        begin = tracks.begin[label]
        box, mask = tracks.cut_out(label, begin)
        for time in range(max(0, begin - settings.gap - 1), begin - 1):
            for earlier, shared in tracks.under(box, mask, time):
                union = mask.sum() + tracks.area(earlier, time) - shared
                if tracks.end[earlier] == time:
                    found.append((shared / union, earlier, label))
    name_of: dict[int, int] = {}
    continued: set[int] = set()
    for iou, earlier, label in sorted(found, key=lambda pair: (-pair[0], *pair[1:])):
        if iou <= settings.link_iou or earlier in continued or label in name_of:
            continue
        name = earlier
        while name in name_of:
            name = name_of[name]
        if _bridge(tracks, name, label):
            continued.add(earlier)
            name_of[label] = name


def _bridge(tracks: Tracks, earlier: int, label: int) -> bool:
    """Fill the frames between two tracks and join them, if there is room."""
    last, begin = tracks.end[earlier], tracks.begin[label]
    box, mask = tracks.cut_out(earlier, last)
    displacement = tracks.center(label, begin) - tracks.center(earlier, last)
    fills = []
    for time in range(last + 1, begin):
        step = np.round(displacement * (time - last) / (begin - last)).astype(int)
        moved, part = _moved(box, mask, step, tracks.labels.shape[1:])
        free = part & (tracks.frame(time)[moved] == 0)
        if 2 * free.sum() <= mask.sum():
            return False
        fills.append((time, moved, free))
    for time, moved, free in fills:
        tracks.paint(earlier, time, moved, free)
    tracks.join(label, earlier)
    return True


def _moved(
    box: Box, mask: Mask, step: NDArray[np.int64], shape: tuple[int, ...]
) -> tuple[Box, Mask]:
    """Move a mask and crop it at the frame's edge."""
    outside: list[slice] = []
    inside: list[slice] = []
    for part, offset, length in zip(box, step.tolist(), shape, strict=True):
        start = min(max(part.start + offset, 0), length)
        stop = min(max(part.stop + offset, 0), length)
        outside.append(slice(start, stop))
        origin = part.start + offset
        inside.append(slice(start - origin, stop - origin))
    return (outside[0], outside[1]), mask[inside[0], inside[1]]


def drop_short(tracks: Tracks, settings: RepairSettings) -> None:
    """Drop short tracks that have neither parent nor children.

    A video with fewer frames than `minimum_length` keeps tracks that span it.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    settings : RepairSettings
        Uses `minimum_length`.
    """
    least = min(settings.minimum_length, len(tracks.labels))
    related = set(tracks.parent.values()) | {
        label for label, parent in tracks.parent.items() if parent
    }
    for label in sorted(tracks.begin.keys() - related):
        if tracks.end[label] - tracks.begin[label] + 1 < least:
            tracks.drop(label)


def refuse_wide_margin(shape: tuple[int, ...], margin: int) -> None:
    """Reject a margin that leaves nothing of a frame; called before long work.

    Parameters
    ----------
    shape : tuple of int
        Shape of the video; height and width come last.
    margin : int
    """
    if 2 * margin >= min(shape[-2:]):
        raise AsistError(
            f"tracking.margin = {margin}: it leaves nothing of frames of {shape[-2]} × "
            f"{shape[-1]} px; set it below {(min(shape[-2:]) + 1) // 2}."
        )


def drop_outside_field(tracks: Tracks, settings: RepairSettings) -> None:
    """Drop tracks that are never inside the field of interest.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    settings : RepairSettings
        Uses `margin`.
    """
    margin = settings.margin
    refuse_wide_margin(tracks.labels.shape, margin)
    if not margin:
        return
    inside: set[int] = set()
    for frame in each_frame(tracks.labels):
        field = frame[margin:-margin, margin:-margin]
        inside.update(labels_in(field).tolist())
    for label in sorted(tracks.begin.keys() - inside):
        tracks.drop(label)


def settle_lone_children(tracks: Tracks) -> None:
    """Resolve parents with a single child: join the two, or remove the parent.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    """
    parents = set(tracks.parent.values()) - {0}
    for label in sorted(parents, key=tracks.begin.__getitem__, reverse=True):
        children = tracks.children(label)
        if len(children) == 1:
            if tracks.begin[children[0]] == tracks.end[label] + 1:
                tracks.join(children[0], label)
            else:
                tracks.parent[children[0]] = 0
