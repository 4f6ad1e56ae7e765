"""Merge two tracks."""

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.proofreading.draft import Draft
from napari_asist.proofreading.edit import Edit


def merge_tracks(video: LabelVideo, first: int, second: int) -> Edit:
    """Merge two tracks; the label and parent of the earlier one are kept.

    In frames with both, their masks become one object. Children that begin before the
    merged track ends lose their parent.

    Parameters
    ----------
    video : LabelVideo
        Must be valid.
    first, second : int

    Raises
    ------
    AsistError
        They are the same track, or there are frames between them without an object.
    """
    draft = Draft(video)
    if first == second:
        raise AsistError(
            "A track cannot be merged with itself; choose another second track."
        )
    kept, gone = sorted(
        (first, second), key=lambda label: (draft.span(label).start, label != first)
    )
    early, late = draft.span(kept), draft.span(gone)
    if late.start > early.stop:
        raise AsistError(
            f"Track {kept} ends in frame {early[-1]} and track {gone} begins in frame "
            f"{late.start}; paint the object in the frames between, or set {kept} as "
            f"the parent of {gone}."
        )
    for time in late:
        draft.rename(time, gone, kept)
    draft.adopt_children(gone, kept)
    del draft.parents[gone]
    return draft.finish(f"Merged track {gone} into {kept}.")
