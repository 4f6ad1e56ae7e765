import numpy as np
import pytest
from refinement_scenes import BRIGHT, DARK, SHAPE, blurred, ellipse, painted, scene

from napari_asist.refinement.clean import Background, clean, measured_background
from napari_asist.refinement.settings import RefinementSettings

SETTINGS = RefinementSettings()


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_missing_object_loses_its_label_and_a_blob_is_painted_over() -> None:
    toy = scene()
    labels = np.where(toy.circles == 5, 5, toy.truth).astype(np.uint16)
    frame = clean(labels, toy.image, toy.mask, SETTINGS, rng())
    np.testing.assert_array_equal(frame.labels, toy.truth)
    assert (frame.labels_before, frame.labels_kept) == (6, 5)
    assert frame.components_repainted == 1
    blob = toy.mask & (toy.truth == 0)
    np.testing.assert_array_equal(frame.repainted, blob)
    assert frame.image[blob].mean() == pytest.approx(DARK, abs=0.02)
    assert frame.image[blob].std() == pytest.approx(0.05, abs=0.015)
    np.testing.assert_array_equal(frame.image[toy.truth > 0], toy.image[toy.truth > 0])
    assert frame.image.dtype == np.float32


def test_the_instance_test_comes_before_the_component_test() -> None:
    labels = np.zeros(SHAPE, np.uint16)
    labels[30:50, 30:50] = 1
    mask = np.zeros(SHAPE, bool)
    mask[30:50, 30:46] = True  # 80 % of the label: it is removed
    frame = clean(labels, painted(mask), mask, SETTINGS, rng())
    assert not frame.labels.any()
    assert frame.image[mask].mean() == pytest.approx(DARK, abs=0.02)


def test_only_the_unlabeled_member_of_a_cluster_is_painted_over() -> None:
    labels, mask = np.zeros(SHAPE, np.uint16), np.zeros(SHAPE, bool)
    labels[30:50, 20:40] = 1
    mask[30:50, 20:60] = True
    image = painted(mask)
    frame = clean(labels, image, mask, SETTINGS, rng())
    np.testing.assert_array_equal(frame.labels, labels)
    np.testing.assert_array_equal(frame.image[labels > 0], image[labels > 0])
    assert frame.image[30:50, 44:60].mean() == pytest.approx(DARK, abs=0.03)


@pytest.mark.parametrize(("columns", "painted_over"), [(18, 0), (17, 1)])
def test_components_are_tested_at_ninety_percent(
    columns: int, painted_over: int
) -> None:
    labels, mask = np.zeros(SHAPE, np.uint16), np.zeros(SHAPE, bool)
    mask[30:50, 30:50] = True
    labels[30:50, 30 : 30 + columns] = 7
    frame = clean(labels, painted(mask), mask, SETTINGS, rng())
    assert frame.components_repainted == painted_over
    assert frame.labels_kept == 1


def test_the_paint_has_a_soft_edge() -> None:
    blob = np.zeros(SHAPE, np.uint16)
    ellipse(blob, 1, 48, 48, 12, 12)
    image = blurred(blob > 0)
    nothing = np.zeros(SHAPE, np.uint16)
    soft = clean(nothing, image, blob > 0, SETTINGS, rng()).image
    hard_edge = SETTINGS.changed(feather=0)
    hard = clean(nothing, image, blob > 0, hard_edge, rng()).image
    assert soft.max() < hard.max() < BRIGHT
    assert np.abs(np.diff(soft, axis=1)).max() < np.abs(np.diff(hard, axis=1)).max()


def test_an_empty_mask_takes_all_labels_and_no_paint() -> None:
    toy = scene()
    frame = clean(toy.circles, toy.image, np.zeros(SHAPE, bool), SETTINGS, rng())
    assert frame.labels_kept == 0
    np.testing.assert_array_equal(frame.image, toy.image)


def test_a_full_mask_keeps_all_labels() -> None:
    toy = scene()
    frame = clean(toy.circles, toy.image, np.ones(SHAPE, bool), SETTINGS, rng())
    np.testing.assert_array_equal(frame.labels, toy.circles)
    assert frame.components_repainted == 1
    assert np.isfinite(frame.image).all()


def test_an_empty_frame_stays_unchanged() -> None:
    empty, image = np.zeros(SHAPE, np.uint16), painted(np.zeros(SHAPE, bool))
    frame = clean(empty, image, empty > 0, SETTINGS, rng())
    assert (frame.labels_before, frame.components_repainted) == (0, 0)
    np.testing.assert_array_equal(frame.image, image)


def test_specks_are_not_labels() -> None:
    labels = np.zeros(SHAPE, np.uint16)
    labels[10, 10:20] = 1
    frame = clean(labels, painted(labels > 0), labels > 0, SETTINGS, rng())
    assert not frame.labels.any()


def test_background_is_drawn_with_the_grain_that_was_measured() -> None:
    grainy = Background(-0.7, 0.1, 0.6).drawn((200, 200), rng())
    mask = np.zeros((200, 200), bool)
    mask[50:80, 50:80] = True
    grainy[50:80, 50:80] = 1
    measured = measured_background(grainy, mask, 5)
    assert measured.mean == pytest.approx(-0.7, abs=0.01)
    assert measured.deviation == pytest.approx(0.1, abs=0.01)
    assert measured.correlation == pytest.approx(0.6, abs=0.05)


def test_a_flat_background_has_no_noise() -> None:
    flat = np.full((20, 20), -1, np.float32)
    measured = measured_background(flat, np.zeros((20, 20), bool), 5)
    assert measured == Background(-1.0, 0.0, 0.0)
    np.testing.assert_array_equal(measured.drawn((20, 20), rng()), flat)
