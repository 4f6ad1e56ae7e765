"""What can be wrong with a result, and where."""

from dataclasses import dataclass

MISSED = "missed object"
FALSE_OBJECT = "false object"
MERGED = "merged"
MISSING_LINK = "missing link"
FALSE_LINK = "false link"
WRONG_LINK = "wrong link"
MISSED_DIVISION = "missed division"
FALSE_DIVISION = "false division"

KINDS = {
    MISSED: "misses",
    FALSE_OBJECT: "false_positives",
    MERGED: "splits",
    MISSING_LINK: "missing_links",
    FALSE_LINK: "false_links",
    WRONG_LINK: "wrong_links",
    MISSED_DIVISION: "missed_divisions",
    FALSE_DIVISION: "false_divisions",
}
"""Each kind of error, with the field of `Scores` that counts it; missed divisions are
those that were not found."""


@dataclass(frozen=True)
class TrackingError:
    """One error of a result.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    frame : int
        Counts from the result's first. Of a link, the later frame; of a division, the
        last one of the parent.
    truth : tuple of int
        The labels of the truth that it is about; of a link, the earlier one first.
    labels : tuple of int
        The labels of the result.
    y, x : float
        Pixels: the middle of the first object that is there in this frame; of merged
        ones, that of the truth's second.
    """

    kind: str
    frame: int
    truth: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()
    y: float = float("nan")
    x: float = float("nan")
