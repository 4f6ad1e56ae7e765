"""A quick look at a video, as it was recorded."""

import dask.array as da
import numpy as np
import pytest

from napari_asist.errors import AsistError
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video import Video
from napari_asist.workflow.quick_look import quick_look
from napari_asist.workflow.recipe import make_recipe

NUCLEI = NucleiSettings(frames=4, height=200, width=240, objects=25, radius_mean=10)


def video_of(frames: np.ndarray) -> Video:
    return Video(da.from_array(frames, (1, -1, -1)), "mine")


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    truth = simulate_video(NUCLEI, 1)
    return render_video(truth, MicroscopeSettings(), 1)


@pytest.mark.parametrize("form", ["as recorded", "dark", "from 0 to 1"])
def test_a_frame_has_the_recorded_intensities(frames: np.ndarray, form: str) -> None:
    recorded = frames
    if form == "dark":
        recorded = (4095 - np.minimum(frames, 4095)).astype(np.uint16)
    elif form == "from 0 to 1":
        recorded = (frames / 4095).astype(np.float32)
    look = quick_look(video_of(recorded), make_recipe("laptop"))
    assert look.match.objects == pytest.approx(25, rel=0.25)
    simulator = look.match.simulator.changed(frames=2, appearing=0, disappearing=0)
    drawn = look.frame(simulate_video(simulator, 3), 0, 3)
    assert drawn.shape == (200, 240)
    median, spread = np.median(recorded), recorded.std()
    assert abs(np.median(drawn) - median) < 0.3 * spread
    assert drawn.std() == pytest.approx(spread, rel=0.5)


def test_the_recipe_says_what_is_known(frames: np.ndarray) -> None:
    recipe = make_recipe("laptop", changes=[{"estimate": {"simulator": "microvilli"}}])
    assert quick_look(video_of(frames), recipe).match.kind == "microvilli"


def test_an_empty_video_has_nothing_to_match() -> None:
    with pytest.raises(AsistError, match="stands out"):
        quick_look(video_of(np.zeros((4, 64, 64), np.uint8)), make_recipe("laptop"))
