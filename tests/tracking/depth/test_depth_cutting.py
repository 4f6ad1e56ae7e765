import numpy as np
from depth_cases import disc, objects
from numpy.typing import NDArray

from napari_asist.tracking.depth.cutting import (
    Cut,
    cut_backwards,
    cut_objects,
    find_cuts,
)
from napari_asist.tracking.depth.linking import shared_pixels
from napari_asist.tracking.depth.objects import Segmented, describe
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.repair.tracks import Tracks

SETTINGS = DepthTrackingSettings()
AREA = np.pi * 13**2
TWO = objects((50, 50, 12), (50, 75, 12))


def as_one(two: Segmented) -> Segmented:
    labels = (two.labels > 0).astype(np.int32)
    areas, centers = describe(labels, 1)
    return Segmented(labels, two.peaks[:1], np.array([0.8]), areas, centers)


def found(
    lived: tuple[int, int], able: tuple[bool, bool] = (True, True)
) -> tuple[list[Cut], list[tuple[int, int]]]:
    after = as_one(TWO)
    shared = shared_pixels(TWO, after)
    return find_cuts(
        TWO, after, shared, [(0, 0)], np.array(lived), np.array(able), SETTINGS
    )


def test_an_object_that_holds_two_tracks_is_cut() -> None:
    cuts, links = found((5, 5))
    assert cuts == [Cut(0, (0, 1))]
    assert links == [(0, 0)]
    whole = as_one(TWO)
    parts, more = cut_objects(TWO, whole, cuts, 40)
    assert more == [(1, 1)]
    assert len(parts) == 2
    assert np.abs(parts.areas - TWO.areas).max() < 20
    assert np.abs(parts.centers - TWO.centers).max() < 1
    assert parts.confidence.tolist() == [0.8, 0.8]
    labels = parts.labels[parts.peaks[:, 0], parts.peaks[:, 1]]
    assert labels.tolist() == [1, 2]
    assert whole.labels.max() == 1  # the object passed in is unchanged


def test_a_track_that_may_not_cut_leaves_the_object_whole() -> None:
    assert found((5, 5), (True, False)) == ([], [(0, 0)])


def test_an_object_goes_back_to_the_older_track() -> None:
    assert found((1, 5)) == ([], [(1, 0)])


def test_a_fragment_is_not_cut_off() -> None:
    before = objects((50, 50, 14), (50, 66, 3))
    after = as_one(before)
    whole, more = cut_objects(before, after, [Cut(0, (0, 1))], 60)
    assert whole is after
    assert more == []


def video(*spans: tuple[int, int, int], merged: range) -> NDArray[np.uint16]:
    """Two discs; in `merged` frames, label 1 covers both."""
    labels = np.zeros((10, 100, 140), np.uint16)
    for time, frame in enumerate(labels):
        for label, begin, end in spans:
            if begin <= time <= end:
                disc(frame, label, 50, 50 + 25 * (label > 1), 12)
        if time in merged:
            disc(frame, 1, 50, 50, 12)
            disc(frame, 1, 50, 75, 12)
    return labels


def test_an_object_that_two_tracks_come_out_of_is_cut_back_to_the_start() -> None:
    tracks = Tracks(video((1, 4, 9), (2, 4, 9), merged=range(4)))
    assert cut_backwards(tracks, AREA, SETTINGS) == 4
    assert tracks.begin == {1: 0, 2: 0}
    assert tracks.video().checked()
    assert abs(tracks.area(1, 0) - tracks.area(2, 0)) < 30


def test_a_track_that_had_ended_continues() -> None:
    labels = video((1, 0, 2), (2, 0, 2), (1, 5, 9), (3, 5, 9), merged=range(3, 5))
    tracks = Tracks(labels)
    assert cut_backwards(tracks, AREA, SETTINGS) == 2
    assert tracks.video().tracks.tolist() == [(1, 0, 9, 0), (2, 0, 9, 0)]


def test_daughters_do_not_cut_their_mother() -> None:
    labels = np.zeros((10, 100, 140), np.uint16)
    for time, frame in enumerate(labels):
        if time < 4:
            disc(frame, 1, 50, 70, 12)
        else:
            disc(frame, 1, 50, 62 - time, 9)
            disc(frame, 2, 50, 78 + time, 9)
    assert cut_backwards(Tracks(labels), AREA, SETTINGS) == 0


def test_short_tracks_cut_nothing() -> None:
    tracks = Tracks(video((1, 4, 9), (2, 4, 6), merged=range(4)))
    assert cut_backwards(tracks, AREA, SETTINGS) == 0
