import numpy as np
import pytest
from cases import CASES, blank, square
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.tracking.repair.repair import (
    close_gaps,
    drop_outside_field,
    drop_short,
    merge_false_splits,
    settle_lone_children,
)
from napari_asist.tracking.repair.tracks import Tracks
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings()


def resting(n_frames: int = 6) -> NDArray[np.uint16]:
    labels = blank(n_frames)
    for frame in labels:
        square(frame, 1, 10, 10, 12)
    return labels


def test_a_false_split_joins_its_object() -> None:
    labels = resting()
    for frame in labels[2:4]:
        frame[10:14, 10:22] = 2
    tracks = Tracks(labels)
    merge_false_splits(tracks, SETTINGS)
    assert_array_equal(tracks.labels, resting())
    assert tracks.video().checked()


def test_a_split_that_lasts_or_has_its_own_position_is_kept() -> None:
    labels = resting()
    for frame in labels[2:]:
        frame[10:14, 10:22] = 2  # until the end of the video
    for frame in labels[2:4]:
        square(frame, 3, 10, 23, 5)  # next to the object
    tracks = Tracks(labels)
    merge_false_splits(tracks, SETTINGS)
    assert set(tracks.begin) == {1, 2, 3}


def test_a_split_longer_than_the_limit_is_kept() -> None:
    labels = resting(16)
    for frame in labels[2:14]:
        frame[10:14, 10:22] = 2
    tracks = Tracks(labels)
    merge_false_splits(tracks, SETTINGS)
    assert set(tracks.begin) == {1, 2}


@pytest.mark.parametrize("missed", [1, 2, 3])
def test_short_gaps_are_closed_and_filled(missed: int) -> None:
    labels = blank(8)
    for time, frame in enumerate(labels):
        if not 2 <= time < 2 + missed:
            square(frame, 1 if time < 2 else 5, 10, 10 + time, 10)
    tracks = Tracks(labels)
    close_gaps(tracks, SETTINGS)
    if missed > SETTINGS.gap:
        assert set(tracks.begin) == {1, 5}
        return
    assert set(tracks.begin) == {1}
    assert tracks.video().checked()
    for time in range(2, 2 + missed):
        columns = np.nonzero(tracks.labels[time].any(axis=0))[0]
        assert abs(int(columns[0]) - (10 + time)) <= 1
        assert tracks.area(1, time) == 100


def test_two_gaps_of_one_object_are_closed() -> None:
    labels = resting(7)
    labels[2] = labels[4] = 0
    labels[3][labels[3] == 1] = 2
    labels[5:][labels[5:] == 1] = 3
    tracks = Tracks(labels)
    close_gaps(tracks, SETTINGS)
    assert_array_equal(tracks.labels, resting(7))


def test_a_gap_at_the_frames_edge_is_filled_inside_it() -> None:
    labels = blank(3)
    labels[0, :8, 38:] = 1
    labels[2, :8, 42:] = 2
    tracks = Tracks(labels)
    close_gaps(tracks, SETTINGS)
    assert tracks.video().checked()
    assert 0 < tracks.area(1, 1) < 80


def test_a_gap_whose_position_is_occupied_remains() -> None:
    labels = resting(3)
    labels[1][labels[1] == 1] = 4
    labels[2][labels[2] == 1] = 2
    tracks = Tracks(labels)
    close_gaps(tracks, SETTINGS)
    assert set(tracks.begin) == {1, 2, 4}


def test_an_object_that_returns_elsewhere_is_another() -> None:
    tracks = Tracks(CASES["empty_frame"]().labels.copy())
    close_gaps(tracks, SETTINGS)
    assert set(tracks.begin) == {1, 2}


def test_short_tracks_without_relatives_are_dropped() -> None:
    labels = CASES["division"]().labels.copy()
    square(labels[3], 7, 2, 2)
    tracks = Tracks(labels)
    tracks.parent = {2: 1, 3: 1}
    drop_short(tracks, SETTINGS)
    assert set(tracks.begin) == {1, 2, 3, 4}
    drop_short(tracks, SETTINGS.changed(minimum_length=5))
    assert set(tracks.begin) == {1, 2, 3, 4}


def test_a_single_frame_keeps_its_objects() -> None:
    tracks = Tracks(CASES["one_frame"]().labels.copy())
    drop_short(tracks, SETTINGS)
    assert set(tracks.begin) == {1, 2}


def test_tracks_that_stay_in_the_margin_are_dropped() -> None:
    tracks = Tracks(CASES["at_the_border"]().labels.copy())
    drop_outside_field(tracks, SETTINGS)
    assert set(tracks.begin) == {1, 2, 3}
    drop_outside_field(tracks, SETTINGS.changed(margin=6))
    assert set(tracks.begin) == {1, 3}
    drop_outside_field(tracks, SETTINGS.changed(margin=19))
    assert set(tracks.begin) == {1}


def test_a_margin_that_leaves_no_field_is_rejected() -> None:
    tracks = Tracks(CASES["at_the_border"]().labels.copy())
    for margin in (20, 500):  # of 40 × 48 px
        with pytest.raises(AsistError, match=f"{margin}: it leaves nothing of .* 20"):
            drop_outside_field(tracks, SETTINGS.changed(margin=margin))
    assert set(tracks.begin) == {1, 2, 3}


def test_no_parent_has_a_single_child() -> None:
    tracks = Tracks(CASES["division"]().labels.copy())
    tracks.parent = {2: 1, 3: 1}
    tracks.drop(3)
    settle_lone_children(tracks)
    assert (tracks.begin[1], tracks.end[1]) == (0, 4)
    assert set(tracks.begin) == {1, 4}
    far = Tracks(CASES["empty_frame"]().labels.copy())
    far.parent = {2: 1}
    settle_lone_children(far)
    assert far.video().checked().tracks["parent"].tolist() == [0, 0]
