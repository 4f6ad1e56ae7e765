"""Ground truth as a label video with the frames of a result, to look at."""

import time
from pathlib import Path

import numpy as np

from napari_asist.ctc.read import read_mask
from napari_asist.errors import AsistError
from napari_asist.evaluation.fitting import complete, find_truth, shift_between
from napari_asist.events import Finished, Progress, Started, Work
from napari_asist.labels import LabelArray

STAGE = "read the ground truth"


def reading_truth(
    truth: Path, frames: range, shape: tuple[int, int], name: str
) -> Work[LabelArray]:
    """Read the tracking markers of a ground truth, or its masks if it has no tracks.

    Parameters
    ----------
    truth : Path
        See `evaluate`.
    frames : range
        The numbers on disk of the frames of the result or video.
    shape : tuple of int
        Height and width of its frames.
    name : str
        What has these frames, for errors.

    Returns
    -------
    ndarray of uint32, shape (number of frames, height, width)
        Empty in frames without ground truth.

    Raises
    ------
    AsistError
        There is no ground truth, or it does not match the frames in number or size.
    """
    began = time.monotonic()
    tracked, segmented = find_truth(truth, None)
    shift = shift_between(complete(tracked), frames, name) if tracked else 0
    files = {
        number + shift - frames.start: path
        for number, path in (tracked.frames if tracked else segmented).items()
    }
    yield Started(STAGE, len(files))
    labels = np.zeros((len(frames), *shape), np.uint32)
    for done, (place, path) in enumerate(sorted(files.items()), 1):
        if 0 <= place < len(frames):
            mask = read_mask(path)
            if mask.shape != shape:
                raise AsistError(
                    f"{path} has {mask.shape[0]} × {mask.shape[1]} px, but {name} has "
                    f"frames of {shape[0]} × {shape[1]} px; choose the ground truth of "
                    "the same video."
                )
            labels[place] = mask
        yield Progress(STAGE, done, len(files))
    yield Finished(STAGE, time.monotonic() - began)
    return labels
