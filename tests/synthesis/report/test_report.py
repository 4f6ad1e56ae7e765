import numpy as np
import pytest
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.estimation.drawn_borders import DrawnBorder, redrawn
from napari_asist.labels import LabelVideo
from napari_asist.scaling import IntensityScaling, ScalingSettings
from napari_asist.synthesis.report.advice import summary
from napari_asist.synthesis.report.detected import (
    ObservedFrames,
    observe,
    observe_video,
)
from napari_asist.synthesis.report.report import (
    CycledPairs,
    SynthesisReport,
    report_synthesis,
)

SCALING = IntensityScaling(ScalingSettings().background_window, 40.0, -0.5, 4.2)
SIDE, RADIUS, NOISE = 256, 11.0, 8.0
CENTERS = [
    (28.0 + 40 * row, 28.0 + 40 * column) for row in range(6) for column in range(6)
]
LEVELS = np.linspace(100, 700, len(CENTERS))


def labels(frames: int = 2) -> LabelVideo:
    frame = np.zeros((SIDE, SIDE), np.uint16)
    for number, place in enumerate(CENTERS, 1):
        frame[distance(place) <= RADIUS] = number
    return LabelVideo(np.stack([frame] * frames))


def distance(place: tuple[float, float]) -> NDArray[np.float64]:
    y, x = np.indices((SIDE, SIDE))
    return np.asarray(np.hypot(y - place[0], x - place[1]))


def drawn(
    levels: NDArray[np.float64] = LEVELS,
    radius: float = RADIUS,
    extra: tuple[tuple[float, float], ...] = (),
    flicker: float = 0.0,
    frames: int = 2,
    noise: float = NOISE,
) -> NDArray[np.float32]:
    """Discs with soft edges, half of their maximum at the radius, on the scale."""
    rng = np.random.default_rng(0)
    images = []
    for time in range(frames):
        light = rng.normal(0, noise, (SIDE, SIDE))
        change = 1 + flicker * (-1) ** time
        places = [*CENTERS, *extra]
        for place, level in zip(places, [*levels, *[300] * len(extra)], strict=True):
            light += level * change / (1 + np.exp(2 * (distance(place) - radius)))
        images.append(np.clip(SCALING.of_counts(light), -1, 1))
    return np.stack(images)


@pytest.fixture(scope="module")
def real() -> ObservedFrames:
    return observe(drawn(), SCALING)


def report(images: NDArray[np.float32], real: ObservedFrames) -> SynthesisReport:
    return report_synthesis(images, labels(len(images)), real, SCALING)


def test_a_perfect_drawing_agrees_with_its_annotations(real: ObservedFrames) -> None:
    found = report(drawn(), real)
    assert found.annotated == 72
    assert found.shown == 1
    assert found.jaccard > 0.93
    assert found.stray == 0
    assert found.verdict == "accept"
    assert found.half_maximum == pytest.approx(1, abs=0.05)
    assert found.count_mismatch == found.density_mismatch == 0
    assert found.histogram_distance < 0.01
    assert found.flicker < 0.01
    assert found.dimmest == pytest.approx(found.dimmest_real)
    assert found.noise == pytest.approx(NOISE, rel=0.1)
    assert "Warning" not in summary(found)


def test_each_border_is_judged_at_its_own_part(real: ObservedFrames) -> None:
    border = DrawnBorder(None, SCALING.softness)
    images = drawn(np.linspace(100, 2000, len(CENTERS)))
    video = labels(len(images))
    light = np.maximum(SCALING.to_counts(images[0]), 0)
    outlined = LabelVideo(np.stack([redrawn(light, f, border) for f in video.labels]))
    found = report_synthesis(images, outlined, real, SCALING, border=border)
    assert found.verdict == "accept"
    assert found.visible_upper - found.visible_lower < 0.05
    assert 0.1 < found.border < 0.4
    assert found.half_maximum < 0.95
    stated = DrawnBorder(0.5, SCALING.softness)
    assert report_synthesis(images, video, real, SCALING, border=stated).border == 0.5


def test_objects_drawn_too_small_are_reported(real: ObservedFrames) -> None:
    found = report(drawn(radius=0.85 * RADIUS), real)
    assert found.half_maximum == pytest.approx(0.72, abs=0.04)
    assert found.verdict == "too small"
    assert found.jaccard == pytest.approx(0.72, abs=0.05)
    assert found.shown == 1
    assert "segments objects too large" in summary(found)


