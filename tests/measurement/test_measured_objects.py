import numpy as np
from cases import CASES, empty

from napari_asist.labels import MOST_COUNTED
from napari_asist.measurement.objects import OBJECT_DTYPE, measure_objects


def test_center_and_area_of_each_object() -> None:
    objects = measure_objects(CASES["division"]().labels)
    # Cell 1 is a square of 10 px at row 14, column 16.
    assert objects[0].tolist() == (1, 0, 18.5, 20.5, 100)
    assert objects[objects["label"] == 4]["frame"].tolist() == [0, 1, 2, 3, 4]
    assert objects["frame"].tolist() == sorted(objects["frame"].tolist())


def test_high_labels_and_none() -> None:
    high = measure_objects(CASES["high_labels"]().labels)
    assert high["label"].min() == 70_001
    nothing = measure_objects(empty().labels)
    assert nothing.dtype == OBJECT_DTYPE
    assert len(nothing) == 0
    assert len(np.unique(high["label"])) == 4


def test_labels_too_high_to_count_are_measured_like_low_ones() -> None:
    low = CASES["division"]().labels.astype(np.uint32)
    high = np.where(low > 0, low + MOST_COUNTED, 0).astype(np.uint32)
    expected = measure_objects(low)
    expected["label"] += MOST_COUNTED
    np.testing.assert_array_equal(measure_objects(high), expected)
