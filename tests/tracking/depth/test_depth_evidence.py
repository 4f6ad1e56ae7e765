import numpy as np
import pytest
from depth_cases import disc

from napari_asist.labels import LabelVideo, track_table
from napari_asist.tracking.depth.evidence import (
    Evidence,
    drop_beyond_margin,
    drop_bits,
    drop_doubtful,
    drop_small,
    without_family,
)
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.repair.tracks import Tracks

SETTINGS = DepthTrackingSettings()
PLACES = ((30, 30), (30, 100), (70, 70))


def video(*lengths: int, radius: float = 10) -> Tracks:
    labels = np.zeros((max(lengths), 100, 140), np.uint16)
    for time, frame in enumerate(labels):
        for label, length in enumerate(lengths, 1):
            if time < length:
                disc(frame, label, *PLACES[label - 1], radius)
    return Tracks(labels)


def evidence(tracks: Tracks, *clear: float) -> Evidence:
    found = Evidence()
    for boxes in tracks.boxes:
        peaks = np.array([PLACES[label - 1] for label in boxes], np.int32)
        certain = np.array([clear[label - 1] for label in boxes])
        found.add(peaks, certain, np.full(len(certain), np.nan))
    return found


def test_a_lone_object_has_to_be_clear_and_a_long_track_may_be_faint() -> None:
    tracks = video(1, 6, 1)
    found = evidence(tracks, 0.4, 0.4, 0.8)
    assert found.of_tracks(tracks) == pytest.approx({1: 0.4, 2: 1 - 0.6**6, 3: 0.8})
    drop_doubtful(tracks, found, SETTINGS)
    assert set(tracks.begin) == {2, 3}


def test_an_object_that_comes_and_goes_within_the_video_has_to_be_clearer() -> None:
    tracks = video(6, 6)
    found = evidence(tracks, 0.8, 0.8)
    lone = tracks.cut(1, 2)
    tracks.cut(lone, 3)
    assert found.of_tracks(tracks)[lone] == pytest.approx(0.8)
    drop_doubtful(tracks, found, SETTINGS)
    assert lone not in tracks.begin
    assert {1, 2} <= set(tracks.begin)


def test_evidence_follows_objects_through_renamed_tracks() -> None:
    tracks = video(6, 6, 6)
    found = evidence(tracks, 0.1, 0.2, 0.3)
    rest = tracks.cut(3, 2)
    tracks.join(1, 2)
    assert found.of_tracks(tracks) == pytest.approx(
        {2: 1 - (0.9 * 0.8) ** 6, 3: 1 - 0.7**2, rest: 1 - 0.7**4}
    )


def test_a_family_is_kept() -> None:
    tracks = video(1, 1, 1)
    tracks.parent[2] = 1
    assert without_family(tracks) == [3]
    drop_doubtful(tracks, evidence(tracks, 0, 0, 0), SETTINGS)
    assert set(tracks.begin) == {1, 2}


def test_no_evidence_is_required_at_0() -> None:
    tracks = video(1, 1)
    drop_doubtful(tracks, evidence(tracks, 0, 0), SETTINGS.changed(evidence=0))
    assert set(tracks.begin) == {1, 2}


def test_short_tracks_of_fragments_are_dropped() -> None:
    typical = np.pi * 10**2 / 0.17
    tracks = video(3, 20)
    drop_bits(tracks, typical, SETTINGS)
    assert set(tracks.begin) == {2}


def test_long_tracks_have_to_reach_the_smallest_size_once() -> None:
    labels = np.zeros((30, 100, 140), np.uint16)
    for time, frame in enumerate(labels):
        disc(frame, 1, *PLACES[0], 5)
        disc(frame, 2, *PLACES[1], 8 if time == 20 else 5)
        disc(frame, 3, 98, 70, 5)  # the edge hides a part
        disc(frame, 4, 70, 30, 5)
    tracks = Tracks(labels)
    tracks.parent[4] = 2
    typical = np.pi * 10**2
    drop_small(tracks, typical, SETTINGS)
    assert set(tracks.begin) == {1, 2, 3, 4}, "without a bound, all are kept"
    tracks.parent[4] = 0
    drop_small(tracks, typical, SETTINGS.changed(smallest_track=0.5))
    assert set(tracks.begin) == {2, 3}


def test_a_small_daughter_is_kept() -> None:
    tracks = video(3, 3, radius=5)
    tracks.parent[2] = 1
    drop_small(tracks, np.pi * 10**2, SETTINGS.changed(smallest_track=0.5))
    assert set(tracks.begin) == {1, 2}


def test_tracks_that_are_hardly_inside_the_margin_are_dropped() -> None:
    labels = np.zeros((2, 100, 140), np.uint16)
    disc(labels[0], 1, 50, 16, 10)
    disc(labels[1], 1, 50, 16, 10)
    disc(labels[0], 2, 50, 130, 10)
    disc(labels[1], 2, 50, 110, 10)
    tracks = Tracks(labels)
    drop_beyond_margin(tracks, SETTINGS)
    assert set(tracks.begin) == {1, 2}
    drop_beyond_margin(tracks, SETTINGS.changed(margin=25, margin_share=0))
    assert set(tracks.begin) == {1, 2}
    drop_beyond_margin(tracks, SETTINGS.changed(margin=25))
    table = track_table([(2, 0, 1, 0)])
    assert LabelVideo(tracks.labels, table).checked()
