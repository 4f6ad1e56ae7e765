"""A preview shows simulated frames as soon as possible."""

import numpy as np
import pytest

from napari_asist.simulation.placement import NoRoomError
from napari_asist.simulation.preview import MOST_FRAMES, Preview
from napari_asist.simulation.settings import MicrovilliSettings, NucleiSettings
from napari_asist.simulation.simulate import simulate_video

NUCLEI = NucleiSettings(
    frames=12,
    height=96,
    width=80,
    objects=8,
    appearing=1,
    disappearing=1,
    mitoses=1,
    radius_mean=8,
)
STICKS = MicrovilliSettings(frames=6, height=64, width=64, objects=20)


@pytest.mark.parametrize("settings", [NUCLEI, STICKS])
def test_its_objects_are_those_of_the_video(
    settings: NucleiSettings | MicrovilliSettings,
) -> None:
    video, preview = simulate_video(settings, 3), Preview(settings, 3)
    assert list(preview.simulating()) == list(range(1, settings.frames + 1))
    assert preview.shape == video.labels.shape
    for time, labels in enumerate(video.labels):
        frame = preview.frame(time)
        pairs = np.unique(np.stack([frame.ravel(), labels.ravel()]), axis=1)
        # Each object has one label in both, and the background is the same.
        assert len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1]
        assert pairs[:, 0].tolist() == [0, 0]


def test_a_frame_is_available_before_the_video() -> None:
    preview = Preview(NUCLEI, 0)
    assert not preview.frame(0).any()
    next(preview.simulating())
    assert preview.frame(0).any()
    np.testing.assert_array_equal(preview.frame(1), preview.frame(0))


def test_long_videos_are_previewed_in_part() -> None:
    preview = Preview(STICKS.changed(frames=10_000, objects=2), 0)
    assert preview.shape[0] == MOST_FRAMES == len(list(preview.simulating()))


def test_no_room_is_reported() -> None:
    preview = Preview(NUCLEI.changed(mitoses=8, frames=3), 0)
    with pytest.raises(NoRoomError, match="mitoses"):
        list(preview.simulating())
    assert preview.frame(0).any()


@pytest.mark.parametrize("settings", [NUCLEI, STICKS])
def test_its_video_is_the_simulated_one(
    settings: NucleiSettings | MicrovilliSettings,
) -> None:
    preview = Preview(settings, 3)
    steps = preview.simulating()
    next(steps)
    assert len(preview.video()) == 1
    list(steps)
    video, whole = preview.video(), simulate_video(settings, 3)
    np.testing.assert_array_equal(video.labels, whole.labels)
    np.testing.assert_array_equal(video.tracks, whole.tracks)
