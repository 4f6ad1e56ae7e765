"""Delete a track completely or starting at a given frame."""

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.proofreading.draft import Draft
from napari_asist.proofreading.edit import Edit


def delete_track(video: LabelVideo, label: int, time: int = 0) -> Edit:
    """Delete a track starting at a given frame; its children then have no parent.

    Parameters
    ----------
    video : LabelVideo
        Must be valid.
    label : int
    time : int
        The first frame in which it is deleted.

    Raises
    ------
    AsistError
        The track is unknown or ends before this frame.
    """
    draft = Draft(video)
    span = draft.span(label)
    if time > span[-1]:
        raise AsistError(
            f"Track {label} ends in frame {span[-1]}, before frame {time}; go to an "
            "earlier frame."
        )
    for now in range(max(time, span.start), span.stop):
        draft.rename(now, label, 0)
    draft.adopt_children(label, 0)
    if time <= span.start:
        del draft.parents[label]
        return draft.finish(f"Deleted track {label}.")
    return draft.finish(f"Deleted track {label} starting at frame {time}.")
