"""Accept manual painting into the result."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.proofreading.draft import Draft
from napari_asist.proofreading.edit import Edit


def accept_painting(video: LabelVideo, painted: NDArray[np.integer]) -> Edit:
    """Accept the labels of a layer that was painted on.

    A track that is now interrupted is cut and continues under a new label as its own
    child, as the challenge requires.

    Parameters
    ----------
    video : LabelVideo
        The valid video from before the painting.
    painted : ndarray of int, shape (T, Y, X)

    Raises
    ------
    AsistError
        Nothing was painted, or the video's dtype cannot represent the labels.
    """
    if painted.shape != video.labels.shape:
        raise AsistError(
            f"The layer has the shape {painted.shape}, the result "
            f"{video.labels.shape}; change the result only by painting."
        )
    times = painted_frames(video, painted)
    if not times:
        raise AsistError(
            "Nothing was painted since the last correction; paint on the Labels layer."
        )
    draft, limits = Draft(video), np.iinfo(video.labels.dtype)
    for time in times:
        if painted[time].min() < 0 or painted[time].max() > limits.max:
            raise AsistError(
                f"Frame {time} has labels outside 0 to {limits.max}; paint with labels "
                "in this range."
            )
        frame = np.asarray(painted[time])
        pixels = np.flatnonzero(video.labels[time] != frame)
        draft.draw(time, pixels, frame.ravel()[pixels].astype(video.labels.dtype))
    frames = f"frame {times[0]}" if len(times) == 1 else f"{len(times)} frames"
    return draft.finish(f"Accepted the painting in {frames}.")


def painted_frames(video: LabelVideo, painted: NDArray[np.integer]) -> list[int]:
    """Return the frames in which the labels differ from the video's."""
    return [
        time
        for time, (ours, theirs) in enumerate(zip(video.labels, painted, strict=True))
        if not np.array_equal(ours, theirs)
    ]
