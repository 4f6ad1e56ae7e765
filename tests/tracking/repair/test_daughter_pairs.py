import numpy as np
import pytest
from cases import CASES, blank, square

from napari_asist.labels import LabelVideo
from napari_asist.tracking.repair.daughter_pairs import find_daughters
from napari_asist.tracking.repair.tracks import Tracks
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings()


def divided(labels: np.ndarray, settings: TrackingSettings = SETTINGS) -> Tracks:
    tracks = Tracks(labels.copy())
    find_daughters(tracks, settings)
    tracks.video().checked()
    return tracks


def no_parents(tracks: Tracks) -> bool:
    return not any(tracks.parent.values())


def mitosis(apart: int, size: int = 7, heir: int = 2) -> np.ndarray:
    """Cell 1 divides after frame 1 into two that are this far away on either side."""
    labels = blank(5)
    for time, frame in enumerate(labels):
        if time < 2:
            square(frame, 1, 14, 19, 10)
        else:
            square(frame, heir, 15, 24 - apart - size // 2, size)
            square(frame, 3, 15, 24 + apart - size // 2, size)
    return labels


def test_daughters_with_new_labels_find_their_mother() -> None:
    video = CASES["division"]()
    tracks = divided(video.labels)
    assert tracks.children(1) == [2, 3]
    assert tracks.video().tracks.tolist() == video.tracks.tolist()


@pytest.mark.parametrize("heir", [1, 2])
def test_daughters_far_from_their_mothers_place(heir: int) -> None:
    tracks = divided(mitosis(apart=12, heir=heir))
    assert tracks.end[1] == 1
    assert sorted(tracks.begin[child] for child in tracks.children(1)) == [2, 2]
    near = SETTINGS.changed(division_reach=1.5)
    assert no_parents(divided(mitosis(apart=12, heir=heir), near))


def test_a_cell_that_appears_next_to_another_has_no_parent() -> None:
    labels = CASES["touching"]().labels.copy()
    labels[:2][labels[:2] == 2] = 0
    tracks = divided(labels)
    assert no_parents(tracks)
    assert tracks.end[1] == 3


def test_a_nucleus_cut_in_two_has_not_divided() -> None:
    labels = blank(6)
    for time, frame in enumerate(labels):
        square(frame, 1, 10, 10, 12)
        if time >= 3:
            frame[10:22, 16:22] = 2
    assert no_parents(divided(labels))
    assert len(divided(labels, SETTINGS.changed(division_shared=1)).children(1)) == 2


def test_daughters_are_of_one_size() -> None:
    labels = mitosis(apart=7)
    labels[labels == 3] = 0
    for frame in labels[2:]:
        square(frame, 3, 17, 29, 3)
    assert no_parents(divided(labels))
    assert divided(labels, SETTINGS.changed(division_balance=0)).children(1) == [2, 3]


def test_a_daughter_that_is_cut_off_at_first_is_still_a_daughter() -> None:
    labels = mitosis(apart=7)
    labels[2][labels[2] == 3] = 0
    square(labels[2], 3, 17, 30, 3)
    assert divided(labels).children(1) == [2, 3]
    # Only their first common frame is available for comparison.
    assert no_parents(divided(labels[:3]))


@pytest.mark.parametrize(("size", "divides"), [(6, True), (10, False)])
def test_daughters_beside_the_middle_are_smaller_than_their_mother(
    size: int, divides: bool
) -> None:
    """One is where the mother was; a cell that appears does not change the other."""
    labels = blank(5)
    for time, frame in enumerate(labels):
        square(frame, 1, 14, 15, 10 if time < 2 else size)
        if time >= 2:
            square(frame, 2, 14, 26, size)
    tracks = divided(labels)
    assert bool(tracks.children(1)) == divides
    strict = SETTINGS.changed(division_off_middle=0.1)
    assert no_parents(divided(labels, strict))


@pytest.mark.parametrize("size", [3, 11])
def test_daughters_are_neither_tiny_nor_giant(size: int) -> None:
    assert no_parents(divided(mitosis(apart=6, size=size)))


def test_a_flicker_is_not_a_daughter() -> None:
    labels = mitosis(apart=7, heir=1)
    labels[3:][labels[3:] == 3] = 0
    assert no_parents(divided(labels))


def test_a_division_in_the_last_frame_counts() -> None:
    assert divided(mitosis(apart=7)[:3]).children(1) == [2, 3]


def test_a_daughter_has_one_mother() -> None:
    """Between two dividing cells, the inner daughters could belong to either."""
    labels = blank(4)
    for time, frame in enumerate(labels):
        if time < 2:
            square(frame, 1, 15, 4, 8)
            square(frame, 2, 15, 30, 8)
        else:
            for label, column in ((3, 0), (4, 10), (5, 26), (6, 36)):
                square(frame, label, 16, column, 6)
    tracks = divided(labels)
    assert tracks.children(1) == [3, 4]
    assert tracks.children(2) == [5, 6]


def test_a_single_new_track_where_another_ended_continues_it() -> None:
    labels = CASES["good"]().labels.copy()
    labels[2:][labels[2:] == 2] = 9
    tracks = divided(labels)
    assert 9 not in tracks.begin
    assert (tracks.begin[2], tracks.end[2]) == (0, 3)


def test_cells_divide_again() -> None:
    labels = blank(6)
    for time, frame in enumerate(labels):
        if time < 2:
            square(frame, 1, 14, 19, 10)
        elif time < 4:
            square(frame, 2, 15, 10, 8)
            square(frame, 3, 15, 30, 8)
        else:
            square(frame, 4, 8, 11, 6)
            square(frame, 5, 24, 11, 6)
            square(frame, 3, 15, 30, 8)
    tracks = divided(LabelVideo(labels).labels)
    assert (tracks.children(1), tracks.children(2)) == ([2, 3], [4, 5])
