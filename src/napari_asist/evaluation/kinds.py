"""Kinds of errors in a result."""

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
"""Each kind of error, with the field of `Scores` that counts it; for missed divisions,
that is the number of divisions not found."""


@dataclass(frozen=True)
class TrackingError:
    """One error of a result.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    frame : int
        Counts from the result's first frame. The later frame of a link; the parent's
        last frame for a division.
    truth : tuple of int
        The ground truth labels involved; for a link, the earlier one first.
    labels : tuple of int
        The labels of the result.
    y, x : float
        Pixels: the center of the first object present in this frame; for merged
        objects, the second one in the ground truth.
    """

    kind: str
    frame: int
    truth: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()
    y: float = float("nan")
    x: float = float("nan")
