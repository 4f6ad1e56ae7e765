import numpy as np
import pytest

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.simulation.paper_sets import (
    SIMULATION_PRESETS,
    quarter,
    simulate_preset,
)
from napari_asist.simulation.settings import MicrovilliSettings, NucleiSettings


def first_count(video: LabelVideo) -> int:
    return len(np.unique(video.labels[0])) - 1


def test_hela() -> None:
    videos = SIMULATION_PRESETS["hela"].videos
    assert len(videos) == 10
    for settings in videos:
        assert isinstance(settings, NucleiSettings)
        assert (settings.frames, *settings.field) == (50, 512, 512)
        counts = settings.objects, settings.appearing, settings.disappearing
        assert counts == (150, 20, 20)
    mitoses = {s.mitoses for s in videos if isinstance(s, NucleiSettings)}
    assert mitoses == {5, 10}
    made = simulate_preset("hela", 0)
    for expected in (5, 10):
        video = next(made).checked()
        assert first_count(video) == 150
        assert len(np.unique(video.tracks["parent"])) - 1 == expected


@pytest.mark.parametrize("frames", [10, 50])
def test_microvilli_1(frames: int) -> None:
    (video,) = simulate_preset(f"microvilli-1-{frames}", 0)
    assert video.checked().labels.shape == (frames, 512, 512)
    assert first_count(video) == 100


def test_microvilli_5() -> None:
    videos = SIMULATION_PRESETS["microvilli-5"].videos
    assert all(isinstance(settings, MicrovilliSettings) for settings in videos)
    assert [settings.objects for settings in videos] == [80, 115, 150, 185, 220]
    assert {(s.frames, *s.field) for s in videos} == {(50, 512, 512)}
    assert first_count(next(simulate_preset("microvilli-5", 0)).checked()) == 80


def test_microvilli_20() -> None:
    preset = SIMULATION_PRESETS["microvilli-20"]
    assert 4 * len(preset.videos) == 20
    whole = next(simulate_preset("microvilli-5", 3))
    split = simulate_preset("microvilli-20", 3)
    parts = [next(split).checked() for _ in range(4)]
    assert {part.labels.shape for part in parts} == {(50, 256, 256)}
    upper, lower = np.dstack([p.labels for p in parts[:2]]), parts[2].labels
    np.testing.assert_array_equal(upper > 0, whole.labels[:, :256] > 0)
    np.testing.assert_array_equal(lower > 0, whole.labels[:, 256:, :256] > 0)


def test_quarters_are_the_whole_field() -> None:
    labels = np.arange(1, 17, dtype=np.uint16).reshape(1, 4, 4)
    corners = [quarter(LabelVideo(labels), part).labels[0, 0, 0] for part in range(4)]
    assert corners == [1, 3, 9, 11]


def test_an_unknown_set_is_rejected() -> None:
    with pytest.raises(AsistError, match="choose hela, microvilli-1-10"):
        next(simulate_preset("yeast", 0))
