import numpy as np
import pytest

from napari_asist.estimation.borders import outlines_of
from napari_asist.labels import LabelVideo
from napari_asist.microscope.out_of_focus import out_of_focus_light
from napari_asist.microscope.render import MicroscopeSettings, exposures
from napari_asist.microscope.settings import SHARPEST, OutOfFocusSettings
from napari_asist.simulation.rescale import rescaled

Y, X = np.indices((256, 256))
DISC = (np.hypot(Y - 99, X - 99) < 13).astype(np.uint16)
VIDEO = LabelVideo(np.repeat(DISC[None], 3, axis=0))
BLURRED = OutOfFocusSettings(density=1, brightness=30, blur=SHARPEST)


def steepest(image: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> float:
    return float(np.hypot(*np.gradient(image)).max())


def test_their_light_is_dim_and_much_smoother_than_an_object_is() -> None:
    light = list(out_of_focus_light(VIDEO, BLURRED, np.random.default_rng(0)))
    assert 5 < light[0].max() < 2.5 * 30
    alone = OutOfFocusSettings(density=0.1, brightness=30, blur=SHARPEST)
    (blob, *_) = out_of_focus_light(VIDEO, alone, np.random.default_rng(3))
    settings = MicroscopeSettings().changed(
        brightness={"quantiles": (30, 30)}, texture=0, unevenness=0
    )
    focused = next(exposures(VIDEO, settings, 0)).signal
    # As fractions of their own brightness, even at the least blur.
    assert steepest(blob) / blob.max() < 0.4 * steepest(focused) / focused.max()


def test_they_drift_and_have_no_label() -> None:
    light = list(out_of_focus_light(VIDEO, BLURRED, np.random.default_rng(0)))
    change = np.abs(light[1] - light[0]).max() / light[0].max()
    assert 0.005 < change < 0.2
    still = BLURRED.changed(drift=0)
    one, other, _ = out_of_focus_light(VIDEO, still, np.random.default_rng(0))
    np.testing.assert_array_equal(one, other)
    with_them = MicroscopeSettings(out_of_focus=BLURRED)
    plain, blurred = (
        next(exposures(VIDEO, used, 0, reach=6))
        for used in (MicroscopeSettings(), with_them)
    )
    np.testing.assert_array_equal(plain.signal, blurred.signal)
    np.testing.assert_array_equal(plain.even, blurred.even)
    added = blurred.counts - plain.counts
    expected = next(
        out_of_focus_light(VIDEO, BLURRED, np.random.default_rng(0).spawn(3)[2])
    )
    assert added.mean() == pytest.approx(expected.mean(), rel=0.1)


def test_they_follow_the_scale() -> None:
    twice = rescaled(BLURRED, 2)
    assert twice.density == pytest.approx(0.25)
    assert twice.drift == pytest.approx(1)
    assert twice.blur == BLURRED.blur


def test_a_video_without_objects_has_none() -> None:
    empty = LabelVideo(np.zeros((1, 64, 64), np.uint16))
    (light,) = out_of_focus_light(empty, BLURRED, np.random.default_rng(0))
    assert not light.any()
    assert outlines_of(empty.labels[0]).nearest.max() == 0
