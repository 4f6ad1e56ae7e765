"""Find missed and false divisions."""

from collections.abc import Iterator, Sequence

import numpy as np

from napari_asist.evaluation.counting import DIVISION_TOLERANCE, as_rows, named
from napari_asist.evaluation.kinds import (
    FALSE_DIVISION,
    MISSED_DIVISION,
    TrackingError,
)
from napari_asist.evaluation.matching import FrameMatch
from napari_asist.labels import TrackTable, dividing_labels

Parts = tuple[TrackTable, list[dict[int, int]]]
"""Tracks cut where the margin hides them, and the new labels of each frame."""


def division_errors(
    matches: Sequence[FrameMatch], truth: Parts, result: Parts
) -> Iterator[TrackingError]:
    """Yield the divisions that py-ctcmetrics counts as missed or false.

    Parameters
    ----------
    matches : sequence of FrameMatch
    truth, result : tuple of TrackTable, and list of dict
        See `present_tracks`.
    """
    from ctc_metrics.metrics.biological.bc import is_matching

    mapped_truth = named(truth[1], [match.matched_truth for match in matches])
    mapped_result = named(result[1], [match.matched_result for match in matches])
    ours, theirs = _divisions(result[0]), _divisions(truth[0])
    found: set[tuple[int, int]] = set()
    for label, (end, children, begins) in ours.items():
        for other, (other_end, other_children, other_begins) in theirs.items():
            if abs(end - other_end) <= DIVISION_TOLERANCE and is_matching(
                np.int64(label),  # the library compares it with lists
                np.int64(other),
                mapped_truth,
                mapped_result,
                other_children,
                children,
                other_end,
                end,
                other_begins,
                begins,
                DIVISION_TOLERANCE,
            ):
                found.add((label, other))
    for label in ours.keys() - {label for label, _ in found}:
        yield _error(FALSE_DIVISION, label, ours[label], result)
    for other in theirs.keys() - {other for _, other in found}:
        yield _error(MISSED_DIVISION, other, theirs[other], truth)


Division = tuple[int, list[int], list[int]]
"""The parent's last frame, and the children with their first frames."""


def _divisions(tracks: TrackTable) -> dict[int, Division]:
    rows = as_rows(tracks)
    found = {}
    for parent in dividing_labels(tracks).tolist():
        children = rows[rows[:, 3] == parent]
        end = int(rows[rows[:, 0] == parent][0, 2])
        found[parent] = (end, children[:, 0].tolist(), children[:, 1].tolist())
    return found


def _error(kind: str, label: int, division: Division, parts: Parts) -> TrackingError:
    end, children, begins = division
    names = [_own_label(parts, end, label)] + [
        _own_label(parts, begin, child)
        for child, begin in zip(children, begins, strict=True)
    ]
    labels = tuple(names)
    if kind == FALSE_DIVISION:
        return TrackingError(kind, end, labels=labels)
    return TrackingError(kind, end, truth=labels)


def _own_label(parts: Parts, time: int, name: int) -> int:
    return {new: old for old, new in parts[1][time].items()}.get(name, name)
