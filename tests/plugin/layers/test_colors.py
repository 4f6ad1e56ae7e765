import numpy as np
import pytest
from cases import CASES, blank, square

from napari_asist.labels import LabelVideo
from napari_asist.plugin.layers import colors
from napari_asist.plugin.layers.colors import (
    CLEAR_DIFFERENCE,
    color_distances,
    color_tracks,
    near_labels,
    near_pairs,
    neighboring_tracks,
    palette,
)


def crowd(n_frames: int = 5, side: int = 6) -> LabelVideo:
    """A field without background, whose columns of cells slide past each other."""
    cells = np.arange(1, side * side + 1, dtype=np.uint16).reshape(side, side)
    labels = np.empty((n_frames, 10 * side, 10 * side), np.uint16)
    for time, frame in enumerate(labels):
        frame[:] = np.kron(cells, np.ones((10, 10), np.uint16))
        for column in range(0, side, 2):
            there = slice(10 * column, 10 * column + 10)
            frame[:, there] = np.roll(frame[:, there], 7 * time, axis=0)
    return LabelVideo(labels)


def test_palette_is_vivid_and_distinct() -> None:
    shown = palette(60)
    assert shown.shape == (60, 3)
    assert shown.min() >= 0
    assert shown.max() <= 1
    distances = color_distances(shown)
    assert distances[~np.eye(60, dtype=bool)].min() > 5
    assert (shown.max(axis=1) - shown.min(axis=1)).min() > 0.3


def test_pairs_that_touch_or_nearly_touch() -> None:
    labels = blank(2)
    square(labels[0], 1, 4, 4)
    square(labels[0], 2, 4, 12)  # touches 1
    square(labels[0], 3, 12, 20)  # touches 2 at a corner, 12 px from 1
    square(labels[1], 4, 4, 4)
    square(labels[1], 5, 15, 4)  # three pixels away
    square(labels[1], 6, 30, 30)  # far from all
    assert near_pairs(labels).tolist() == [[1, 2], [1, 3], [2, 3], [4, 5]]


def test_corner_on_the_other_diagonal() -> None:
    labels = blank(1)
    square(labels[0], 1, 4, 20)
    square(labels[0], 2, 12, 12)
    assert near_pairs(labels).tolist() == [[1, 2]]


def test_neighbors_differ_clearly_in_a_crowd() -> None:
    video = crowd()
    color_of, shown = color_tracks(video)
    distances = color_distances(shown)
    pairs = near_pairs(video.labels)
    assert len(pairs) > 100
    for first, second in pairs.tolist():
        assert distances[color_of[first], color_of[second]] > CLEAR_DIFFERENCE / 2


def test_colors_never_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colors, "PREFERRED_COLORS", 1)
    labels = blank(1)
    for label, (row, column) in enumerate([(4, 4), (4, 12), (12, 4), (12, 12)], 1):
        square(labels[0], label, row, column)
    color_of, _ = color_tracks(LabelVideo(labels))
    assert len(set(color_of.values())) == 4


def test_family_members_differ() -> None:
    color_of, _ = color_tracks(CASES["division"]())
    assert len({color_of[1], color_of[2], color_of[3]}) == 3


def test_same_video_same_colors() -> None:
    assert color_tracks(crowd())[0] == color_tracks(crowd())[0]


def test_nothing_to_color() -> None:
    assert color_tracks(LabelVideo(blank()))[0] == {}


@pytest.mark.parametrize("name", CASES)
def test_the_neighbors_of_one_track_are_found_alone(name: str) -> None:
    video = CASES[name]()
    neighbors = neighboring_tracks(video)
    for label in video.tracks["label"].tolist():
        assert near_labels(video, label) == neighbors[label]