def test_objects_drawn_too_large_are_reported(real: ObservedFrames) -> None:
    found = report(drawn(radius=RADIUS + 1), real)
    assert found.verdict == "too large"
    assert "segments objects too small" in summary(found)


def test_missing_objects_are_reported(real: ObservedFrames) -> None:
    levels = LEVELS.copy()
    levels[::4] = 0
    found = report(drawn(levels), real)
    assert found.shown == pytest.approx(0.75)
    assert found.count_mismatch == pytest.approx(-0.25)
    assert found.jaccard > 0.93, "those that are there lie where they should"
    assert "25% of the annotations have no visible object" in summary(found)


def test_objects_as_dim_as_the_noise_are_shown(real: ObservedFrames) -> None:
    levels = LEVELS.copy()
    levels[::4] = NOISE
    assert report(drawn(levels), real).shown > 0.97


def test_objects_without_an_annotation_are_reported(real: ObservedFrames) -> None:
    extra = tuple((48.0 + 40 * number, 48.0) for number in range(4))
    found = report(drawn(extra=extra), real)
    assert found.stray == pytest.approx(0.1, abs=0.02)
    assert found.shown == 1
    assert found.count_mismatch == pytest.approx(4 / 36)
    assert "has no annotation" in summary(found)


def test_compressed_brightness_is_reported(real: ObservedFrames) -> None:
    found = report(drawn(np.full(len(LEVELS), 400.0)), real)
    assert found.dimmest > 2 * found.dimmest_real
    assert found.brightest < 0.8 * found.brightest_real
    assert found.histogram_distance > 0.02
    assert "ignore dim objects" in summary(found)


def test_training_is_not_advised_for_the_renderer(real: ObservedFrames) -> None:
    images, video = drawn(np.full(len(LEVELS), 400.0), flicker=0.1), labels()
    rendered = summary(report_synthesis(images, video, real, SCALING))
    trained = summary(report_synthesis(images, video, real, SCALING, step=5))
    assert "microscope.json" in rendered
    assert "train longer" not in rendered
    assert "encoding brightness" in trained
    assert "microscope.json" not in trained


def test_flicker_is_reported(real: ObservedFrames) -> None:
    found = report(drawn(flicker=0.1), real)
    assert found.flicker == pytest.approx(0.2, abs=0.03)
    assert found.flicker_real < 0.01
    assert "flicker by 20%" in summary(found)
    apart = observe(drawn(flicker=0.1), SCALING, times=[0, 5])
    assert apart.flicker() == 0, "frames that do not follow one another"


def test_pairs_of_frames_are_taken_from_a_video() -> None:
    raw = 500 + SCALING.to_counts(drawn(frames=2, noise=4))
    found = observe_video(np.concatenate([raw] * 4), SCALING, pairs=3)
    assert found.times == (0, 1, 3, 4, 6, 7)
    assert [part.tolist() for part in found.moments()] == [[0, 1], [2, 3], [4, 5]]
    short = observe_video(raw[[0, 1, 0, 1]], SCALING)
    assert short.times == (0, 1, 2, 3)
    assert [part.tolist() for part in short.moments()] == [[0, 1], [2], [3]]
    assert [part.max() for part in found.objects] == [len(CENTERS)] * 6
    assert found.density == pytest.approx(len(CENTERS) / SIDE**2)
    assert observe_video(raw[:1], SCALING).times == (0,)


def test_masks_and_cycles_are_compared_where_given(real: ObservedFrames) -> None:
    video, images = labels(), drawn()
    masks = video.labels > 0
    half = masks.copy()
    half[1] = False
    cycled = CycledPairs(images, images + 0.1, images, images - 0.2)
    found = report_synthesis(
        images, video, real, SCALING, masks=half, cycled=cycled, step=7
    )
    assert found.mask_dice == pytest.approx(2 / 3)
    assert found.cycle_images == pytest.approx(0.1)
    assert found.cycle_annotations == pytest.approx(0.2)
    assert found.step == 7


def test_empty_frames_have_a_report(real: ObservedFrames) -> None:
    nothing = drawn(np.zeros(len(LEVELS)))
    found = report(nothing, real)
    assert found.shown < 0.05
    assert found.verdict == "unknown"
    assert "No drawn object is clearly above the noise" in summary(found)
    empty = LabelVideo(np.zeros((2, SIDE, SIDE), np.uint16))
    assert report_synthesis(nothing, empty, real, SCALING).annotated == 0


def test_frames_and_annotations_must_match(real: ObservedFrames) -> None:
    with pytest.raises(AsistError, match="differ in shape"):
        report_synthesis(drawn(), labels(3), real, SCALING)
