"""Split a track in time, or an object in two."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.proofreading.draft import Draft
from napari_asist.proofreading.edit import Edit
from napari_asist.proofreading.halves import halves


def split_track(
    video: LabelVideo, label: int, time: int, as_child: bool = False
) -> Edit:
    """Relabel a track starting at a frame; its children belong to the later part.

    Parameters
    ----------
    video : LabelVideo
        Must be valid.
    label : int
    time : int
        The first frame of the later part.
    as_child : bool
        Whether the earlier part is the parent of the later one.

    Raises
    ------
    AsistError
        The frame is not within the track, after its first frame.
    """
    draft = Draft(video)
    span = draft.span(label)
    if not span.start < time < span.stop:
        raise AsistError(
            f"Track {label} is in frames {span.start} to {span[-1]}, so it cannot be "
            f"split at frame {time}; go to a frame after its first one."
        )
    new = draft.free_label()
    for now in range(time, span.stop):
        draft.rename(now, label, new)
    draft.adopt_children(label, new)
    draft.parents[new] = label if as_child else 0
    relation = ", its child" if as_child else ""
    return draft.finish(
        f"Split track {label} at frame {time}; it continues as {new}{relation}."
    )


def split_object(
    video: LabelVideo, label: int, times: Iterable[int] | None = None
) -> Edit:
    """Cut an object in two; one part gets a new label.

    Parts in successive frames are matched by distance. Frames in which the object is a
    single pixel are not changed.

    Parameters
    ----------
    video : LabelVideo
        Must be valid.
    label : int
    times : iterable of int, optional
        The frames; all frames of the track if omitted.

    Raises
    ------
    AsistError
        The object is absent from all of the frames, or too small.
    """
    draft = Draft(video)
    span = draft.span(label)
    wanted = list(span) if times is None else sorted(set(times) & set(span))
    if not wanted:
        raise AsistError(
            f"Track {label} is in frames {span.start} to {span[-1]}, not in this "
            "frame; go to one of those."
        )
    new = draft.free_label()
    follower = _Follower()
    done = [time for time in wanted if _split(draft, time, label, new, follower)]
    if not done:
        raise AsistError(f"Track {label} is too small to split.")
    # A part that is present from the first frame is a sibling.
    draft.parents[new] = draft.parents[label] if done[0] == span.start else 0
    where = f"in frame {done[0]}" if len(done) == 1 else f"in {len(done)} frames"
    return draft.finish(f"Split track {label} in two {where}; the new one is {new}.")


class _Follower:
    """Chooses which of two parts continues the new part of the previous frame."""

    def __init__(self) -> None:
        self._middles: NDArray[np.float64] | None = None

    def is_swapped(self, middles: NDArray[np.float64]) -> bool:
        """Choose it from the centers of the two parts, shape (2, 2)."""
        is_swapped = False
        if self._middles is not None:
            straight = ((middles - self._middles) ** 2).sum()
            crossed = ((middles[::-1] - self._middles) ** 2).sum()
            is_swapped = bool(crossed < straight)
        self._middles = middles[::-1] if is_swapped else middles
        return is_swapped


def _split(draft: Draft, time: int, label: int, new: int, follower: _Follower) -> bool:
    pixels = draft.pixels(time, label)
    rows, columns = np.divmod(pixels, draft.video.labels.shape[2])
    top, left = rows.min(), columns.min()
    place = rows - top, columns - left
    mask = np.zeros((place[0].max() + 1, place[1].max() + 1), bool)
    mask[place] = True
    kept = halves(mask)
    if kept is None:
        return False
    new_part = mask & ~kept
    middles = [np.argwhere(part).mean(axis=0) for part in (kept, new_part)]
    if follower.is_swapped(np.array(middles) + np.array([top, left])):
        new_part = kept
    draft.draw(time, pixels[new_part[place]], new)
    return True
