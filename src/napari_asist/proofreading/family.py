"""Who descends from whom."""

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.proofreading.draft import Draft
from napari_asist.proofreading.edit import Edit


def set_parent(video: LabelVideo, label: int, parent: int) -> Edit:
    """Make one track the child of another.

    Parameters
    ----------
    video : LabelVideo
        A valid one.
    label : int
        The child.
    parent : int

    Raises
    ------
    AsistError
        They are the same, the parent does not end before the child begins, or it is
        the parent already.
    """
    draft = Draft(video)
    if label == parent:
        raise AsistError("A track is not its own parent; choose another as the parent.")
    begin, end = draft.span(label)[0], draft.span(parent)[-1]
    if end >= begin:
        is_split = draft.span(parent).start < begin
        advice = (
            f"split track {parent} at frame {begin} first"
            if is_split
            else ("choose a track that ends earlier")
        )
        raise AsistError(
            f"Track {parent} ends in frame {end}, but a parent ends before its child "
            f"begins, and track {label} begins in frame {begin}; {advice}."
        )
    if draft.parents[label] == parent:
        raise AsistError(f"Track {parent} is the parent of track {label} already.")
    draft.parents[label] = parent
    return draft.finish(f"Made track {parent} the parent of {label}.")


def remove_parent(video: LabelVideo, label: int) -> Edit:
    """Let a track descend from no other.

    Parameters
    ----------
    video : LabelVideo
        A valid one.
    label : int
        The child.

    Raises
    ------
    AsistError
        It has no parent.
    """
    draft = Draft(video)
    draft.span(label)
    if not draft.parents[label]:
        raise AsistError(f"Track {label} has no parent that could be removed.")
    parent, draft.parents[label] = draft.parents[label], 0
    return draft.finish(f"Removed the parent {parent} of track {label}.")
