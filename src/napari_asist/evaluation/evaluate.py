"""Score a result against ground truth: two folders or two label videos."""

from pathlib import Path
from typing import Any

from napari_asist.ctc import TrackFolder, find_track_folder
from napari_asist.ctc.read import read_track_table
from napari_asist.errors import AsistError
from napari_asist.evaluation.counting import segmentation_scores, tracking_scores
from napari_asist.evaluation.fitting import (
    complete,
    find_truth,
    refuse_faults,
    rows_within,
    shift_between,
)
from napari_asist.evaluation.match_pairs import check_margin, match_pairs
from napari_asist.evaluation.matching import Labels, match_frame
from napari_asist.evaluation.scores import Scores
from napari_asist.events import Work, each_unless_stopped, result_of
from napari_asist.labels import LabelVideo, TrackTable


def evaluate(
    truth: Path, result: Path, margin: int = 0, segmentation: Path | None = None
) -> Scores:
    """Score a result folder against a ground truth folder.

    Parameters
    ----------
    truth : Path
        A ``01_GT`` folder with TRA, SEG or both, one of these two folders, or silver
        truth (``01_ST``), which has only SEG. Scores that cannot be computed are None.
    result : Path
        A ``01_RES`` folder. It may have more frames than the ground truth. If no frame
        numbers agree but the number of frames does, frames are matched in order.
    margin : int
        Objects entirely within this many pixels of the border are ignored, in ground
        truth and result. The challenge uses 25 for Fluo-N2DL-HeLa and PhC-C2DL-PSC.
    segmentation : Path, optional
        Where to find SEG if not in `truth`, such as a ``01_ST`` folder.

    Returns
    -------
    Scores

    Raises
    ------
    AsistError
        A folder lacks files, or the result breaks the challenge's rules and therefore
        has no score.
    """
    return result_of(evaluating(truth, result, margin, segmentation))


def evaluating(
    truth: Path, result: Path, margin: int = 0, segmentation: Path | None = None
) -> Work[Scores]:
    """Do the same as `evaluate`, and report progress in frames."""
    truth, result = Path(truth), Path(result)
    tracked, segmented = find_truth(truth, segmentation and Path(segmentation))
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
            f"{truth} and {result} have no frame numbers in common, so there is "
            "nothing to score."
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
        Videos of the same shape. The masks of `truth` are used for SEG too.
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
            f"The ground truth has the shape {truth.labels.shape}, the result "
            f"{result.labels.shape}; only videos of the same shape can be compared."
        )
    check_margin(margin, truth.labels.shape[1:])
    frames = zip(truth.checked().labels, result.checked().labels, strict=True)
    matches = [match_frame(*pair, margin) for pair in each_unless_stopped(frames)]
    return Scores(
        **tracking_scores(matches, truth.tracks, result.tracks),
        **segmentation_scores(matches),
        margin=margin,
    )


def _shift(truth: TrackFolder, result: TrackFolder) -> int:
    return shift_between(complete(truth), complete(result), str(result.folder))


def _track(
    truth: TrackFolder, result: TrackFolder, shift: int, margin: int
) -> Work[dict[str, Any]]:
    frames = truth.numbers
    pairs = [(truth.frames[time], result.frames[time + shift]) for time in frames]
    matches = yield from match_pairs("TRA", pairs, margin)
    truth_tracks = _rows_within(truth, frames)
    shifted = range(frames.start + shift, frames.stop + shift)
    result_tracks = _rows_within(result, shifted)
    _refuse_faults(truth, [match.present_truth for match in matches], truth_tracks)
    _refuse_faults(result, [match.present_result for match in matches], result_tracks)
    return tracking_scores(matches, truth_tracks, result_tracks)


def _rows_within(folder: TrackFolder, frames: range) -> TrackTable:
    tracks = read_track_table(folder.table)
    return rows_within(tracks, frames, folder.numbers, str(folder.folder))


def _refuse_faults(
    folder: TrackFolder, present: list[Labels], tracks: TrackTable
) -> None:
    refuse_faults(str(folder.folder), folder.numbers.start, present, tracks)
