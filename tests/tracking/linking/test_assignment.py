import numpy as np
import pytest
from cases import blank, square
from numpy.typing import NDArray
from synthetic_embeddings import directions, embedding_of

from napari_asist.tracking.linking.assignment import AssignmentLinker, cheapest
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings()
Labels = NDArray[np.uint16]


def linked(
    before: Labels,
    after: Labels,
    settings: TrackingSettings = SETTINGS,
    same: dict[int, int] | None = None,
) -> dict[int, int]:
    """Link two frames; `same` is the object whose direction each one has."""
    vectors = directions(10, 16, seed=0)
    later = vectors.copy()
    for own, track in (same or {}).items():
        later[own] = vectors[track]
    one = embedding_of(before[None], vectors=vectors)[0]
    other = embedding_of(after[None], vectors=later)[0]
    return AssignmentLinker(settings).link(before, after, one, other)


def test_objects_that_rest_are_linked() -> None:
    before, after = blank(2)
    square(before, 7, 4, 4)
    square(before, 8, 20, 20)
    square(after, 2, 4, 5)
    square(after, 1, 21, 20)
    assert linked(before, after, same={2: 7, 1: 8}) == {2: 7, 1: 8}


def test_the_embedding_decides_where_overlap_misleads() -> None:
    """Two objects move by half their width, each onto the other's old position."""
    before, after = blank(2)
    square(before, 1, 10, 8)
    square(before, 2, 10, 16)
    square(after, 3, 10, 13)
    square(after, 4, 10, 21)
    assert linked(before, after, same={3: 1, 4: 2}) == {3: 1, 4: 2}
    by_overlap = SETTINGS.changed(embedding_weight=0, motion_weight=0, size_weight=0)
    assert linked(before, after, by_overlap)[3] == 2


def test_an_object_that_does_not_overlap_is_found_near_its_place() -> None:
    before, after = blank(2)
    square(before, 1, 10, 10)
    square(after, 2, 10, 18)
    assert linked(before, after, same={2: 1}) == {2: 1}
    assert linked(before, after, SETTINGS.changed(link_reach=1), same={2: 1}) == {}


def test_what_costs_too_much_is_rejected() -> None:
    before, after = blank(2)
    square(before, 1, 10, 10)
    square(after, 2, 10, 17, 3)
    assert linked(before, after) == {}
    assert linked(before, after, SETTINGS.changed(link_cost=1)) == {2: 1}


def test_an_object_with_inertia_is_searched_where_it_is_moving() -> None:
    frames = blank(3)
    square(frames[0], 1, 4, 2)
    square(frames[1], 1, 4, 11)
    square(frames[2], 1, 4, 20)
    square(frames[2], 2, 12, 11)
    vectors = directions(2, 16, seed=0)
    vectors[2] = vectors[1]
    embedding = embedding_of(frames, vectors=vectors)
    linker = AssignmentLinker(SETTINGS.changed(inertia=1, link_reach=3))
    linker.link(frames[0], frames[1], embedding[0], embedding[1])
    assert linker.link(frames[1], frames[2], embedding[1], embedding[2]) == {1: 1}


@pytest.mark.parametrize("empty", ["before", "after", "both"])
def test_frames_without_objects_link_to_nothing(empty: str) -> None:
    before, after = blank(2)
    if empty == "after":
        square(before, 1, 4, 4)
    if empty == "before":
        square(after, 1, 4, 4)
    assert linked(before, after) == {}


def pairs(costs: list[list[float]], refusal: float) -> list[tuple[int, int]]:
    table = np.array(costs)
    rows, columns = np.nonzero(np.isfinite(table))
    shape = len(table), len(costs[0])
    found = cheapest(table[rows, columns], rows, columns, *shape, refusal)
    return sorted(found)


def test_the_whole_is_cheapest_not_the_first_pair() -> None:
    assert pairs([[0.1, 0.2], [0.2, 0.9]], 1.0) == [(0, 1), (1, 0)]


def test_remaining_unpaired_is_cheaper_than_a_bad_pair() -> None:
    assert pairs([[0.1, np.inf], [np.inf, 0.8]], 0.7) == [(0, 0)]
    assert pairs([[0.0, 0.0]], 0.7)[0] in [(0, 0), (0, 1)]


def test_no_assignment_of_random_costs_is_cheaper() -> None:
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(0)
    for n_rows, n_columns in [(5, 8), (8, 5), (6, 6)]:
        table = rng.random((n_rows, n_columns))
        found = pairs(table.tolist(), 0.4)
        total = sum(table[pair] - 0.4 for pair in found)
        gain = np.minimum(table - 0.4, 0)
        assert total == pytest.approx(gain[linear_sum_assignment(gain)].sum())
