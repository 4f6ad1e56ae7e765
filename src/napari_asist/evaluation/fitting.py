"""Check that the frames and tracks of a result match those of the ground truth."""

from pathlib import Path

import numpy as np

from napari_asist.ctc import TrackFolder, search_track_folder
from napari_asist.ctc.layout import find_frames
from napari_asist.errors import AsistError
from napari_asist.evaluation.matching import Labels
from napari_asist.labels import Fault, TrackTable, find_faults_in


def find_truth(
    truth: Path, segmentation: Path | None
) -> tuple[TrackFolder | None, dict[int, Path]]:
    """Return the tracks of a ground truth, and its mask files by frame number.

    Parameters
    ----------
    truth : Path
    segmentation : Path or None
        Where to find the masks if not in `truth`.

    Raises
    ------
    AsistError
        Neither exists, or the requested masks do not.
    """
    for folder in (truth, segmentation or truth):
        if not folder.is_dir():
            raise AsistError(f"{folder} is not a folder; choose one such as 01_GT.")
    tracked = search_track_folder(truth)
    segmented = segmented_frames(segmentation or truth)
    if not tracked and not segmented:
        raise AsistError(
            f"{truth} has no ground truth: neither TRA/man_track000.tif … nor "
            "SEG/man_seg000.tif … was found."
        )
    if segmentation and not segmented:
        raise AsistError(
            f"{segmentation} has no masks: SEG/man_seg000.tif … is missing."
        )
    return tracked, segmented


def segmented_frames(folder: Path) -> dict[int, Path]:
    """Return the segmentation ground truth files of a folder by frame number."""
    return find_frames(folder / "SEG", "man_seg") or find_frames(folder, "man_seg")


def complete(found: TrackFolder) -> range:
    """Return the frames of a folder, or raise `AsistError` if one is missing."""
    if missing := found.missing():
        raise AsistError(
            f"{found.folder} has no image of frame {missing[0]}; restore the file or "
            "renumber the frames."
        )
    return found.numbers


def shift_between(wanted: range, there: range, name: str) -> int:
    """Return the offset from frame numbers of the ground truth to the result's.

    Parameters
    ----------
    wanted, there : range
        The frames of the ground truth and of the result.
    name : str
        Name of the result.

    Raises
    ------
    AsistError
        The result lacks frames of the ground truth.
    """
    if wanted.start in there and wanted[-1] in there:
        return 0
    if len(wanted) == len(there) and not set(wanted) & set(there):
        return there.start - wanted.start
    raise AsistError(
        f"{name} has frames {there.start} to {there[-1]}, but the ground truth has "
        f"frames {wanted.start} to {wanted[-1]}; provide a result for all of them."
    )


def rows_within(
    tracks: TrackTable, frames: range, there: range, name: str
) -> TrackTable:
    """Return the tracks of part of the video; frames count from its first.

    Parameters
    ----------
    tracks : structured ndarray of `TRACK_DTYPE`
        Modified in place.
    frames : range
        The part.
    there : range
        All frames of the video.
    name : str
        Name of the video.

    Raises
    ------
    AsistError
        A track has frames that the video does not have.
    """
    if not len(tracks):
        return tracks
    beyond = (tracks["begin"] < there.start) | (tracks["end"] >= there.stop)
    for label, begin, end, _ in tracks[beyond].tolist():
        raise AsistError(
            f"{name} breaks the challenge's rules (track {label} spans frames {begin} "
            f"to {end}, but the video has frames {there.start} to {there[-1]}) and has "
            "no score; run napari-asist validate to list all faults."
        )
    within = (tracks["end"] >= frames.start) & (tracks["begin"] < frames.stop)
    # A row that ends before it begins stays, so that it is reported as a fault.
    cut = tracks[within | (tracks["end"] < tracks["begin"])]
    gone = np.setdiff1d(tracks["label"], cut["label"])
    cut["parent"][np.isin(cut["parent"], gone)] = 0
    cut["begin"] = np.maximum(cut["begin"], frames.start) - frames.start
    cut["end"] = np.minimum(cut["end"], frames.stop - 1) - frames.start
    return cut


def refuse_faults(
    name: str, first_frame: int, labels: list[Labels], tracks: TrackTable
) -> None:
    """Raise `AsistError` if tracks break the challenge's rules.

    Parameters
    ----------
    name : str
        Name of the folder.
    first_frame : int
        Number on disk of the first frame of `labels`, from which `tracks` counts.
    labels : list of ndarray of int64
        The labels that occur in each frame.
    tracks : structured ndarray of `TRACK_DTYPE`
    """
    present = dict(enumerate(labels))
    faults = list(find_faults_in(present, tracks, range(len(labels))))
    if faults:
        first = faults[0]
        frame = None if first.frame is None else first.frame + first_frame
        raise AsistError(
            f"{name} breaks the challenge's rules "
            f"({Fault(first.message, frame, first.label)}) and has no score; "
            "run napari-asist validate to list all faults."
        )
