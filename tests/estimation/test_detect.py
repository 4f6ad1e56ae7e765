import numpy as np
import pytest
from numpy.typing import NDArray

from napari_asist.estimation.detect import (
    HALF_MAXIMUM,
    VISIBLE_BORDER,
    Detections,
    detect_objects,
    noise_level,
    outlined_objects,
    typical_radius,
)
from napari_asist.estimation.drawn_borders import DrawnBorder, redrawn
from napari_asist.labels import LabelVideo
from napari_asist.microscope.render import (
    MicroscopeSettings,
    exposures,
    render_video,
)
from napari_asist.simulation.settings import BrightnessSettings
from napari_asist.simulation.video_settings import NUCLEUS_SADDLE, STICK_SADDLE

CAMERA = MicroscopeSettings(
    brightness=BrightnessSettings(quantiles=(60, 800)), unevenness=0
)
GRID = [(y, x) for y in range(40, 256, 60) for x in range(40, 256, 60)]


def photographed(
    places: list[tuple[int, int]], length: float, width: float, angle: float = 0
) -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """Render ellipses on a field of 256 × 256 px."""
    y, x = np.indices((256, 256))
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    labels = np.zeros((1, 256, 256), np.uint16)
    for label, (row, column) in enumerate(places, 1):
        u = (x - column) * cos + (y - row) * sin
        v = (y - row) * cos - (x - column) * sin
        labels[0][(2 * u / length) ** 2 + (2 * v / width) ** 2 < 1] = label
    frame: np.ndarray[tuple[int, int], np.dtype[np.uint16]]
    frame = render_video(LabelVideo(labels), CAMERA, 2)[0]
    return frame


def at_label_border(
    frame: NDArray[np.uint16], saddle: float = NUCLEUS_SADDLE
) -> Detections:
    """Measure objects where the virtual microscope's labels end."""
    return detect_objects(frame, typical_radius(frame), saddle, HALF_MAXIMUM)


def test_every_object_is_found_and_measured() -> None:
    frame = photographed(GRID, 24, 24)
    found = at_label_border(frame)
    assert len(found) == len(GRID)
    places = np.stack([found["y"], found["x"]], axis=1)
    distance = np.linalg.norm(places[:, None] - np.array(GRID)[None], axis=2)
    assert distance.min(axis=1).max() < 1.5
    assert np.median(found["radius"]) == pytest.approx(12, rel=0.04)
    assert found["brightness"].min() > 30
    assert found["brightness"].max() < 900
    assert found["whole"].all()


def test_axes_and_angle_are_measured() -> None:
    frame = photographed(GRID, 30, 14, angle=60)
    found = at_label_border(frame, STICK_SADDLE)
    assert len(found) == len(GRID)
    assert np.median(found["angle"]) == pytest.approx(60, abs=2)
    assert np.median(found["length"]) == pytest.approx(30, rel=0.08)
    assert np.median(found["width"]) == pytest.approx(14, rel=0.08)


def test_the_visible_border_encloses_the_blurred_edge() -> None:
    frame = photographed(GRID, 24, 24)
    found = detect_objects(frame, typical_radius(frame), border=VISIBLE_BORDER)
    # The edge is blurred by the optics, by the pixels and by the detection itself.
    edge = np.sqrt(CAMERA.psf_sigma**2 + 1 / 12 + 1)
    assert np.median(found["radius"]) == pytest.approx(12 + 0.61 * edge, rel=0.03)


def test_outlines_end_where_people_draw_dim_and_bright_objects() -> None:
    y, x = np.indices((256, 256))
    labels = np.zeros((1, 256, 256), np.uint16)
    for label, (row, column) in enumerate(GRID, 1):
        labels[0][np.hypot(y - row, x - column) < 12] = label
    wide = CAMERA.changed(
        brightness=BrightnessSettings(quantiles=(60, 120, 600, 2000)),
        border=VISIBLE_BORDER,
    )
    ((counts, signal, _, _),) = exposures(LabelVideo(labels), wide, 0)
    border = DrawnBorder(None, softness=4 * noise_level(counts))
    truth = redrawn(signal, labels[0], border)
    found, objects = outlined_objects(counts, 14, border=border)
    assert len(found) == len(GRID)
    owner = np.array(
        [np.bincount(truth[objects == n]).argmax() for n in 1 + np.arange(16)]
    )
    ratio = np.bincount(objects.ravel())[1:] / np.bincount(truth.ravel())[owner]
    is_bright = found["brightness"] > 400
    assert is_bright.any()
    for several in (is_bright, ~is_bright):
        assert np.median(ratio[several]) == pytest.approx(1, abs=0.05)
    areas = np.bincount(truth.ravel())[owner]
    assert np.median(areas[is_bright]) > 1.15 * np.median(areas[~is_bright])


def test_a_stated_part_is_that_number() -> None:
    frame = photographed(GRID, 24, 24)
    _, plain = outlined_objects(frame, 12, border=0.4)
    _, stated = outlined_objects(frame, 12, border=DrawnBorder(0.4, softness=50))
    np.testing.assert_array_equal(plain, stated)


def test_outlines_are_those_of_the_detections() -> None:
    # The small one is omitted, and the numbers have no gap.
    y, x = np.indices((256, 256))
    frame = photographed(GRID[1:], 24, 24).astype(float)
    frame[np.hypot(y - GRID[0][0], x - GRID[0][1]) < 3] += 500
    found, objects = outlined_objects(frame, 12)
    areas = np.bincount(objects.ravel())[1:]
    assert len(found) == len(areas) == len(GRID) - 1
    assert np.sqrt(areas / np.pi) == pytest.approx(found["radius"])


def test_touching_objects_are_separated() -> None:
    pairs = [place for y, x in GRID for place in ((y, x), (y, x + 22))]
    frame = photographed(pairs, 24, 24)
    found = detect_objects(frame, typical_radius(frame))
    assert len(found) == pytest.approx(len(pairs), abs=2)


def test_objects_at_the_border_are_not_whole() -> None:
    frame = photographed([(100, 100), (2, 180), (180, 0)], 24, 24)
    found = detect_objects(frame, typical_radius(frame))
    assert sorted(found["whole"].tolist()) == [False, False, True]


@pytest.mark.parametrize("radius", [6, 12, 18])
def test_typical_radius_is_the_inscribed_one(radius: float) -> None:
    frame = photographed(GRID, 2 * radius + 8, 2 * radius)
    assert typical_radius(frame) == pytest.approx(radius + 2, abs=2)


def test_noise_alone_holds_no_object() -> None:
    frame = photographed([], 24, 24)
    assert len(detect_objects(frame, 12)) == 0
    assert noise_level(frame) == pytest.approx(np.sqrt(100 * 0.5 + 25), rel=0.1)


def test_objects_without_any_noise_are_found() -> None:
    y, x = np.indices((256, 256))
    frame = np.zeros(y.shape)
    for row, column in GRID:
        distance = np.hypot(y - row, x - column) / 14
        frame += 500 * np.maximum(1 - distance**2, 0)
    with np.errstate(all="raise", under="ignore"):
        found = detect_objects(frame, 12)
    assert len(found) == len(GRID)
    assert np.median(found["radius"]) == pytest.approx(11, rel=0.2)
    assert len(detect_objects(np.zeros((64, 64)), 12)) == 0
