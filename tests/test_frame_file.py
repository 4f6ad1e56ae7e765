from pathlib import Path

import numpy as np
import pytest
from cases import CASES

from napari_asist.ctc import read_ctc, write_ctc
from napari_asist.frame_file import FrameFile, new_frames
from napari_asist.labels import LabelVideo


@pytest.mark.parametrize("dtype", ["?", "u2", "f4"])
def test_frames_survive_the_file(dtype: str, tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 2, (3, 5, 7)).astype(dtype)
    kept = FrameFile(tmp_path / "new" / "frames.npy", frames.shape, dtype)
    for time in (2, 0, 1):
        kept[time] = frames[time]
    assert (len(kept), kept.ndim, kept.shape) == (3, 3, frames.shape)
    np.testing.assert_array_equal(kept[-1], frames[2])
    np.testing.assert_array_equal(np.asarray(kept), frames)
    np.testing.assert_array_equal(np.load(kept.path), frames)
    for one, other in zip(kept, frames, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == frames.dtype
    assert kept.max(initial=0) == frames.max()
    assert FrameFile(tmp_path / "nothing.npy", (1, 1, 1), "u1").max(initial=7) == 7
    with pytest.raises(IndexError):
        kept[3]


def test_what_lay_there_before_is_gone(tmp_path: Path) -> None:
    FrameFile(tmp_path / "frames.npy", (2, 4, 4), "u1")[1] = np.ones((4, 4), "u1")
    assert not np.asarray(FrameFile(tmp_path / "frames.npy", (2, 4, 4), "u1")).any()


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_label_video_may_lie_in_a_file(name: str, tmp_path: Path) -> None:
    video = CASES[name]()
    labels = new_frames(video.labels.shape, video.labels.dtype, tmp_path / "a.npy")
    for time, frame in enumerate(video.labels):
        labels[time] = frame
    kept = LabelVideo(labels, video.tracks, video.first_frame)
    assert not kept.faults()
    write_ctc(video, tmp_path / "array", "truth")
    write_ctc(kept, tmp_path / "file", "truth")
    one, other = read_ctc(tmp_path / "array"), read_ctc(tmp_path / "file")
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.tracks, other.tracks)


def test_frames_are_in_memory_without_a_path() -> None:
    assert isinstance(new_frames((2, 3, 4), "u2"), np.ndarray)
