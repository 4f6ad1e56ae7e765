import dask.array as da
import numpy as np
import pytest

from napari_asist.workflow.joined_frames import JoinedFrames


@pytest.fixture
def frames() -> JoinedFrames:
    first = np.full((2, 3, 5), 1)
    second = da.from_array(np.stack([np.full((4, 4), 2), np.full((4, 4), 3)]))
    return JoinedFrames([first, second])


def test_videos_follow_each_other(frames: JoinedFrames) -> None:
    assert len(frames) == 4
    assert [int(frame[0, 0]) for frame in frames] == [1, 1, 2, 3]
    assert [frame.shape for frame in frames[1:3]] == [(3, 5), (4, 4)]
    assert int(frames[-1][0, 0]) == 3
    assert isinstance(frames[2], np.ndarray)


def test_indexing_past_the_end_fails(frames: JoinedFrames) -> None:
    with pytest.raises(IndexError):
        frames[4]


def test_cropped_frames_have_the_same_size(frames: JoinedFrames) -> None:
    assert {frame.shape for frame in frames.cropped()} == {(3, 4)}
