from pathlib import Path

import numpy as np
import pytest
from cases import CASES

from napari_asist.ctc import write_ctc
from napari_asist.labels import split_gaps
from napari_asist.workflow.annotations import read_annotation


@pytest.mark.parametrize("name", sorted(set(CASES) - {"high_labels"}))
def test_annotations_are_read_into_a_file(name: str, tmp_path: Path) -> None:
    video = split_gaps(CASES[name]())
    write_ctc(video, tmp_path / "01_GT", "truth")
    file = tmp_path / "scratch" / "labels.raw"
    read = read_annotation(tmp_path / "01_GT", file)
    assert isinstance(read.labels, np.memmap)
    assert file.stat().st_size == video.labels.nbytes
    np.testing.assert_array_equal(read.labels, video.labels)
    np.testing.assert_array_equal(read.tracks, video.tracks)
    assert read.first_frame == video.first_frame
