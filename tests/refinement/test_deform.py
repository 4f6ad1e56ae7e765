import tempfile
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from cases import CASES
from refinement_scenes import SHAPE, mean_jaccard, scene

from napari_asist.errors import AsistError
from napari_asist.refinement.deform import deform, keep_covered, prefilter, within_reach
from napari_asist.refinement.settings import RefinementSettings

Engine = Literal["ants", "watershed", "nearest"]
ENGINES: tuple[Engine, ...] = ("ants", "watershed", "nearest")


@pytest.mark.parametrize(
    ("engine", "least"), [("ants", 0.88), ("watershed", 0.93), ("nearest", 0.93)]
)
def test_engines_bend_circles_into_ellipses(engine: Engine, least: float) -> None:
    toy = scene()
    deformed = deform(toy.circles, toy.mask, RefinementSettings(deformation=engine))
    assert mean_jaccard(toy.circles, toy.truth) < 0.75
    assert mean_jaccard(deformed, toy.truth) > least
    assert deformed.dtype == toy.circles.dtype
    # Circle 5 has no object; no label takes its number or the blob's pixels.
    assert set(np.unique(deformed)) == {0, 1, 2, 3, 4, 6}
    assert not deformed[72:90, 6:24].any()


def test_ants_at_half_resolution_keeps_places() -> None:
    toy = scene()
    settings = RefinementSettings(downsampling=2, prefilter=True)
    deformed = deform(toy.circles[:95, :93], toy.mask[:95, :93], settings)
    assert mean_jaccard(deformed, toy.truth[:95, :93]) > 0.85


def test_ants_leaves_circles_that_fit() -> None:
    toy = scene()
    deformed = deform(toy.circles, toy.circles > 0, RefinementSettings())
    assert mean_jaccard(deformed, toy.circles) > 0.98


def test_ants_repeats_itself_and_leaves_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    toy = scene()
    first, second = (
        deform(toy.circles, toy.mask, RefinementSettings()) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("engine", ENGINES)
def test_frames_with_nothing_to_bend(engine: Engine) -> None:
    toy = scene()
    settings = RefinementSettings(deformation=engine)
    nothing, everything = np.zeros(SHAPE, bool), np.ones(SHAPE, bool)
    empty = toy.circles * 0
    assert not deform(empty, toy.mask, settings).any()
    assert not deform(toy.circles, nothing, settings).any()
    unfiltered = deform(toy.circles, nothing, settings.changed(prefilter=False))
    np.testing.assert_array_equal(unfiltered, toy.circles)
    full = deform(toy.circles, everything, settings)
    assert set(np.unique(full)) == set(range(7))
    grown = settings.cap + 10 + 1
    assert np.count_nonzero(full == 6) < np.pi * grown**2


@pytest.mark.parametrize("engine", ENGINES)
def test_labels_wider_than_16_bits_keep_their_numbers(engine: Engine) -> None:
    frame = CASES["high_labels"]().labels[2]
    settings = RefinementSettings(deformation=engine)
    deformed = deform(frame, frame > 0, settings)
    assert deformed.dtype == np.uint32
    np.testing.assert_array_equal(np.unique(deformed), np.unique(frame))


@pytest.mark.parametrize("engine", ["watershed", "nearest"])
def test_a_touching_pair_stays_two(engine: Engine) -> None:
    frame = CASES["touching"]().labels[0]
    deformed = deform(frame, frame > 0, RefinementSettings(deformation=engine))
    np.testing.assert_array_equal(deformed, frame)


def test_no_engine_changes_nothing_and_returns_a_copy() -> None:
    toy = scene()
    same = deform(toy.circles, toy.mask, RefinementSettings(deformation="none"))
    np.testing.assert_array_equal(same, toy.circles)
    assert same is not toy.circles


def test_shapes_must_match() -> None:
    with pytest.raises(AsistError, match="differ in shape"):
        deform(np.zeros((4, 4), np.uint8), np.ones((4, 5), bool), RefinementSettings())


def test_prefilter_drops_what_only_one_side_has() -> None:
    toy = scene()
    labels, mask = prefilter(toy.circles, toy.mask)
    np.testing.assert_array_equal(labels, np.where(toy.circles == 5, 0, toy.circles))
    np.testing.assert_array_equal(mask, toy.truth > 0)


def test_keep_covered_counts_by_area() -> None:
    labels = np.zeros((4, 10), np.uint8)
    labels[0], labels[2, :4] = 1, 2
    mask = labels > 0
    mask[0, 8:] = False
    assert set(np.unique(keep_covered(labels, mask, 0.8))) == {0, 1, 2}
    assert set(np.unique(keep_covered(labels, mask, 0.81))) == {0, 2}
    assert set(np.unique(keep_covered(labels, mask, 0.8, minimum_area=5))) == {0, 1}


def test_reach_is_measured_from_the_labels_own_shape() -> None:
    labels = np.zeros((1, 20), np.uint8)
    labels[0, 2], labels[0, 12] = 1, 2
    deformed = np.ones_like(labels)
    reached = within_reach(deformed, labels, 3)
    np.testing.assert_array_equal(np.flatnonzero(reached[0]), range(6))
    assert reached[0, 12] == 0


def test_a_deformed_label_is_one_piece() -> None:
    labels = np.ones((1, 20), np.uint8)
    torn = np.array([[1] * 6 + [0] + [1] * 9 + [0, 0, 1, 1]], np.uint8)
    whole = within_reach(torn, labels, 3)
    np.testing.assert_array_equal(np.flatnonzero(whole[0]), range(7, 16))
