import numpy as np

from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.synthesis.report.fresh_pairs import fresh_pairs

NUCLEI = NucleiSettings(height=96, width=640, frames=20, objects=12, mitoses=2)
NUCLEI = NUCLEI.changed(appearing=0, disappearing=0)


def test_pairs_are_of_videos_of_their_own_from_early_to_late() -> None:
    pairs = fresh_pairs(NUCLEI, seed=3)
    assert [pair.time for pair in pairs] == [0, 9, 18]
    assert [len(pair.times) for pair in pairs] == [2, 2, 2]
    for number, pair in enumerate(pairs):
        whole = simulate_video(NUCLEI, 3, number)
        shown = pair.video.labels[: pair.time + 2]
        assert shown.shape[1:] == (96, 512)
        assert np.array_equal(shown > 0, whole.labels[: len(shown), :, :512] > 0)
        assert set(np.unique(shown)) - {0} <= set(pair.video.tracks["label"].tolist())


def test_a_single_frame_has_no_second() -> None:
    still = NUCLEI.changed(frames=1, mitoses=0)
    assert [list(pair.times) for pair in fresh_pairs(still, 0)] == [[0]] * 3


def test_videos_without_room_are_left_out() -> None:
    crowded = NucleiSettings(
        height=96,
        width=80,
        frames=3,
        objects=8,
        mitoses=8,
        appearing=1,
        disappearing=1,
    )
    assert fresh_pairs(crowded, 0) == []
