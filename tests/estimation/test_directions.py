import numpy as np
import pytest

from napari_asist.estimation.motion import mean_direction


def test_directions_around_zero_and_half_a_turn_are_alike() -> None:
    angles = np.random.default_rng(0).normal(0, 12, 4000) % 180
    direction, spread = mean_direction(angles)
    assert min(direction, 180 - direction) < 1
    assert spread == pytest.approx(12, rel=0.05)


def test_no_direction_is_preferred_where_all_are_as_likely() -> None:
    assert mean_direction(np.linspace(0, 180, 500, endpoint=False))[1] == 90
