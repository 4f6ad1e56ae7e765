import numpy as np
import pytest

from napari_asist.labels import track_table
from napari_asist.microscope.brightness import track_brightness
from napari_asist.simulation.settings import BrightnessSettings

SETTINGS = BrightnessSettings(quantiles=(10, 50, 100, 300, 1000))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_brightness_follows_the_quantiles() -> None:
    tracks = track_table((label, 0, 3, 0) for label in range(1, 4001))
    drawn = track_brightness(tracks, SETTINGS, rng())
    assert drawn.dtype == np.float32
    assert drawn.min() >= 10
    assert drawn.max() <= 1000
    for level, value in zip((0.25, 0.5, 0.75), (50, 100, 300), strict=True):
        # Four standard errors of a binomial proportion.
        assert abs((drawn <= value).mean() - level) < 4 * np.sqrt(0.25 / 4000)


def test_daughters_take_after_their_mother() -> None:
    rows = []
    for family in range(300):
        mother = 3 * family + 1
        rows += [(mother, 0, 1, 0), (mother + 1, 2, 3, mother)]
        rows += [(mother + 2, 2, 3, mother)]
    drawn = track_brightness(track_table(rows), SETTINGS, rng()).reshape(-1, 3)
    ratio = np.log(drawn[:, 1:] / drawn[:, :1])
    assert 0.05 < ratio.std() < 0.12
    assert np.corrcoef(drawn[:, 1], drawn[:, 2])[0, 1] > 0.95


def test_grandchildren_inherit_whatever_their_label() -> None:
    tracks = track_table([(3, 0, 1, 0), (2, 2, 3, 3), (1, 4, 5, 2)])
    drawn = track_brightness(tracks, SETTINGS, rng(1))
    assert drawn[0] == pytest.approx(drawn[2], rel=0.6)


def test_same_seed_same_brightness() -> None:
    tracks = track_table([(1, 0, 1, 0), (2, 0, 1, 0)])
    np.testing.assert_array_equal(
        track_brightness(tracks, SETTINGS, rng(4)),
        track_brightness(tracks, SETTINGS, rng(4)),
    )


def test_no_tracks_no_brightness() -> None:
    assert track_brightness(track_table([]), SETTINGS, rng()).shape == (0,)
