from pathlib import Path

import numpy as np
import pytest
import tifffile
from cases import CASES

from napari_asist.ctc import write_ctc
from napari_asist.errors import AsistError
from napari_asist.workflow.run_folder.training_data import (
    read_training_video,
    write_training_images,
)


def test_images_are_unchanged_after_saving(tmp_path: Path) -> None:
    labels = CASES["division"]()
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1.5, labels.labels.shape).astype(np.float32)
    images[0, 0, :2] = -1, 3
    write_training_images(images, tmp_path / "01")
    write_ctc(labels, tmp_path / "01_GT", "truth")
    read, video = read_training_video(tmp_path / "01_GT")
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, images, atol=2.1 / 65535)
    assert read[0, 0, :2].tolist() == [-1, 3]
    np.testing.assert_array_equal(video.labels, labels.labels)
    assert tifffile.imread(tmp_path / "01" / "t000.tif").dtype == np.uint16


def test_killed_writing_leaves_nothing_behind(tmp_path: Path) -> None:
    write_training_images(np.zeros((3, 4, 4), np.float32), tmp_path / "01")
    write_training_images(np.zeros((2, 4, 4), np.float32), tmp_path / "01")
    assert len(list((tmp_path / "01").iterdir())) == 2


def test_frames_and_labels_must_have_the_same_number(tmp_path: Path) -> None:
    write_training_images(np.zeros((2, 4, 4), np.float32), tmp_path / "01")
    write_ctc(CASES["division"](), tmp_path / "01_GT", "truth")
    with pytest.raises(AsistError, match=r"01 has 2 frames but .*01_GT has 5"):
        read_training_video(tmp_path / "01_GT")
