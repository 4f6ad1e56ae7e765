"""Tracks get other labels, or exchange theirs."""

import numpy as np

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.proofreading.draft import Draft
from napari_asist.proofreading.edit import Edit


def relabel_track(video: LabelVideo, label: int, new: int) -> Edit:
    """Give a track a label that is free.

    Parameters
    ----------
    video : LabelVideo
        A valid one.
    label, new : int

    Raises
    ------
    AsistError
        The new label is in use or the video's labels cannot hold it.
    """
    draft = Draft(video)
    span = draft.span(label)
    highest = int(np.iinfo(video.labels.dtype).max)
    if not 1 <= new <= highest:
        raise AsistError(f"A label of this video is a number from 1 to {highest}.")
    if new in draft.rows:
        raise AsistError(
            f"Another track has the label {new}; choose a free one, or merge or swap "
            "the two."
        )
    for time in span:
        draft.rename(time, label, new)
    draft.parents[new] = draft.parents.pop(label)
    draft.adopt_children(label, new)
    return draft.finish(f"Relabeled track {label} as {new}.")


def swap_tracks(video: LabelVideo, first: int, second: int, time: int) -> Edit:
    """Exchange the labels of two tracks from a frame on: their identities.

    The children stay with the objects from which they came.

    Parameters
    ----------
    video : LabelVideo
        A valid one.
    first, second : int
    time : int
        The first frame in which they are exchanged.

    Raises
    ------
    AsistError
        They are the same, neither is there from this frame on, or one of them would
        have a gap.
    """
    draft = Draft(video)
    if first == second:
        raise AsistError("A track has no other identity; choose a second track.")
    spans = {label: draft.span(label) for label in (first, second)}
    if all(span[-1] < time for span in spans.values()):
        raise AsistError(
            f"Tracks {first} and {second} both end before frame {time}; go to an "
            "earlier frame."
        )
    for label, other in ((first, second), (second, first)):
        _refuse_gap(label, spans[label], spans[other], time)
    for now in range(time, max(span.stop for span in spans.values())):
        frame = draft.frame(now)
        was_first, was_second = frame == first, frame == second
        frame[was_first], frame[was_second] = second, first
    _swap_families(draft, first, second, time)
    return draft.finish(f"Swapped tracks {first} and {second} from frame {time} on.")


def _refuse_gap(label: int, early: range, late: range, time: int) -> None:
    """Raise when a track would consist of two parts with frames between them."""
    before = range(early.start, min(early.stop, time))
    after = range(max(late.start, time), late.stop)
    if before and after and after.start > before.stop:
        raise AsistError(
            f"Track {label} would have no object in frames {before.stop} to "
            f"{after.start - 1}; go to a frame in which both tracks are, "
            "or choose another second track."
        )


def _swap_families(draft: Draft, first: int, second: int, time: int) -> None:
    other = {first: second, second: first}

    def named_now(parent: int) -> int:
        goes_on = parent in other and draft.span(parent)[-1] >= time
        return other[parent] if goes_on else parent

    for child, parent in list(draft.parents.items()):
        draft.parents[child] = named_now(parent)
    # A track that begins later takes its parent along, unless it goes on another.
    parents = {
        label: named_now(draft.rows[label][3])
        for label in other
        if draft.span(label)[0] >= time
    }
    for label in other:
        if draft.span(label)[0] >= time:
            draft.parents[label] = parents.get(other[label], 0)
