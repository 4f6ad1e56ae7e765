import numpy as np
from runs_of_points import FIELD, detections, grid, run_of

from napari_asist.estimation.frame_pairs import (
    RUN_LENGTH,
    inverse,
    paired,
    sampled_runs,
)


def test_objects_in_a_row_are_not_paired_with_their_neighbors() -> None:
    # All move 8 px along a row, 12 px apart: the nearest is always a different object.
    row = np.stack([np.full(5, 50.0), 12.0 * np.arange(5)], axis=1)
    partner = paired(detections(row), detections(row + np.array([0, 8])), 20)
    assert partner.tolist() == list(range(5))


def test_what_is_too_far_stays_alone() -> None:
    partner = paired(detections([(0, 0), (50, 50)]), detections([(52, 50)]), 20)
    assert partner.tolist() == [-1, 0]
    assert inverse(partner, 1).tolist() == [1]
    nothing = detections(np.zeros((0, 2)))
    assert paired(nothing, detections([(1, 1)]), 20).tolist() == []
    assert paired(detections([(1, 1)]), nothing, 20).tolist() == [-1]


def test_known_displacements_are_returned() -> None:
    places = grid()
    moved = places + np.array([2, -1])
    run = run_of(detections(places), detections(moved[1:]))
    moves = run.moves(0)
    assert np.isnan(moves[0]).all()
    assert (moves[1:] == [2, -1]).all()


def test_what_may_have_crossed_the_border_is_known() -> None:
    run = run_of(detections(grid()))
    places = [(15, 200), (200, FIELD[1] - 15), (200, 200)]
    assert run.inside(detections(places)).tolist() == [False, False, True]


def test_runs_are_spread_over_the_video() -> None:
    runs = sampled_runs(100, 30)
    assert [len(run) for run in runs] == [RUN_LENGTH] * 5
    assert runs[0][0] == 0
    assert runs[-1][-1] == 99
    assert all((np.diff(run) == 1).all() for run in runs)
    assert len(np.unique(np.concatenate(runs))) == 30
    assert [run.tolist() for run in sampled_runs(3, 30)] == [[0, 1, 2]]
    assert [run.tolist() for run in sampled_runs(1, 30)] == [[0]]
    assert sum(map(len, sampled_runs(50, 2))) == 2
