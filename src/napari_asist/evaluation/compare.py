"""Compare a label video with a ground truth folder: scores and list of errors."""

from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from napari_asist.ctc.read import read_mask, read_track_table
from napari_asist.errors import AsistError
from napari_asist.evaluation.counting import segmentation_scores, tracking_scores
from napari_asist.evaluation.errors import find_errors, located
from napari_asist.evaluation.fitting import (
    complete,
    find_truth,
    refuse_faults,
    rows_within,
    shift_between,
)
from napari_asist.evaluation.kinds import TrackingError
from napari_asist.evaluation.match_pairs import match_pairs
from napari_asist.evaluation.scores import Scores
from napari_asist.events import Work
from napari_asist.labels import LabelVideo

NAME = "The result"


@dataclass(frozen=True)
class Comparison:
    """The comparison of a result with ground truth.

    Parameters
    ----------
    scores : Scores
        As returned by `evaluate`.
    errors : list of TrackingError
        The errors that the scores count, by frame; frames are numbered from the
        result's first. Empty if the ground truth has no tracks.
    """

    scores: Scores
    errors: list[TrackingError]


def comparing(
    truth: Path, result: LabelVideo, margin: int = 0, segmentation: Path | None = None
) -> Work[Comparison]:
    """Score a label video against a ground truth folder and list its errors.

    Parameters
    ----------
    truth : Path
        See `evaluate`.
    result : LabelVideo
        Must be valid.
    margin : int
    segmentation : Path, optional

    Returns
    -------
    Comparison

    Raises
    ------
    AsistError
        The ground truth is invalid or does not match the result in frames or size.
    """
    tracked, segmented = find_truth(truth, segmentation)
    there = range(result.first_frame, result.first_frame + len(result))
    shift = shift_between(complete(tracked), there, NAME) if tracked else 0
    offset = shift - result.first_frame
    tracking: dict[str, Any] = {}
    errors: list[TrackingError] = []
    if tracked:
        numbers = tracked.numbers
        frames = range(numbers.start + offset, numbers.stop + offset)
        pairs = [
            (tracked.frames[number], result.labels[number + offset])
            for number in numbers
        ]
        matches = yield from match_pairs("TRA", pairs, margin)
        truth_tracks = rows_within(
            read_track_table(tracked.table), numbers, numbers, str(tracked.folder)
        )
        result_tracks = rows_within(
            result.tracks.copy(), frames, range(len(result)), NAME
        )
        present = [match.present_truth for match in matches]
        refuse_faults(str(tracked.folder), numbers.start, present, truth_tracks)
        found = [match.present_result for match in matches]
        refuse_faults(NAME, frames.start, found, result_tracks)
        tracking = tracking_scores(matches, truth_tracks, result_tracks)
        listed = find_errors(matches, truth_tracks, result_tracks)
        for time, group in groupby(listed, key=lambda error: error.frame):
            path, labels = pairs[time]
            errors += [
                replace(error, frame=time + frames.start)
                for error in located(list(group), read_mask(path), labels)
            ]
    segments = [
        (path, result.labels[number + offset])
        for number, path in segmented.items()
        if 0 <= number + offset < len(result)
    ]
    if not tracked and not segments:
        raise AsistError(
            f"{truth} and the result have no frame numbers in common, so there is "
            "nothing to score."
        )
    segmenting: dict[str, Any] = {}
    if segments:
        segmenting = segmentation_scores(
            (yield from match_pairs("SEG", segments, margin))
        )
    return Comparison(Scores(**tracking, **segmenting, margin=margin), errors)
