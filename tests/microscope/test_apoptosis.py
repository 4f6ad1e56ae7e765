from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import label as parts_of

from napari_asist.estimation.drawn_borders import DrawnBorder, redrawn
from napari_asist.labels import LabelVideo, dividing_labels, track_table
from napari_asist.microscope.apoptosis import (
    FEWEST,
    MOST,
    NEVER,
    SPREAD,
    drawn_fragments,
)
from napari_asist.microscope.render import MicroscopeSettings, exposures
from napari_asist.microscope.settings import ApoptosisSettings

OPTICS = MicroscopeSettings().changed(
    brightness={"quantiles": (300, 300)}, unevenness=0, texture=0, halo=0
)
DYING = ApoptosisSettings(share=1, brightness=4)
Y, X = np.indices((64, 64))


def lone(frames: int = 6) -> LabelVideo:
    disc = (np.hypot(Y - 31, X - 31) < 13).astype(np.uint16)
    return LabelVideo(np.repeat(disc[None], frames, axis=0))


def test_only_tracks_without_a_division_die() -> None:
    rows = [(n, 0, 9, 0) for n in range(1, 1001)]
    rows += [(1001, 10, 19, 1), (1002, 10, 19, 1)]
    tracks = track_table(rows)
    half = ApoptosisSettings(share=0.3)
    since = drawn_fragments(half, tracks, 1002, np.random.default_rng(0)).since
    family = [*dividing_labels(tracks).tolist(), 1001, 1002]
    assert (since[family] == NEVER).all()
    dead = since[2:1001] < NEVER
    assert dead.mean() == pytest.approx(0.3, abs=0.05)
    # Half from the start, and a tenth of the others by chance.
    assert np.mean(since[2:1001][dead] == 0) == pytest.approx(0.55, abs=0.08)
    assert since[2:1001][dead].max() <= 9
    none = drawn_fragments(ApoptosisSettings(), tracks, 1002, np.random.default_rng(0))
    assert (none.since == NEVER).all()


@pytest.mark.parametrize("seed", range(8))
def test_fragments_are_bright_and_stay_one_object(seed: int) -> None:
    video = lone()
    settings = OPTICS.changed(apoptosis=DYING)
    border = DrawnBorder(None, 40)
    plain = next(exposures(video, OPTICS, seed)).signal
    made = list(exposures(video, settings, seed, reach=6))
    drawn = [redrawn(one.even, video.labels[0], border) for one in made]
    dead = [time for time, one in enumerate(made) if one.signal.max() > 1.4 * 300]
    # Starting at some frame, until the end.
    assert dead == list(range(dead[0], len(made)))
    shattered, outline = made[dead[0]].signal, drawn[dead[0]] > 0
    assert shattered.max() > 1.5 * plain.max()
    for before, after in pairwise(dead):
        ratio = made[after].signal[outline] / made[before].signal[outline]
        np.testing.assert_allclose(ratio, 0.998, rtol=1e-3)
    assert parts_of(outline)[1] == 1
    bright = shattered > 0.5 * shattered.max()
    assert outline[bright].mean() > 0.9
    reach = DYING.extent * SPREAD[1]
    assert outline.sum() < reach**2 * (video.labels[0] > 0).sum()


def test_there_are_several_fragments() -> None:
    spots = drawn_fragments(DYING, lone().tracks, 1, np.random.default_rng(1)).spots
    number = (spots[1, :, 3] > 0).sum()
    assert FEWEST <= number <= MOST
    reach = np.hypot(spots[1, :, 0], spots[1, :, 1]) + spots[1, :, 2]
    low, high = (DYING.extent * factor for factor in SPREAD)
    assert low - 1e-6 <= reach.max() <= high + 1e-6
