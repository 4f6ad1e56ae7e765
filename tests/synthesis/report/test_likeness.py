from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from look_frames import CENTERS, RADIUS, SCALING, SIDE, discs, observed

from napari_asist.synthesis.report.detected import ObservedFrames
from napari_asist.synthesis.report.likeness import Comparison, Likeness, compared_frames
from napari_asist.synthesis.report.likeness_features import FEATURES

LEVELS = np.linspace(150, 600, 36)


def frames(
    seed: int, levels: Sequence[float] | None = None, **changes: Any
) -> ObservedFrames:
    if levels is None:
        levels = np.random.default_rng(seed).permutation(LEVELS).tolist()
    images = [
        discs(100 * seed + number, levels=levels, **changes) for number in range(6)
    ]
    return observed(images, 12.5)


@pytest.fixture(scope="module")
def real() -> ObservedFrames:
    return frames(1)


@pytest.fixture(scope="module")
def alike(real: ObservedFrames) -> Likeness:
    return likeness(real, frames(2))


def likeness(real: ObservedFrames, synthetic: ObservedFrames) -> Likeness:
    return compared_frames(real, synthetic, SCALING)[0]


def bad(found: Likeness) -> set[str]:
    return {part.name for part in found.comparisons if not part.is_good}


def part_of(found: Likeness, name: str) -> Comparison:
    return next(part for part in found.comparisons if part.name == name)


def test_like_frames_are_accepted(alike: Likeness) -> None:
    found = alike
    assert [part.name for part in found.comparisons] == [f.name for f in FEATURES]
    assert bad(found) == set()
    assert found.advice(False) == []
    assert found.distance < 0.5
    density = part_of(found, "density")
    assert density.real == pytest.approx([1e4 * 36 / 288**2], rel=0.01)
    assert density.reach == pytest.approx(np.log(1.25), abs=0.02)


@pytest.mark.parametrize(
    ("changes", "names", "advice"),
    [
        ({"softness": 3.0}, {"edge_dim", "edge_middling", "edge_bright"}, "lower psf"),
        ({"waves": 0.15}, {"irregularity"}, "lower the irregularity"),
        ({"radius": 1.3 * RADIUS}, {"size"}, "lower the simulator's sizes"),
        ({"noise": 14.0}, {"noise", "texture"}, "lower read_noise"),
        ({"levels": (400.0,)}, {"neighbors", "dimmest"}, "quantiles"),
        ({"centers": CENTERS[:18]}, {"density"}, "raise simulation.objects"),
    ],
)
def test_differences_are_named_with_their_cure(
    real: ObservedFrames,
    alike: Likeness,
    changes: dict[str, Any],
    names: set[str],
    advice: str,
) -> None:
    found = likeness(real, frames(2, **changes))
    assert names <= bad(found)
    assert any(advice in sentence for sentence in found.advice(False))
    assert found.distance > alike.distance


def test_touching_pairs_and_the_rim_are_compared(real: ObservedFrames) -> None:
    beside = [(y, x + 1.9 * RADIUS) for y, x in CENTERS[::6]]
    found = likeness(real, frames(2, centers=[*CENTERS, *beside]))
    touching = part_of(found, "touching")
    # Half a pair is added to both.
    frame = 512**2 / 288**2
    assert touching.found == pytest.approx([frame * 36.5 / 6], rel=0.05)
    assert touching.real == pytest.approx([frame * 0.5 / 6], rel=0.01)
    assert "raise simulation.overlap" in touching.advice(False)
    places = np.linspace(12, SIDE - 12, 6).tolist()
    wide = [(y, x) for y in places for x in places]
    inner = [center for center in wide if min(center) > 20 and max(center) < SIDE - 20]
    compared = likeness(frames(3, centers=wide), frames(2, centers=inner))
    rim = part_of(compared, "rim")
    assert rim.is_low
    assert "raise simulation.rim" in rim.advice(False)


def test_training_longer_is_advised_where_it_helps(real: ObservedFrames) -> None:
    found = likeness(real, frames(2, softness=3.0))
    assert any("train longer" in sentence for sentence in found.advice(True))
    assert not any("microscope.json" in sentence for sentence in found.advice(True))


def test_the_summary_weighs_what_is_known() -> None:
    alike = Comparison("density", (2.0,), (2.0,), 0.2)
    apart = Comparison("size", (np.e, 1.0, 1.0), (1.0, 1.0, 1.0), 0.5)
    unknown = Comparison("texture", (np.nan,) * 3, (0.1,) * 3, 0.2)
    assert apart.deviation == pytest.approx(2 / 3)
    assert alike.accepted_text() == "1.64 to 2.44"
    assert alike.found_text() == "2"
    assert apart.accepted_text() == "1, 1, 1 (×÷ 1.65)"
    assert unknown.is_good
    assert unknown.found_text() == "unknown"
    one = Likeness((alike, apart, unknown), 0.75, "edges")
    # The classifier is at its limit and counts twice.
    assert one.distance == pytest.approx((0 + 2 / 3 + 2 * 1) / 4)
    assert replace(one, accuracy=0.4).distance == pytest.approx((2 / 3) / 4)
    assert replace(one, accuracy=np.nan).distance == pytest.approx((2 / 3) / 2)
    assert np.isnan(Likeness((unknown,), np.nan, "").distance)
    assert not one.is_distinguished
    assert "A classifier identifies 90%" in replace(one, accuracy=0.9).advice(False)[-1]


def test_frames_without_objects_are_compared(real: ObservedFrames) -> None:
    found = likeness(real, frames(2, centers=[]))
    assert part_of(found, "density").found[0] < 0.1, "false detections"
    assert not part_of(found, "density").is_good
    assert np.isnan(found.accuracy)
    assert np.isfinite(found.distance)
