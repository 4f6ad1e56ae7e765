import numpy as np
import pytest
from cases import CASES, empty

from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.settings import (
    BrightnessSettings,
    MicrovilliSettings,
    NucleiSettings,
)
from napari_asist.synthesis.encode import (
    BACKGROUND,
    DIMMEST,
    encode,
    mask_level,
    object_levels,
)
from napari_asist.synthesis.settings import Profile

SCALING = IntensityScaling(0, 40.0, -0.7, 4.4)
SIMULATOR = NucleiSettings(brightness=BrightnessSettings(quantiles=(1, 100, 2000)))


def test_binary_annotations_are_black_and_white() -> None:
    video = CASES["division"]()
    levels = object_levels(
        video, SIMULATOR, SCALING, "binary", np.random.default_rng(0)
    )
    image = encode(video.labels[0], levels[0], 0)
    assert np.array_equal(image > 0, video.labels[0] > 0)
    assert set(np.unique(image)) == {-1.0, 1.0}


def test_brightness_sets_gray_levels_well_over_the_background() -> None:
    video = CASES["good"]()
    levels = object_levels(
        video, SIMULATOR, SCALING, "brightness", np.random.default_rng(0)
    )
    assert (levels[:, 0] == BACKGROUND).all()
    assert len(np.unique(levels[:, 1:])) > 1
    assert levels[:, 1:].min() >= DIMMEST
    assert levels.max() <= 1


def test_mask_level_separates_the_dimmest_objects_from_the_background() -> None:
    assert mask_level("binary") == 0
    assert BACKGROUND < mask_level("brightness") < DIMMEST


def test_daughters_look_like_their_mother() -> None:
    video = CASES["division"]()
    levels = object_levels(
        video, SIMULATOR, SCALING, "brightness", np.random.default_rng(3)
    )
    assert levels[0, 2:4] == pytest.approx(levels[0, 1], abs=0.15)


@pytest.mark.parametrize("simulator", [SIMULATOR, MicrovilliSettings()])
def test_a_label_keeps_its_gray_level_over_its_life(
    simulator: NucleiSettings | MicrovilliSettings,
) -> None:
    levels = object_levels(
        CASES["division"](), simulator, SCALING, "brightness", np.random.default_rng(0)
    )
    assert levels.shape == (5, 5)
    assert (levels == levels[0]).all()


def test_gray_levels_follow_the_cell_cycle() -> None:
    video = CASES["division"]()
    cycle = CellCycleSettings(brightness=2.4, stage_duration=1)
    simulator = SIMULATOR.changed(
        brightness=BrightnessSettings(quantiles=(100, 100)), cell_cycle=cycle
    )
    levels = object_levels(
        video, simulator, SCALING, "brightness", np.random.default_rng(0)
    )
    interphase, metaphase = SCALING.of_counts(np.array([100.0, 240.0]))
    assert levels[1, 1] == pytest.approx(metaphase)
    assert interphase < levels[0, 1] < metaphase
    assert metaphase > levels[2, 2] > levels[3, 2] > levels[4, 2]
    assert levels[4, 2:4] == pytest.approx(interphase)
    assert levels[:, 4] == pytest.approx(interphase)
    binary = object_levels(
        video, simulator, SCALING, "binary", np.random.default_rng(0)
    )
    assert (binary[:, 1:] == 1).all(), "binary annotations know no brightness"


def test_blur_keeps_the_border_at_half_height() -> None:
    labels = np.zeros((40, 40), np.uint16)
    labels[:, 20:] = 1
    levels = np.array([-1, 1], np.float32)
    image = encode(labels, levels, 2.0)
    assert abs(image[20, 19] + image[20, 20]) < 1e-5
    assert np.array_equal(image > 0, labels > 0)


def test_video_without_objects_is_background() -> None:
    video = empty()
    levels = object_levels(
        video, SIMULATOR, SCALING, "brightness", np.random.default_rng(0)
    )
    assert (encode(video.labels[0], levels[0], 1.0) == BACKGROUND).all()


@pytest.mark.parametrize("profile", ["rim", "distance"])
def test_profiles_fall_toward_the_border_of_touching_objects(profile: Profile) -> None:
    video = CASES["touching"]()
    levels = np.array([-1, 1, 0.5], np.float32)
    image = encode(video.labels[0], levels, 0, profile)
    assert (image[video.labels[0] == 0] == BACKGROUND).all()
    row = image[14, 10:26]  # through the middle of both, which are 8 px wide
    half = BACKGROUND + (levels[1:] - BACKGROUND) / 2
    assert row[3] == pytest.approx(1)
    assert row[11] == pytest.approx(0.5)
    assert row[7] < row[3] - 0.5, "a dip parts the two"
    assert row[7] >= half[0] - 1e-6
    if profile == "rim":
        assert set(np.round(np.unique(image), 3)) == {-1, *np.round(half, 3), 0.5, 1}
