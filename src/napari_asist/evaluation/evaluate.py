"""Scoring a result against a truth: two folders, or two label videos."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from napari_asist.ctc import TrackFolder, find_track_folder, search_track_folder
from napari_asist.ctc.layout import find_frames
from napari_asist.ctc.read import READERS, read_mask, read_track_table
from napari_asist.errors import AsistError
from napari_asist.evaluation.counting import segmentation_scores, tracking_scores
from napari_asist.evaluation.matching import FrameMatch, Labels, match_frame
from napari_asist.evaluation.scores import Scores
from napari_asist.events import Progress, Started, Work, result_of
from napari_asist.labels import (
    Fault,
    LabelArray,
    LabelVideo,
    TrackTable,
    find_faults_in,
)


def evaluate(
    truth: Path, result: Path, margin: int = 0, segmentation: Path | None = None
) -> Scores:
    """Score a result folder against a truth folder.

    Parameters
    ----------
    truth : Path
        A ``01_GT`` folder with TRA, SEG or both, one of these two, or silver truth
        (``01_ST``), which has SEG alone. The scores that it cannot tell are None.
    result : Path
        A ``01_RES`` folder. It may have more frames than the truth. Where no frame
        numbers agree but as many frames are there, they are taken in their order.
    margin : int
        Objects that lie wholly within this many pixels of the border are left out, in
        truth and result. The challenge's own is 25 for Fluo-N2DL-HeLa and PhC-C2DL-PSC.
    segmentation : Path, optional
        Where SEG is found if not in `truth`, such as a ``01_ST`` folder.

    Returns
    -------
    Scores

    Raises
    ------
    AsistError
        A folder lacks what is needed, or the result breaks the challenge's rules and
        so has no score.
    """
    return result_of(evaluating(truth, result, margin, segmentation))


def evaluating(
    truth: Path, result: Path, margin: int = 0, segmentation: Path | None = None
) -> Work[Scores]:
    """Do the work of `evaluate` and tell its progress in frames."""
    truth, result = Path(truth), Path(result)
    for folder in (truth, segmentation or truth):
        if not folder.is_dir():
            raise AsistError(f"{folder} is not a folder; give one such as 01_GT.")
    tracked = search_track_folder(truth)
    segmented = segmented_frames(Path(segmentation or truth))
    if not tracked and not segmented:
        raise AsistError(
            f"{truth} holds no truth: neither TRA/man_track000.tif … nor "
            "SEG/man_seg000.tif … was found."
        )
    if segmentation and not segmented:
        raise AsistError(f"{segmentation} holds no masks: no SEG/man_seg000.tif ….")
    found = find_track_folder(result)
    shift = _shift(tracked, found) if tracked else 0
    tracking: dict[str, Any] = {}
    if tracked:
        tracking = yield from _track(tracked, found, shift, margin)
    segments = [
        (path, found.frames[number + shift])
        for number, path in segmented.items()
        if number + shift in complete(found)
    ]
    if not tracked and not segments:
        raise AsistError(
            f"{truth} and {result} have no frame number in common, so there is nothing "
            "to score."
        )
    segmenting: dict[str, Any] = {}
    if segments:
        matches = yield from match_pairs("SEG", segments, margin)
        segmenting = segmentation_scores(matches)
    return Scores(**tracking, **segmenting, margin=margin)


def evaluate_videos(truth: LabelVideo, result: LabelVideo, margin: int = 0) -> Scores:
    """Score one label video against another whose masks are whole objects.

    Parameters
    ----------
    truth, result : LabelVideo
        Of the same shape. The truth's masks serve for SEG too.
    margin : int
        See `evaluate`.

    Raises
    ------
    AsistError
        The shapes differ.
    LabelVideoError
        A video breaks the challenge's rules.
    """
    if truth.labels.shape != result.labels.shape:
        raise AsistError(
            f"The truth has the shape {truth.labels.shape}, the result "
            f"{result.labels.shape}; only videos of one shape can be compared."
        )
    check_margin(margin, truth.labels.shape[1:])
    matches = [
        match_frame(*frames, margin)
        for frames in zip(truth.checked().labels, result.checked().labels, strict=True)
    ]
    return Scores(
        **tracking_scores(matches, truth.tracks, result.tracks),
        **segmentation_scores(matches),
        margin=margin,
    )


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


def _shift(truth: TrackFolder, result: TrackFolder) -> int:
    return shift_between(complete(truth), complete(result), str(result.folder))


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


def _track(
    truth: TrackFolder, result: TrackFolder, shift: int, margin: int
) -> Work[dict[str, Any]]:
    frames = truth.numbers
    pairs = [(truth.frames[time], result.frames[time + shift]) for time in frames]
    matches = yield from match_pairs("TRA", pairs, margin)
    truth_tracks = rows_within(read_track_table(truth.table), frames)
    shifted = range(frames.start + shift, frames.stop + shift)
    result_tracks = rows_within(read_track_table(result.table), shifted)
    _refuse_faults(truth, [match.seen_truth for match in matches], truth_tracks)
    _refuse_faults(result, [match.seen_result for match in matches], result_tracks)
    return tracking_scores(matches, truth_tracks, result_tracks)


def rows_within(tracks: TrackTable, frames: range) -> TrackTable:
    """Return the tracks of a part of the video; frames count from its first."""
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


def _refuse_faults(folder: TrackFolder, seen: list[Labels], tracks: TrackTable) -> None:
    refuse_faults(str(folder.folder), folder.numbers.start, seen, tracks)


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


def match_pairs(
    name: str, pairs: Sequence[tuple[Path, Path | LabelArray]], margin: int
) -> Work[list[FrameMatch]]:
    """Match the frames of a truth with those of a result, on several threads.

    Parameters
    ----------
    name : str
        Of the stage.
    pairs : sequence of Path, and of Path or ndarray
        Files of the truth; files or labels of the result.
    margin : int
        See `evaluate`.
    """
    stage = f"compare {name}"
    yield Started(stage, len(pairs))
    matches: list[FrameMatch] = []
    truths = [truth for truth, _ in pairs]
    results = [result for _, result in pairs]
    with ThreadPoolExecutor(READERS) as workers:
        for match in workers.map(_match_files, truths, results, repeat(margin)):
            matches.append(match)
            yield Progress(stage, len(matches), len(pairs))
    return matches


def _match_files(truth: Path, result: Path | LabelArray, margin: int) -> FrameMatch:
    labels = read_mask(result) if isinstance(result, Path) else result
    images = read_mask(truth), labels
    if images[0].shape != images[1].shape:
        name = result if isinstance(result, Path) else "The result"
        raise AsistError(
            f"{name} has the shape {images[1].shape}, "
            f"{truth} has {images[0].shape}; only frames of one shape can be compared."
        )
    check_margin(margin, images[0].shape)
    return match_frame(*images, margin)


def check_margin(margin: int, shape: tuple[int, ...]) -> None:
    """Raise `AsistError` for a margin that leaves no field inside."""
    if not 0 <= 2 * margin < min(shape):
        raise AsistError(
            f"A margin of {margin} px does not fit frames of {shape[0]} × {shape[1]} "
            "px; it is at least 0 and leaves a field inside."
        )
