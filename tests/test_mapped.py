import errno
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from napari_asist.errors import AsistError
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


def test_a_full_disk_is_noticed_before_the_file_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    file = tmp_path / "video.raw"
    with pytest.raises(
        AsistError, match=r"needs 19.07 MiB \(No space left on device\)"
    ):
        blank_video((10, 1000, 1000), np.uint16, file)
    assert not file.exists()


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="needs Linux")
def test_the_space_of_a_file_is_reserved(tmp_path: Path) -> None:
    file = tmp_path / "video.raw"
    blank_video((10, 100, 100), np.uint16, file)
    assert file.stat().st_blocks * 512 >= 200_000


def test_a_file_system_that_cannot_reserve_space_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(os, "posix_fallocate", unsupported, raising=False)
    video = blank_video((2, 3, 4), np.uint16, tmp_path / "video.raw")
    video[:] = 7
    assert (video == 7).all()
