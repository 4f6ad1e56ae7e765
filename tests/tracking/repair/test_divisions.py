import numpy as np
import pytest
from cases import CASES, blank, square

from napari_asist.labels import LabelVideo
from napari_asist.tracking.repair.divisions import find_divisions
from napari_asist.tracking.repair.tracks import Tracks
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings()


def divided(video: LabelVideo, settings: TrackingSettings = SETTINGS) -> Tracks:
    tracks = Tracks(video.labels.copy())
    find_divisions(tracks, settings)
    tracks.video().checked()
    return tracks


def test_daughters_with_new_labels_find_their_mother() -> None:
    video = CASES["division"]()
    tracks = divided(LabelVideo(video.labels))
    assert tracks.children(1) == [2, 3]
    assert tracks.video().tracks.tolist() == video.tracks.tolist()


@pytest.mark.parametrize("heir", [2, 3])
def test_a_mother_that_continues_as_a_daughter_is_cut(heir: int) -> None:
    labels = CASES["division"]().labels.copy()
    labels[labels == heir] = 1
    tracks = divided(LabelVideo(labels))
    assert tracks.end[1] == 1
    children = tracks.children(1)
    assert len(children) == 2
    assert [tracks.begin[child] for child in children] == [2, 2]
    assert [tracks.end[child] for child in children] == [4, 4]


def test_a_late_sister_finds_the_mother_two_frames_back() -> None:
    labels = CASES["division"]().labels.copy()
    labels[2][labels[2] == 3] = 0
    # A daughter that appears alone is far smaller than her mother.
    settings = SETTINGS.changed(division_area_low=0.3)
    tracks = divided(LabelVideo(labels), settings)
    (mother,) = {parent for parent in tracks.parent.values() if parent}
    assert len(tracks.children(mother)) == 2
    assert tracks.end[mother] == 2


def test_a_single_child_is_the_same_track() -> None:
    labels = CASES["good"]().labels.copy()
    labels[2:][labels[2:] == 2] = 9
    tracks = divided(LabelVideo(labels))
    assert 9 not in tracks.begin
    assert (tracks.begin[2], tracks.end[2]) == (0, 3)
    assert not any(tracks.parent.values())


def test_of_three_new_tracks_two_are_children() -> None:
    labels = blank(4)
    for time, frame in enumerate(labels):
        if time < 2:
            square(frame, 1, 12, 12, 16)
        else:
            square(frame, 2, 12, 10, 9)
            square(frame, 3, 20, 20, 9)
            square(frame, 4, 13, 27, 8)
    tracks = divided(LabelVideo(labels))
    assert sorted(tracks.children(1)) == [2, 3]
    assert not tracks.parent.get(4)


def test_a_cell_that_appears_next_to_another_has_no_parent() -> None:
    labels = CASES["touching"]().labels.copy()
    labels[:2][labels[:2] == 2] = 0
    tracks = divided(LabelVideo(labels))
    assert not any(tracks.parent.values())
    assert tracks.end[1] == 3


def test_a_fragment_is_not_a_daughter() -> None:
    labels = blank(4)
    for time, frame in enumerate(labels):
        square(frame, 1, 10, 10, 12)
        if time > 1:
            square(frame, 2, 10, 10, 4)
    assert not any(divided(LabelVideo(labels)).parent.values())
    lenient = SETTINGS.changed(division_balance=0)
    assert len(divided(LabelVideo(labels), lenient).children(1)) == 2


def test_a_flicker_is_not_a_daughter() -> None:
    labels = blank(6)
    for time, frame in enumerate(labels):
        square(frame, 1, 10, 10, 12)
        if time == 3:
            frame[10:22, 16:22] = 2
    assert not any(divided(LabelVideo(labels)).parent.values())


def test_a_division_in_the_last_frame_counts() -> None:
    video = CASES["division"]()
    assert divided(LabelVideo(video.labels[:3])).children(1) == [2, 3]


def test_cells_divide_again() -> None:
    labels = blank(6)
    for time, frame in enumerate(labels):
        if time < 2:
            frame[10:26, 8:40] = 1
        elif time < 4:
            frame[10:26, 8:24] = 1
            frame[10:26, 25:40] = 2
        else:
            frame[10:26, 8:15] = 1
            frame[10:26, 16:24] = 3
            frame[10:26, 25:40] = 2
    tracks = divided(LabelVideo(labels))
    video = tracks.video()
    assert len(video.tracks) == 5
    parents, counts = np.unique(video.tracks["parent"], return_counts=True)
    assert counts.tolist() == [1, 2, 2]
    assert parents[0] == 0
