import numpy as np
import pytest

from napari_asist.estimation.detect import outlined_objects
from napari_asist.estimation.estimate import estimate_simulator
from napari_asist.estimation.irregularity import outline_waves
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.shapes import Star
from napari_asist.simulation.simulate import simulate_video

NUCLEI = NucleiSettings(
    frames=2,
    height=384,
    width=384,
    objects=36,
    appearing=0,
    disappearing=0,
    mitoses=0,
    overlap=1.1,
    radius_mean=13,
    radius_min=9,
    radius_max=17,
    elongation=0.3,
    rim=24,
)
Y, X = np.indices((96, 96)) - 47.5


def test_waves_are_those_of_the_outline() -> None:
    turn = np.arctan2(Y, X)
    for wave in (3, 4, 5):
        radius = 40 * (1 + 0.05 * np.cos(wave * turn + 1))
        found = outline_waves((np.hypot(Y, X) < radius).astype(np.int32))[1]
        # The other two of three waves are absent.
        assert found == pytest.approx(wave * 0.05 / np.sqrt(3), rel=0.1)


def test_ellipses_have_no_waves() -> None:
    u, v = X * np.cos(0.7) + Y * np.sin(0.7), Y * np.cos(0.7) - X * np.sin(0.7)
    ellipse = (u / 40) ** 2 + (v / 20) ** 2 < 1
    assert outline_waves(ellipse.astype(np.int32))[1] < 0.02


def test_only_lone_objects_are_measured() -> None:
    lone, left, right = (np.hypot(Y + 20, X - x) < 8 for x in (-30, 10, 26))
    cut = np.hypot(Y - 47.5, X) < 12
    waves = outline_waves(1 * lone + 2 * left + 3 * right + 4 * cut)
    assert np.isfinite(waves).tolist() == [False, True, False, False, False]


@pytest.mark.parametrize("border", [0.5, 0.27, None])
def test_the_irregularity_of_stars_is_recovered(border: float | None) -> None:
    found = []
    for irregularity in (0, 0.1, 0.2):
        stars = NUCLEI.changed(shape=Star(irregularity=irregularity))
        frames = render_video(simulate_video(stars, 3), MicroscopeSettings(), 3)
        fitted = estimate_simulator(frames, "nuclei", 2, border).settings
        assert isinstance(fitted, NucleiSettings)
        assert isinstance(fitted.shape, Star)
        assert fitted.elongation == pytest.approx(0.3, rel=0.3)
        found.append(fitted.shape.irregularity)
    assert found[0] < 0.05
    assert found[1:] == pytest.approx([0.1, 0.2], rel=0.25)


def test_dim_objects_do_not_determine_the_outline() -> None:
    dim = MicroscopeSettings().changed(brightness={"quantiles": (40, 60)})
    frame = render_video(simulate_video(NUCLEI, 3), dim, 3)[0]
    found = outlined_objects(frame, 9)[0]
    assert len(found) > 20
    assert not np.isfinite(found["irregularity"]).any()
