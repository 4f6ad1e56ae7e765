"""Relabel tracks or swap their labels."""

import numpy as np

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.proofreading.draft import Draft
from napari_asist.proofreading.edit import Edit


def relabel_track(video: LabelVideo, label: int, new: int) -> Edit:
    """Give a track an unused label.

    Parameters
    ----------
    video : LabelVideo
        Must be valid.
    label, new : int

    Raises
    ------
    AsistError
        The new label is in use, or the video's dtype cannot represent it.
    """
    draft = Draft(video)
    span = draft.span(label)
    highest = int(np.iinfo(video.labels.dtype).max)
    if not 1 <= new <= highest:
        raise AsistError(f"Labels in this video must be from 1 to {highest}.")
    if new in draft.rows:
        raise AsistError(
            f"Another track has the label {new}; choose an unused label, or merge or "
            "swap the two tracks."
        )
    for time in span:
        draft.rename(time, label, new)
    draft.parents[new] = draft.parents.pop(label)
    draft.adopt_children(label, new)
    return draft.finish(f"Relabeled track {label} as {new}.")


def swap_tracks(video: LabelVideo, first: int, second: int, time: int) -> Edit:
    """Swap the labels of two tracks, and so their identities, starting at a frame.

    Children stay with the objects from which they came.

    Parameters
    ----------
    video : LabelVideo
        Must be valid.
    first, second : int
    time : int
        The first frame in which they are swapped.

    Raises
    ------
    AsistError
        They are the same track, neither exists at or after this frame, or one of them
        would have a gap.
    """
    draft = Draft(video)
    if first == second:
        raise AsistError(
            "A track cannot be swapped with itself; choose a second track."
        )
    spans = {label: draft.span(label) for label in (first, second)}
    if all(span[-1] < time for span in spans.values()):
        raise AsistError(
            f"Tracks {first} and {second} both end before frame {time}; go to an "
            "earlier frame."
        )
    for label, other in ((first, second), (second, first)):
        _refuse_gap(label, spans[label], spans[other], time)
    for now in range(time, max(span.stop for span in spans.values())):
        was_first, was_second = draft.pixels(now, first), draft.pixels(now, second)
        draft.draw(now, was_first, second)
        draft.draw(now, was_second, first)
    _swap_families(draft, first, second, time)
    return draft.finish(
        f"Swapped tracks {first} and {second} starting at frame {time}."
    )


def _refuse_gap(label: int, early: range, late: range, time: int) -> None:
    """Raise an error if a track would have two parts with empty frames between them."""
    before = range(early.start, min(early.stop, time))
    after = range(max(late.start, time), late.stop)
    if before and after and after.start > before.stop:
        raise AsistError(
            f"Track {label} would have no object in frames {before.stop} to "
            f"{after.start - 1}; go to a frame that has both tracks, or choose "
            "another second track."
        )


def _swap_families(draft: Draft, first: int, second: int, time: int) -> None:
    other = {first: second, second: first}

    def named_now(parent: int) -> int:
        goes_on = parent in other and draft.span(parent)[-1] >= time
        return other[parent] if goes_on else parent

    for child, parent in list(draft.parents.items()):
        draft.parents[child] = named_now(parent)
    # A track that begins later keeps its parent, unless it continues another.
    parents = {
        label: named_now(draft.rows[label][3])
        for label in other
        if draft.span(label)[0] >= time
    }
    for label in other:
        if draft.span(label)[0] >= time:
            draft.parents[label] = parents.get(other[label], 0)
