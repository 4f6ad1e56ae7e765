"""Ground truth read for the frames of a result."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from cases import CASES

from napari_asist.ctc import write_ctc
from napari_asist.errors import AsistError
from napari_asist.evaluation.truth_video import reading_truth
from napari_asist.events import result_of


def test_markers_come_before_masks_and_masks_without_them(tmp_path: Path) -> None:
    video = CASES["division"]()
    shape = (video.labels.shape[1], video.labels.shape[2])
    write_ctc(video, tmp_path / "01_GT", "truth")
    work = reading_truth(tmp_path / "01_GT", range(5), shape, "the result")
    np.testing.assert_array_equal(result_of(work), video.labels)
    mask = np.zeros(shape, np.uint16)
    mask[3:5] = 7
    (tmp_path / "02_GT" / "SEG").mkdir(parents=True)
    tifffile.imwrite(tmp_path / "02_GT" / "SEG" / "man_seg002.tif", mask)
    work = reading_truth(tmp_path / "02_GT", range(5), shape, "the result")
    found = result_of(work)
    np.testing.assert_array_equal(found[2], mask)
    assert not found[[0, 1, 3, 4]].any()


def test_frames_are_numbered_as_those_of_the_result(tmp_path: Path) -> None:
    video = CASES["late_start"]()
    shape = (video.labels.shape[1], video.labels.shape[2])
    write_ctc(video, tmp_path / "01_GT", "truth")
    for frames in (range(150, 155), range(5)):
        work = reading_truth(tmp_path / "01_GT", frames, shape, "the result")
        np.testing.assert_array_equal(result_of(work), video.labels)
    # A result of more frames than the ground truth.
    work = reading_truth(tmp_path / "01_GT", range(148, 156), shape, "the result")
    found = result_of(work)
    np.testing.assert_array_equal(found[2:7], video.labels)
    assert not found[[0, 1, 7]].any()


def test_the_truth_of_another_video_is_refused(tmp_path: Path) -> None:
    write_ctc(CASES["division"](), tmp_path / "01_GT", "truth")
    with pytest.raises(AsistError, match=r"40 × 48 px, .* 40 × 50 px"):
        result_of(reading_truth(tmp_path / "01_GT", range(5), (40, 50), "the video"))
    with pytest.raises(AsistError, match="has frames 0 to 2"):
        result_of(reading_truth(tmp_path / "01_GT", range(3), (40, 48), "the video"))
