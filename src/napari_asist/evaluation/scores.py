"""Scores of one result, and tables of scores."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

TABLE = {
    "DET": "det",
    "SEG": "seg",
    "TRA": "tra",
    "LNK": "lnk",
    "division F1": "division_f1",
    "misses": "misses",
    "false": "false_positives",
    "merged": "splits",
}


@dataclass(frozen=True)
class Scores:
    """Agreement of a result with the ground truth; None if a score is unavailable.

    Parameters
    ----------
    det, seg, tra, lnk : float or None
        The challenge's detection, segmentation, tracking and linking accuracy, 0 to 1.
    division_f1 : float or None
        Harmonic mean of precision and recall of the divisions, found at most one frame
        early or late: the challenge's BC(1).
    objects : int or None
        Ground truth objects in all frames, on which DET is based.
    misses : int or None
        Ground truth objects that no mask covers by more than half.
    false_positives : int or None
        Masks that cover no ground truth object.
    splits : int or None
        Cuts needed to separate objects that share one mask.
    links, missing_links, false_links, wrong_links : int or None
        Ground truth links from frame to frame and from parent to child; those that the
        result lacks; those that only the result has; those of the wrong kind.
    divisions, divisions_found, false_divisions : int or None
        As counted for `division_f1`.
    segmented_objects, segmented_frames : int or None
        Number of objects over which SEG is averaged.
    margin : int
        Objects entirely within this many pixels of the border were left out.
    """

    det: float | None = None
    seg: float | None = None
    tra: float | None = None
    lnk: float | None = None
    division_f1: float | None = None
    objects: int | None = None
    misses: int | None = None
    false_positives: int | None = None
    splits: int | None = None
    links: int | None = None
    missing_links: int | None = None
    false_links: int | None = None
    wrong_links: int | None = None
    divisions: int | None = None
    divisions_found: int | None = None
    false_divisions: int | None = None
    segmented_objects: int | None = None
    segmented_frames: int | None = None
    margin: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers by name, for JSON."""
        return asdict(self)


def score_table(rows: Mapping[str, Scores]) -> str:
    """Write scores as a text table with aligned columns.

    Parameters
    ----------
    rows : mapping of str to Scores
        Name of each row, such as that of the video.

    Returns
    -------
    str
        A heading and one line per row; columns without any value are omitted.
    """
    shown = {
        title: name
        for title, name in TABLE.items()
        if any(getattr(scores, name) is not None for scores in rows.values())
    }
    cells = [["", *shown]] + [
        [row, *(_written(getattr(scores, name)) for name in shown.values())]
        for row, scores in rows.items()
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def _written(value: float | int | None) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
