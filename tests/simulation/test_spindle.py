import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.measure import regionprops

from napari_asist.estimation.outline_shape import fitted_spindle, outline_moments
from napari_asist.simulation.settings import MicrovilliSettings
from napari_asist.simulation.shapes import Ellipse, Rectangle, Shape, Spindle
from napari_asist.simulation.simulate import simulate_video

CELLS = MicrovilliSettings(
    frames=1,
    objects=90,
    stick_width=16,
    stick_width_sd=0,
    length_mean=44,
    length_sd=0,
    length_min=25,
    length_max=80,
    overlap=1.3,
)


def labels_of(shape: Shape, seed: int = 0) -> NDArray[np.int32]:
    video = simulate_video(CELLS.changed(shape=shape), seed)
    return np.asarray(video.labels[0], np.int32)


@pytest.mark.parametrize("taper", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("asymmetry", [0.0, 0.4])
def test_length_width_and_area_are_as_requested(taper: float, asymmetry: float) -> None:
    shape = Spindle(taper=taper, taper_sd=0, asymmetry=asymmetry, bend=0)
    labels = labels_of(shape)
    regions = [
        region
        for region in regionprops(labels)  # type: ignore[no-untyped-call]
        if min(region.bbox[:2]) > 0 and max(region.bbox[2:]) < 512
    ]
    assert len(regions) > 30
    area = [region.area for region in regions]
    # Few pixels of others are on top.
    assert np.median(area) == pytest.approx(np.pi / 4 * 16 * 44, rel=0.02)
    length = [region.axis_major_length for region in regions]
    assert np.median(length) == pytest.approx(44, rel=0.02)


def test_a_spindle_without_taper_is_an_ellipse() -> None:
    straight = Spindle(taper=0, taper_sd=0, asymmetry=0, bend=0)
    scene = np.zeros(1, [("major", "f8"), ("minor", "f8"), *Spindle.fields])
    scene["major"], scene["minor"] = 2, 1
    straight.draw(scene, np.random.default_rng(0))
    outline = straight.outline(scene)[0]
    np.testing.assert_allclose(np.hypot(*outline.T), 1, atol=1e-9)


@pytest.mark.parametrize(
    ("shape", "taper", "asymmetry", "bend"),
    [
        (Ellipse(), 0, 0, 0),
        (Rectangle(), -0.25, 0, 0),
        (Spindle(taper=0.5, bend=0, asymmetry=0.3), 0.5, 0.3, 0),
        (Spindle(taper=0.9, bend=0.2, asymmetry=0), 0.9, 0, 0.2),
        (Spindle(taper=0.4, bend=0.3, asymmetry=0.3), 0.4, 0.3, 0.3),
    ],
)
def test_outlines_determine_the_spindle(
    shape: Shape, taper: float, asymmetry: float, bend: float
) -> None:
    found = fitted_spindle([outline_moments(labels_of(shape, seed)) for seed in (0, 1)])
    assert found.taper == pytest.approx(taper, abs=0.1)
    assert found.asymmetry == pytest.approx(asymmetry, abs=0.08)
    assert found.bend == pytest.approx(bend, abs=0.05)


def test_too_few_outlines_give_the_default() -> None:
    assert fitted_spindle([]) == Spindle()
    cut = np.ones((40, 40), np.int32)
    assert not len(outline_moments(cut))


def test_outlines_drift_but_do_not_wander_off() -> None:
    shape = Spindle(bend=0.2, asymmetry=0.3, renewal=0.2)
    rng = np.random.default_rng(1)
    scene = np.zeros(4000, Spindle.fields)
    shape.draw(scene, rng)
    first = scene.copy()
    shape.drift(scene, rng)
    assert np.corrcoef(first["bend"], scene["bend"])[0, 1] == pytest.approx(
        0.8, abs=0.03
    )
    for _ in range(20):
        shape.drift(scene, rng)
    assert scene["bend"].std() == pytest.approx(0.2, rel=0.05)
    assert scene["asymmetry"].std() == pytest.approx(0.3, rel=0.05)
    np.testing.assert_array_equal(scene["taper"], first["taper"])
