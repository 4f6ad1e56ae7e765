from pathlib import Path

import numpy as np
from numpy.testing import assert_array_equal

from napari_asist.tracking.repair.tracks import blank_labels, widened


def test_the_largest_label_decides_the_dtype() -> None:
    assert blank_labels((2, 3, 4), None).dtype == np.uint16
    assert blank_labels((2, 3, 4), None, 65_536).dtype == np.uint32


def test_wide_labels_match_the_narrow_ones(tmp_path: Path) -> None:
    labels = blank_labels((20, 3, 4), tmp_path)
    labels[:] = np.arange(20)[:, None, None]
    wide = widened(labels, tmp_path)
    assert isinstance(wide, np.memmap)
    assert wide.dtype == np.uint32
    assert_array_equal(wide, labels)
    assert type(widened(np.array(labels), None)) is np.ndarray
