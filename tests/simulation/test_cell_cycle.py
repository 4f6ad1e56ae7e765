import numpy as np
import pytest
from cases import CASES

from napari_asist.labels import dividing_labels, track_table
from napari_asist.simulation.cell_cycle import (
    CellCycleSettings,
    condensation,
    cycle_brightness,
)

TRACKS = CASES["division"]().tracks
PUBLISHED = CellCycleSettings(brightness=95 / 39, stage_duration=1)


def test_the_published_stages_follow_one_another() -> None:
    # One row per frame: the mother, two daughters, and a resting cell.
    brightness = [39 * cycle_brightness(TRACKS, time, PUBLISHED) for time in range(5)]
    expected = [
        [66, 39, 39, 39],
        [95, 39, 39, 39],
        [39, 74, 74, 39],
        [39, 54, 54, 39],
        [39, 39, 39, 39],
    ]
    np.testing.assert_allclose(brightness, expected)


def test_condensation_is_whole_at_metaphase_whatever_the_brightness() -> None:
    plain = condensation(TRACKS, 1, CellCycleSettings())
    np.testing.assert_array_equal(plain, [1, 0, 0, 0])
    np.testing.assert_array_equal(plain, condensation(TRACKS, 1, PUBLISHED))


def test_brightness_is_kept_by_default() -> None:
    for time in range(5):
        factor = cycle_brightness(TRACKS, time, CellCycleSettings())
        np.testing.assert_array_equal(factor, 1)


def test_at_half_an_hour_a_frame_only_two_frames_of_a_division_stand_out() -> None:
    tracks = track_table([(1, 0, 9, 0), (2, 10, 19, 1), (3, 10, 19, 1)])
    degree = [condensation(tracks, t, CellCycleSettings()).max() for t in range(20)]
    assert np.flatnonzero(np.array(degree) > 0.5).tolist() == [9, 10]
    assert np.flatnonzero(np.array(degree) > 0.1).tolist() == [8, 9, 10, 11]


def test_longer_stages_begin_earlier_and_end_later() -> None:
    tracks = track_table([(1, 0, 9, 0), (2, 10, 19, 1), (3, 10, 19, 1)])
    slow = CellCycleSettings(stage_duration=2)
    degree = np.array([condensation(tracks, time, slow).max() for time in range(20)])
    assert np.flatnonzero(degree).tolist() == list(range(4, 14))
    assert (np.diff(degree[:10]) >= 0).all()
    assert (np.diff(degree[10:]) <= 0).all()


def test_a_track_that_was_only_interrupted_does_not_divide() -> None:
    tracks = track_table([(1, 0, 1, 0), (2, 3, 4, 1)])
    assert dividing_labels(tracks).size == 0
    assert not condensation(tracks, 1, PUBLISHED).any()


def test_a_short_life_between_two_divisions_takes_the_nearer_one() -> None:
    tracks = track_table(
        [(1, 0, 1, 0), (2, 2, 3, 1), (3, 2, 3, 1), (4, 4, 5, 2), (5, 4, 5, 2)]
    )
    degree = condensation(tracks, 3, PUBLISHED)
    assert degree[1] == 1
    assert degree[2] == pytest.approx((54 - 39) / (95 - 39))


def test_no_tracks_no_cycle() -> None:
    assert condensation(track_table([]), 0, PUBLISHED).shape == (0,)
