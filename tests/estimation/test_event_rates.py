import numpy as np
import pytest
from numpy.typing import NDArray
from runs_of_points import FIELD, RADIUS, detections, grid, run_of

from napari_asist.estimation.detect import Detections
from napari_asist.estimation.event_rates import measured_rates

NEW = np.array([[120.0, 120.0]])
MOTHER = np.array([[200.0, 200.0]])


def still(*more: NDArray[np.float64]) -> list[Detections]:
    """Return six frames of objects at rest, with one more in some of them."""
    return [detections(np.concatenate([grid(), other])) for other in more]


def test_what_comes_to_stay_appears() -> None:
    none = NEW[:0]
    rates = measured_rates([run_of(*still(none, none, none, NEW, NEW, NEW))])
    objects = 16 + 16 + 17
    assert rates.appearing.value == pytest.approx(1 / objects)
    assert rates.appearing.high > 0
    assert rates.disappearing.value == rates.dividing.value == 0


def test_what_goes_for_good_disappears() -> None:
    none = NEW[:0]
    rates = measured_rates([run_of(*still(NEW, NEW, NEW, none, none, none))])
    assert rates.disappearing.value == pytest.approx(1 / (2 * 16 + 17), rel=0.03)
    assert rates.appearing.value == rates.dividing.value == 0


def test_what_is_missed_or_seen_for_one_frame_is_not_an_event() -> None:
    none = NEW[:0]
    for frames in (
        (NEW, NEW, NEW, none, NEW, NEW),
        (none, none, none, NEW, none, none),
    ):
        rates = measured_rates([run_of(*still(*frames))])
        assert rates.appearing.value == rates.disappearing.value == 0


def test_what_crosses_the_border_is_not_an_event() -> None:
    outside = np.array([[200.0, FIELD[1] - 12.0]])
    none = NEW[:0]
    runs = [run_of(*still(none, none, none, outside, outside, outside))]
    assert measured_rates(runs).appearing.value == 0


def halves(apart: float, radius: float) -> list[Detections]:
    """Return frames in which the object in the middle becomes two."""
    others = np.array([[60.0, 60.0], [60.0, 340.0], [340.0, 60.0], [340.0, 340.0]])
    pair = MOTHER + np.array([[0, -apart / 2], [0, apart / 2]])
    before = detections(np.concatenate([others, MOTHER]))
    after = detections(np.concatenate([others, pair]), [RADIUS] * 4 + [radius] * 2)
    return [before] * 3 + [after] * 3


def test_a_mother_with_two_daughters_divides() -> None:
    rates = measured_rates([run_of(*halves(14, 7))])
    assert rates.dividing.value == pytest.approx(1 / 16, rel=0.1)
    assert rates.appearing.value == rates.disappearing.value == 0


def test_a_new_object_next_to_one_as_large_is_not_a_daughter() -> None:
    rates = measured_rates([run_of(*halves(18, 11))])
    assert rates.dividing.value == 0


def test_short_runs_give_no_rates() -> None:
    rates = measured_rates([run_of(*still(NEW, NEW, NEW[:0]))])
    assert rates.appearing.value == rates.disappearing.value == 0
