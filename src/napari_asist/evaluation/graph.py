"""Tracks as links between the objects of frames."""

from dataclasses import dataclass
from typing import TypeAlias

from napari_asist.evaluation.matching import Labels
from napari_asist.labels import TrackTable

Object: TypeAlias = tuple[int, int]
"""Frame and label."""

Link: TypeAlias = tuple[Object, Object]


@dataclass(frozen=True)
class TrackGraph:
    """All links of a video, and whether each one is from parent to child."""

    links: dict[Link, bool]


def track_graph(
    present: list[Labels], tracks: TrackTable, names: list[dict[int, int]]
) -> TrackGraph:
    """Return the links of tracks, between objects with their own labels.

    Parameters
    ----------
    present : list of ndarray of int64
        The labels to consider in each frame.
    tracks : structured ndarray of `TRACK_DTYPE`
        Cut where a label is absent; see `present_tracks`.
    names : list of dict
        For each frame, the labels in `tracks` of objects that are renamed there.
    """
    links: dict[Link, bool] = {}
    label_of = [{new: old for old, new in renamed.items()} for renamed in names]

    def object_at(time: int, name: int) -> Object:
        return time, label_of[time].get(name, name)

    row_of = {label: (begin, end) for label, begin, end, _ in tracks.tolist()}
    for label, begin, end, parent in tracks.tolist():
        for time in range(begin, end):
            links[object_at(time, label), object_at(time + 1, label)] = False
        if parent:
            links[object_at(row_of[parent][1], parent), object_at(begin, label)] = True
    return TrackGraph(links)
