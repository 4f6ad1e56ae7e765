"""Rows of tracks in a lineage drawing, with families kept together."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import TrackTable

LINEAGE_DTYPE = np.dtype(
    [
        ("label", "i8"),
        ("begin", "i8"),
        ("end", "i8"),
        ("parent", "i8"),
        ("root", "i8"),
        ("generation", "i8"),
        ("row", "f8"),
    ]
)
"""One row per track: the table's values, the first ancestor, the parent-child links
since then, and the position across time."""


def lay_out_lineages(tracks: TrackTable) -> NDArray[np.void]:
    """Assign each track a row, with parents centered on their children.

    The families with the most tracks come first, then those that begin first. Tracks
    without children take the rows 0, 1, 2, ….

    Parameters
    ----------
    tracks : structured ndarray of `TRACK_DTYPE`, shape (number of tracks,)
        Sorted by label; parents end before their children begin.

    Returns
    -------
    structured ndarray of `LINEAGE_DTYPE`, shape (number of tracks,)
        Sorted by label.
    """
    rows = {label: (begin, parent) for label, begin, _, parent in tracks.tolist()}
    children: defaultdict[int, list[int]] = defaultdict(list)
    by_begin = sorted(rows, key=lambda label: (rows[label][0], label))
    root: dict[int, int] = {}
    generation: dict[int, int] = {}
    members: defaultdict[int, list[int]] = defaultdict(list)
    for label in by_begin:
        parent = rows[label][1]
        if parent in root:
            children[parent].append(label)
        root[label] = root.get(parent, label)
        generation[label] = generation.get(parent, -1) + 1
        members[root[label]].append(label)
    place: dict[int, float] = {}
    next_row = 0
    for first in sorted(members, key=lambda label: -len(members[label])):
        for leaf in _leaves(first, children):
            place[leaf] = float(next_row)
            next_row += 1
        for label in reversed(members[first]):
            if below := children.get(label):
                place[label] = (place[below[0]] + place[below[-1]]) / 2
    laid = np.zeros(len(tracks), LINEAGE_DTYPE)
    for name in ("label", "begin", "end", "parent"):
        laid[name] = tracks[name]
    laid["root"] = [root[label] for label in tracks["label"].tolist()]
    laid["generation"] = [generation[label] for label in tracks["label"].tolist()]
    laid["row"] = [place[label] for label in tracks["label"].tolist()]
    return laid


def _leaves(first: int, children: dict[int, list[int]]) -> list[int]:
    """Return a family's tracks without children, from top to bottom."""
    leaves, waiting = [], [first]
    while waiting:
        label = waiting.pop()
        below = children.get(label, [])
        waiting.extend(reversed(below))
        if not below:
            leaves.append(label)
    return leaves
