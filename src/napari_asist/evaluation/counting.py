"""Compute scores from matched frames with py-ctcmetrics."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.evaluation.matching import FrameMatch, Labels
from napari_asist.labels import TrackTable, cut_at_gaps

DIVISION_TOLERANCE = 1
"""Frames by which a division may be detected early or late."""


def tracking_scores(
    matches: Sequence[FrameMatch], truth: TrackTable, result: TrackTable
) -> dict[str, Any]:
    """Count what DET, TRA, LNK and the division F1 are based on.

    Parameters
    ----------
    matches : sequence of FrameMatch
        All frames of the video, matched with the ground truth's markers.
    truth, result : structured ndarray of `TRACK_DTYPE`
        Frames count from the first of `matches`. Tracks are cut where the matching left
        their object out.

    Returns
    -------
    dict of str to float, int or None
        Fields of `Scores`.
    """
    from ctc_metrics.metrics import bc, det, lnk, raw_division_metrics, tra
    from ctc_metrics.utils.representations import (
        count_acyclic_graph_correction_operations,
    )

    if not any(len(match.truth) for match in matches):
        false = sum(len(match.result) for match in matches)
        return {"objects": 0, "misses": 0, "false_positives": false, "splits": 0}
    truth, truth_names = present_tracks([match.truth for match in matches], truth)
    result, result_names = present_tracks([match.result for match in matches], result)
    tables = as_rows(truth), as_rows(result)
    mapped_truth = named(truth_names, [match.matched_truth for match in matches])
    mapped_result = named(result_names, [match.matched_result for match in matches])
    graph = count_acyclic_graph_correction_operations(
        *tables,
        _vertices(truth_names, [match.truth for match in matches]),
        _vertices(result_names, [match.result for match in matches]),
        [*mapped_truth, []],
        [*mapped_result, []],
    )
    found, false, missed = raw_division_metrics(
        tables[1], tables[0], mapped_truth, mapped_result, DIVISION_TOLERANCE
    )
    links = int(graph["num_edges"])
    return {
        "det": det(**graph),
        "tra": tra(**graph)[0],
        "lnk": lnk(**graph) if links else None,
        "division_f1": bc(found, false, missed),
        "objects": int(graph["num_vertices"]),
        "misses": int(graph["FN"]),
        "false_positives": int(graph["FP"]),
        "splits": int(graph["NS"]),
        "links": links,
        "missing_links": int(graph["EA"]),
        "false_links": int(graph["ED"]),
        "wrong_links": int(graph["EC"]),
        "divisions": int(found + missed),
        "divisions_found": int(found),
        "false_divisions": int(false),
    }


def segmentation_scores(matches: Sequence[FrameMatch]) -> dict[str, Any]:
    """Average the overlap over all ground truth objects.

    Parameters
    ----------
    matches : sequence of FrameMatch
        The frames that have a segmentation ground truth.

    Returns
    -------
    dict of str to float, int or None
        Fields of `Scores`.
    """
    from ctc_metrics.metrics import seg

    objects = sum(len(match.truth) for match in matches)
    labels = [match.truth for match in matches]
    overlaps = [match.overlaps for match in matches]
    return {
        "seg": seg(labels, overlaps) if objects else None,
        "segmented_objects": objects,
        "segmented_frames": len(matches),
    }


def present_tracks(
    present: list[Labels], tracks: TrackTable
) -> tuple[TrackTable, list[dict[int, int]]]:
    """Cut tracks where the margin hides them; return each frame's new labels."""
    cut, parts = cut_at_gaps(present, tracks)
    names: list[dict[int, int]] = [{} for _ in present]
    for part in parts:
        for time in range(part.begin, part.end + 1):
            names[time][part.old] = part.new
    return cut, names


def named(names: list[dict[int, int]], frames: list[Labels]) -> list[list[int]]:
    """Return the new labels of each frame."""
    return [
        [name.get(label, label) for label in frame.tolist()]
        for name, frame in zip(names, frames, strict=True)
    ]


def _vertices(names: list[dict[int, int]], frames: list[Labels]) -> list[list[int]]:
    # The library expects ascending labels and at least two frames; an empty frame at
    # the end changes no count.
    return [*map(sorted, named(names, frames)), []]


def as_rows(tracks: TrackTable) -> NDArray[np.int64]:
    """Return a track table in the form that the library takes."""
    columns = [tracks[name] for name in ("label", "begin", "end", "parent")]
    return np.stack(columns, axis=1)
