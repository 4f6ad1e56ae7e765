import dask.array as da
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_asist.estimation.polarity import brightest_possible, objects_are_dark
from napari_asist.events import Event, Note, result_of
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import MicrovilliSettings, NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video import Video
from napari_asist.workflow.prepared import preparation_of, prepared
from napari_asist.workflow.recipe import make_recipe


def frames_of(settings: NucleiSettings | MicrovilliSettings) -> NDArray[np.uint16]:
    return render_video(simulate_video(settings, 1), MicroscopeSettings(), 1)


NUCLEI = NucleiSettings(
    frames=4, height=256, width=256, objects=30, mitoses=0, appearing=0, disappearing=0
)
CROWD = NUCLEI.changed(objects=85, overlap=0.7, radius_mean=10)
STICKS = MicrovilliSettings(frames=4, height=256, width=256, objects=60)


@pytest.mark.parametrize("settings", [NUCLEI, CROWD, STICKS])
def test_bright_and_dark_objects_are_distinguished(
    settings: NucleiSettings | MicrovilliSettings,
) -> None:
    frames = frames_of(settings)
    assert not objects_are_dark(frames)
    assert objects_are_dark(frames.max() - frames)
    assert objects_are_dark(-frames.astype(np.float32))


def test_frames_without_objects_have_no_dark_ones() -> None:
    assert not objects_are_dark(np.full((3, 64, 64), 7, np.uint8))
    noise = np.random.default_rng(0).normal(100, 5, (3, 128, 128))
    assert not objects_are_dark(noise)
    assert not objects_are_dark(-noise)


def test_the_inverse_of_the_inverse_is_the_video() -> None:
    frames = (frames_of(NUCLEI) // 8).clip(0, 255).astype(np.uint8)
    assert brightest_possible(frames) == 255
    video = Video(da.from_array(255 - frames, chunks=(1, -1, -1)), "dark")
    again = video.inverted(255.0)
    assert again.frames.dtype == np.uint8
    assert again.ceiling == 255
    np.testing.assert_array_equal(again.frames.compute(), frames)
    real = Video(da.from_array(frames.astype(np.float32), chunks=(1, -1, -1)), "real")
    np.testing.assert_array_equal(
        real.inverted(255.0).frames.compute(), 255 - frames.astype(np.float32)
    )
    # Brighter than all sampled pixels.
    np.testing.assert_array_equal(
        video.inverted(100.0).frames.compute(),
        np.clip(frames.astype(int) - 155, 0, None),
    )


def test_a_run_always_sees_bright_objects() -> None:
    frames = frames_of(NUCLEI)
    ceiling = int(frames.max())
    bright, dark = (
        Video(da.from_array(each, chunks=(1, -1, -1)), "video")
        for each in (frames, ceiling - frames)
    )
    recipe = make_recipe()
    assert result_of(prepared([bright], recipe)) == [bright]
    events: list[Event] = []
    (seen,) = result_of(prepared([dark], recipe), events.append)
    (note,) = [event for event in events if isinstance(event, Note)]
    assert "the video is inverted" in note.message
    # The same except for a constant, which is background.
    shift = seen.frames.compute().astype(int) - frames
    assert np.ptp(shift) == 0
    assert preparation_of([seen]) == {"objects": "dark"}
    assert preparation_of([bright]) == {}
    stated = recipe.changed(scale={"objects": "bright"})
    assert result_of(prepared([dark], stated)) == [dark]
