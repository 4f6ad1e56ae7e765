import numpy as np
import pytest

from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.labels import LabelVideo
from napari_asist.microscope.calibrated_optics import fitted_look
from napari_asist.microscope.nucleoli import drawn_nucleoli
from napari_asist.microscope.render import MicroscopeSettings, exposures
from napari_asist.microscope.scene import draw_scene
from napari_asist.microscope.settings import MOST_NUCLEOLI, NucleoliSettings
from napari_asist.simulation.settings import NucleiSettings

HOLES = NucleoliSettings(number=3, radius=0.15, depth=0.8)
OPTICS = MicroscopeSettings().changed(
    brightness={"quantiles": (500, 500)}, texture=0, unevenness=0, halo=0, falloff=0
)
Y, X = np.indices((2, 96, 96))[1:]


def moving() -> LabelVideo:
    """A disc with a radius of 30 px that moves by 8 px along x."""
    middle = np.array([40, 48])[:, None, None]
    return LabelVideo((np.hypot(Y - 46, X - middle) < 30).astype(np.uint16))


def test_number_size_and_depth_are_those_of_the_settings() -> None:
    spots = drawn_nucleoli(HOLES, 4000, np.random.default_rng(0))
    there = spots[..., 3] > 0
    number = there.sum(axis=1)
    assert number.mean() == pytest.approx(3, rel=0.03)
    assert number.var() == pytest.approx(3, rel=0.1)
    assert np.median(spots[..., 2][there]) == pytest.approx(0.15, rel=0.03)
    np.testing.assert_allclose(spots[..., 3][there], 0.8)
    assert np.hypot(spots[..., 0], spots[..., 1]).max() <= 0.6
    assert drawn_nucleoli(NucleoliSettings(), 5, np.random.default_rng(0)).size == 0


def test_they_have_the_requested_darkness_and_move_along() -> None:
    video = moving()
    settings = OPTICS.changed(nucleoli=HOLES, psf_sigma=0.5)
    plain, holed = (
        [one.signal for one in exposures(video, used, 1)] for used in (OPTICS, settings)
    )
    inside = np.hypot(Y[0] - 46, X[0] - 40) < 20
    level = np.median(holed[0][inside])
    assert holed[0][inside].min() == pytest.approx(0.2 * level, rel=0.15)
    # The light they remove is added to the rest of the nucleus.
    label = video.labels[0] > 0
    assert holed[0][label].mean() == pytest.approx(plain[0][label].mean(), rel=0.02)
    np.testing.assert_allclose(
        holed[0][16:76, 10:70], 0.998 * holed[1][16:76, 18:78], rtol=0.01, atol=1
    )


def test_labels_have_neither_holes_nor_notches() -> None:
    nuclei = NucleiSettings(
        height=256,
        width=256,
        frames=2,
        objects=6,
        appearing=0,
        disappearing=0,
        mitoses=0,
        overlap=1.1,
        radius_mean=30,
        radius_min=26,
        radius_max=34,
    )
    dark = NucleoliSettings(number=MOST_NUCLEOLI, radius=0.25, depth=1)
    border = DrawnBorder(None, 40)
    holed, plain = (
        draw_scene(nuclei, OPTICS.changed(nucleoli=used), 3, border).labels.labels
        for used in (dark, NucleoliSettings())
    )
    assert np.mean((holed > 0) != (plain > 0)) < 0.01 * np.mean(plain > 0)


def test_the_visible_border_stays_where_it_was() -> None:
    look, holed = (
        fitted_look(moving(), used, np.random.default_rng(0))
        for used in (OPTICS, OPTICS.changed(nucleoli=HOLES))
    )
    assert holed.loose.growth == look.loose.growth
    assert holed.nucleoli.shape == (2, MOST_NUCLEOLI, 4)
