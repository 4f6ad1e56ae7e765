import numpy as np
from cases import CASES, empty

from napari_asist.measurement.frames import frame_statistics
from napari_asist.measurement.objects import measure_objects
from napari_asist.measurement.scale import Scale
from napari_asist.measurement.tracks import track_statistics


def test_each_track_is_summarized() -> None:
    video = CASES["good"]()
    found = track_statistics(video, measure_objects(video.labels))
    assert found["length"].tolist() == [4, 4, 3]
    assert found["area"].tolist() == [64, 64, 64]
    # The second cell moves three pixels to the right in each frame.
    assert found["speed"].tolist() == [0, 3, 0]


def test_children_are_counted_and_a_single_frame_has_no_speed() -> None:
    video = CASES["division"]()
    found = track_statistics(video, measure_objects(video.labels))
    assert found["children"].tolist() == [2, 0, 0, 0]
    single = CASES["one_frame"]()
    speeds = track_statistics(single, measure_objects(single.labels))["speed"]
    assert np.isnan(speeds).all()


def test_each_frame_is_summarized() -> None:
    video = CASES["division"]()
    found = frame_statistics(measure_objects(video.labels), len(video))
    assert found["count"].tolist() == [2, 2, 3, 3, 3]
    np.testing.assert_allclose(found["area"][[0, 2]], [82, (64 + 36 + 36) / 3])
    # Nothing moves in frame 1; the children, new in frame 2, move one pixel each in 3.
    np.testing.assert_allclose(found["speed"], [np.nan, 0, 0, 2 / 3, 2 / 3])


def test_frames_without_objects() -> None:
    found = frame_statistics(measure_objects(empty().labels), 3)
    assert found["count"].tolist() == [0, 0, 0]
    assert np.isnan(found["area"]).all()


def test_units_follow_what_is_known() -> None:
    pixels, metres, all_known = Scale(), Scale(0.5), Scale(0.5, 30)
    assert (pixels.area_unit, pixels.speed_unit) == ("px²", "px/frame")
    assert (metres.area_factor, metres.speed_unit) == (0.25, "µm/frame")
    assert (all_known.speed_factor, all_known.speed_unit) == (1.0, "µm/min")
