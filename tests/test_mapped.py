from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from napari_asist.mapped import FRAMES_HELD, blank_video, each_frame, release


@pytest.fixture(params=["memory", "disk"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "new" / "video.raw" if request.param == "disk" else None


def test_written_frames_stay_when_memory_is_released(file: Path | None) -> None:
    video = blank_video((5, 30, 40), np.uint16, file)
    assert not video.any()
    video[2] = 7
    release(video)
    assert (video[2] == 7).all()
    assert not video[3].any()
    assert file is None or file.stat().st_size == 5 * 30 * 40 * 2


def test_each_frame_comes_once_and_can_be_changed(file: Path | None) -> None:
    video = blank_video((2 * FRAMES_HELD + 3, 4, 5), np.uint8, file)
    for time, frame in enumerate(each_frame(video)):
        assert type(frame) is np.ndarray
        frame[:] = time
    assert_array_equal(video[:, 0, 0], np.arange(len(video)))


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "video.raw"
    blank_video((2, 3, 4), np.uint8, file)[:] = 1
    assert not blank_video((2, 3, 4), np.uint8, file).any()
