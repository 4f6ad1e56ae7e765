import numpy as np
import pytest

from napari_asist.estimation.quantity import median_spread, quantile_spreads, spread_of


def test_spread_is_that_over_the_frames() -> None:
    spread = spread_of(3.0, [1, 2, 3, 4, np.nan])
    assert (spread.value, spread.low, spread.high) == (3.0, 1.75, 3.25)
    assert spread.text(2, unit="px") == "3.00 px (1.75 to 3.25)"
    alone = spread_of(3.0, [])
    assert alone.low == alone.high == 3.0


def test_quantiles_pool_objects_and_spread_over_frames() -> None:
    frames = [np.full(30, 1.0), np.full(10, 2.0), np.zeros(0)]
    spread = median_spread(frames)
    assert spread.value == 1
    assert spread.low == pytest.approx(1.25)
    assert spread.high == pytest.approx(1.75)
    assert quantile_spreads(frames, (0, 1))[1].value == 2
    assert median_spread([np.zeros(0)]).value == 0
