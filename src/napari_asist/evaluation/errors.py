"""List the errors behind the scores: kind, frame and position of each."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from napari_asist.evaluation.counting import present_tracks
from napari_asist.evaluation.division_errors import division_errors
from napari_asist.evaluation.graph import TrackGraph, track_graph
from napari_asist.evaluation.kinds import (
    FALSE_LINK,
    FALSE_OBJECT,
    MERGED,
    MISSED,
    MISSING_LINK,
    WRONG_LINK,
    TrackingError,
)
from napari_asist.evaluation.matching import FrameMatch
from napari_asist.files import refuse_other_file, written_aside
from napari_asist.labels import LabelArray, TrackTable
from napari_asist.measurement.objects import measure_frame

COLUMNS = ("frame", "kind", "labels", "truth", "y", "x")

Centers: TypeAlias = dict[int, tuple[float, float]]
"""Row and column of the center of each object in a frame, in pixels."""


def find_errors(
    matches: Sequence[FrameMatch], truth: TrackTable, result: TrackTable
) -> list[TrackingError]:
    """List what `tracking_scores` counts, without positions.

    Parameters
    ----------
    matches : sequence of FrameMatch
        All frames of the video.
    truth, result : structured ndarray of `TRACK_DTYPE`
        Frames count from the first of `matches`.

    Returns
    -------
    list of TrackingError
        By frame.
    """
    errors = list(_object_errors(matches))
    if any(len(match.truth) for match in matches):
        truth_parts = present_tracks([match.truth for match in matches], truth)
        result_parts = present_tracks([match.result for match in matches], result)
        errors += _link_errors(
            matches,
            track_graph([match.truth for match in matches], *truth_parts),
            track_graph([match.result for match in matches], *result_parts),
        )
        errors += division_errors(matches, truth_parts, result_parts)
    return sorted(errors, key=lambda error: (error.frame, error.kind, error.labels))


def located(
    errors: Sequence[TrackingError], truth: LabelArray, result: LabelArray
) -> list[TrackingError]:
    """Return the errors of one frame with the positions of their objects.

    Parameters
    ----------
    errors : sequence of TrackingError
        All errors of one frame.
    truth, result : ndarray of unsigned int, shape (Y, X)
        The masks of the frame.
    """
    ours, theirs = _centers(result), _centers(truth)
    found = []
    for error in errors:
        y, x = _place(error, theirs, ours)
        found.append(replace(error, y=y, x=x))
    return found


def count_errors(errors: Sequence[TrackingError]) -> Counter[str]:
    """Return the number of errors of each kind."""
    return Counter(error.kind for error in errors)


def write_errors(
    errors: Sequence[TrackingError], path: Path, first_frame: int = 0
) -> None:
    """Write errors as a CSV table, one per line.

    Parameters
    ----------
    errors : sequence of TrackingError
    path : Path
    first_frame : int
        Number of the result's first frame on disk; the table counts from it.

    Raises
    ------
    AsistError
        There is a file of that name that is not such a table.
    """
    header = ",".join(COLUMNS).encode()
    refuse_other_file(path, lambda start: start.startswith(header), "a table of errors")
    with (
        written_aside(path) as aside,
        aside.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for error in errors:
            labels = (
                " ".join(map(str, names)) for names in (error.labels, error.truth)
            )
            place = (f"{error.y:.1f}", f"{error.x:.1f}")
            table.writerow([error.frame + first_frame, error.kind, *labels, *place])


def _object_errors(matches: Sequence[FrameMatch]) -> Iterator[TrackingError]:
    for time, match in enumerate(matches):
        for label in np.setdiff1d(match.truth, match.matched_truth).tolist():
            yield TrackingError(MISSED, time, truth=(label,))
        for label in np.setdiff1d(match.result, match.matched_result).tolist():
            yield TrackingError(FALSE_OBJECT, time, labels=(label,))
        for label, truths in _covered(match).items():
            # One cut fewer than there are objects.
            for other in truths[1:]:
                yield TrackingError(MERGED, time, (truths[0], other), (label,))


def _covered(match: FrameMatch) -> dict[int, list[int]]:
    covered: defaultdict[int, list[int]] = defaultdict(list)
    pairs = zip(
        match.matched_truth.tolist(), match.matched_result.tolist(), strict=True
    )
    for truth, label in pairs:
        covered[label].append(truth)
    return covered


def _link_errors(
    matches: Sequence[FrameMatch], truth: TrackGraph, result: TrackGraph
) -> Iterator[TrackingError]:
    """Yield the links to add, to delete and to change (Matula et al. 2015)."""
    truth_of, label_of = {}, {}
    for time, match in enumerate(matches):
        for label, truths in _covered(match).items():
            label_of.update({(time, name): label for name in truths})
            if len(truths) == 1:
                truth_of[time, label] = time, truths[0]
    mapped = {
        (truth_of[start], truth_of[stop]): ((start, stop), is_parent)
        for (start, stop), is_parent in result.links.items()
        if start in truth_of and stop in truth_of
    }
    for (start, stop), is_parent in truth.links.items():
        names = tuple(label_of[end] for end in (start, stop) if end in label_of)
        found = mapped.get((start, stop))
        if found is None or found[1] != is_parent:
            kind = MISSING_LINK if found is None else WRONG_LINK
            yield TrackingError(kind, stop[0], (start[1], stop[1]), names)
    for link, ((start, stop), _) in mapped.items():
        if link not in truth.links:
            ends = (link[0][1], link[1][1])
            yield TrackingError(FALSE_LINK, stop[0], ends, (start[1], stop[1]))


def _centers(frame: LabelArray) -> Centers:
    objects = measure_frame(frame, 0).tolist()
    return {label: (y, x) for label, _, y, x, _ in objects}


def _place(
    error: TrackingError, truth: Centers, result: Centers
) -> tuple[float, float]:
    sides = [(result, error.labels), (truth, error.truth)]
    if error.kind in (MISSING_LINK, FALSE_LINK, WRONG_LINK):
        # The error belongs to the frame of the link's later object.
        sides = [(centers, labels[::-1]) for centers, labels in sides]
    elif error.kind == MERGED:
        sides = [(truth, error.truth[1:])]
    for centers, labels in sides:
        for label in labels:
            if label in centers:
                return centers[label]
    return float("nan"), float("nan")
