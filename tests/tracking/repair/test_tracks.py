import numpy as np
from cases import CASES, blank, square
from numpy.testing import assert_array_equal

from napari_asist.labels import LabelVideo
from napari_asist.tracking.repair.tracks import Tracks


def division() -> tuple[LabelVideo, Tracks]:
    video = CASES["division"]()
    return video, Tracks(video.labels.copy())


def test_first_and_last_frames_are_read_from_the_labels() -> None:
    video, tracks = division()
    for label, begin, end, _ in video.tracks.tolist():
        assert (tracks.begin[label], tracks.end[label]) == (begin, end)
    assert tracks.labels_after_start() == [2, 3]
    assert tracks.area(1, 0) == 100
    assert tracks.area(1, 2) == 0
    assert tracks.video().checked()


def test_a_joined_track_has_the_frames_and_children_of_both() -> None:
    _, tracks = division()
    tracks.parent = {3: 2}
    tracks.join(2, 1)
    assert (tracks.begin[1], tracks.end[1]) == (0, 4)
    assert tracks.children(1) == [3]
    assert 2 not in tracks.begin
    tracks.parent[3] = 0
    assert tracks.video().checked()
    assert not (tracks.labels == 2).any()


def test_joining_neighbors_in_a_frame_makes_one_object() -> None:
    tracks = Tracks(CASES["touching"]().labels.copy())
    tracks.join(2, 1)
    assert tracks.area(1, 0) == 128
    assert tracks.video().checked()


def test_a_cut_track_continues_under_a_new_label_with_its_children() -> None:
    _, tracks = division()
    tracks.parent = {2: 4, 3: 4}
    rest = tracks.cut(4, 1)
    assert (tracks.begin[rest], tracks.end[rest], tracks.end[4]) == (1, 4, 0)
    assert tracks.children(rest) == [2, 3]
    assert tracks.area(rest, 3) == 64


def test_a_dropped_track_leaves_no_trace() -> None:
    _, tracks = division()
    tracks.parent = {2: 1, 3: 1}
    tracks.drop(1)
    assert not (tracks.labels == 1).any()
    assert set(tracks.parent.values()) == {0}
    assert tracks.video().checked()


def test_a_cut_beyond_16_bits_widens_the_labels() -> None:
    labels = blank(2)
    square(labels[0], 65_535, 4, 4)
    square(labels[1], 65_535, 4, 4)
    tracks = Tracks(labels)
    assert tracks.cut(65_535, 1) == 65_536
    assert tracks.labels.dtype == np.uint32
    assert tracks.video().checked()


def test_masks_reach_into_the_frame_only() -> None:
    labels = blank(1)
    square(labels[0], 1, 0, 0)
    box, mask = Tracks(labels).cut_out(1, 0, grow=3)
    assert box == (slice(0, 11), slice(0, 11))
    assert_array_equal(mask[:8, :8], True)
    assert mask.sum() == 64
