"""Set and remove the parents of tracks."""

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.proofreading.draft import Draft
from napari_asist.proofreading.edit import Edit


def set_parent(video: LabelVideo, label: int, parent: int) -> Edit:
    """Make one track the child of another.

    Parameters
    ----------
    video : LabelVideo
        Must be valid.
    label : int
        The child.
    parent : int

    Raises
    ------
    AsistError
        They are the same track, the parent does not end before the child begins, or it
        is already the parent.
    """
    draft = Draft(video)
    if label == parent:
        raise AsistError("A track cannot be its own parent; choose another one.")
    begin, end = draft.span(label)[0], draft.span(parent)[-1]
    if end >= begin:
        is_split = draft.span(parent).start < begin
        advice = (
            f"split track {parent} at frame {begin} first"
            if is_split
            else ("choose a track that ends earlier")
        )
        raise AsistError(
            f"Track {parent} ends in frame {end}, but a parent must end before its "
            f"child begins, and track {label} begins in frame {begin}; {advice}."
        )
    if draft.parents[label] == parent:
        raise AsistError(f"Track {parent} is already the parent of track {label}.")
    draft.parents[label] = parent
    return draft.finish(f"Made track {parent} the parent of track {label}.")


def remove_parent(video: LabelVideo, label: int) -> Edit:
    """Remove the parent of a track.

    Parameters
    ----------
    video : LabelVideo
        Must be valid.
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
        raise AsistError(f"Track {label} has no parent to remove.")
    parent, draft.parents[label] = draft.parents[label], 0
    return draft.finish(f"Removed parent {parent} of track {label}.")
