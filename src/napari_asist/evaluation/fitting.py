"""How the frames and the tracks of a result fit those of a truth."""

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
    """Return the tracks of a truth, and the files of its masks by frame number.

    Parameters
    ----------
    truth : Path
    segmentation : Path or None
        Where the masks are if not in `truth`.

    Raises
    ------
    AsistError
        Neither is there, or none of the masks that are asked for.
    """
    for folder in (truth, segmentation or truth):
        if not folder.is_dir():
            raise AsistError(f"{folder} is not a folder; choose one such as 01_GT.")
    tracked = search_track_folder(truth)
    segmented = segmented_frames(segmentation or truth)
    if not tracked and not segmented:
        raise AsistError(
            f"{truth} holds no truth: neither TRA/man_track000.tif … nor "
            "SEG/man_seg000.tif … was found."
        )
    if segmentation and not segmented:
        raise AsistError(f"{segmentation} holds no masks: no SEG/man_seg000.tif ….")
    return tracked, segmented


def segmented_frames(folder: Path) -> dict[int, Path]:
    """Return the files of a folder's segmentation truth by their frames' numbers."""
    return find_frames(folder / "SEG", "man_seg") or find_frames(folder, "man_seg")


def complete(found: TrackFolder) -> range:
    """Return the frames of a folder, or raise `AsistError` where one is missing."""
    if missing := found.missing():
        raise AsistError(
            f"{found.folder} has no image of frame {missing[0]}; put the file back or "
            "renumber the frames."
        )
    return found.numbers


def shift_between(wanted: range, there: range, name: str) -> int:
    """Return what to add to a frame number of the truth to get the result's.

    Parameters
    ----------
    wanted, there : range
        The frames of the truth and of the result.
    name : str
        Of the result.

    Raises
    ------
    AsistError
        The result lacks frames of the truth.
    """
    if wanted.start in there and wanted[-1] in there:
        return 0
    if len(wanted) == len(there) and not set(wanted) & set(there):
        return there.start - wanted.start
    raise AsistError(
        f"{name} has frames {there.start} to {there[-1]}, but the truth has frames "
        f"{wanted.start} to {wanted[-1]}; give a result of all of them."
    )


def rows_within(tracks: TrackTable, frames: range) -> TrackTable:
    """Return the tracks of a part of the video; frames count from its first.

    Parameters
    ----------
    tracks : structured ndarray of `TRACK_DTYPE`
        Is changed.
    frames : range
    """
    if not len(tracks):
        return tracks
    within = (tracks["end"] >= frames.start) & (tracks["begin"] < frames.stop)
    # A row that ends before it begins stays, for it is a fault to tell.
    cut = tracks[within | (tracks["end"] < tracks["begin"])]
    gone = np.setdiff1d(tracks["label"], cut["label"])
    cut["parent"][np.isin(cut["parent"], gone)] = 0
    cut["begin"] = np.maximum(cut["begin"], frames.start) - frames.start
    cut["end"] = np.minimum(cut["end"], frames.stop - 1) - frames.start
    return cut


def refuse_faults(
    name: str, first_frame: int, seen: list[Labels], tracks: TrackTable
) -> None:
    """Raise `AsistError` where tracks break the challenge's rules.

    Parameters
    ----------
    name : str
        Of the folder.
    first_frame : int
        The number on disk of the first frame of `seen`, from which `tracks` counts.
    seen : list of ndarray of int64
        The labels that occur in each frame.
    tracks : structured ndarray of `TRACK_DTYPE`
    """
    present = dict(enumerate(seen))
    faults = list(find_faults_in(present, tracks, range(len(seen))))
    if faults:
        first = faults[0]
        frame = None if first.frame is None else first.frame + first_frame
        raise AsistError(
            f"{name} breaks the challenge's rules "
            f"({Fault(first.message, frame, first.label)}), so it has no score; "
            "napari-asist validate lists all of its faults."
        )
