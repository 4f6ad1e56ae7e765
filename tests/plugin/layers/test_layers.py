from typing import Any

import numpy as np
import pytest
from cases import CASES, blank, raw_frames
from napari.layers import Image, Labels, Layer, Tracks
from numpy.typing import NDArray

from napari_asist.labels import LabelVideo
from napari_asist.plugin.layers.label_layers import label_layers, track_points
from napari_asist.plugin.layers.video_layers import image_layer
from napari_asist.video import Video, lazy_frames


def as_layers(video: LabelVideo, **options: Any) -> tuple[Labels, Tracks]:
    labels, tracks = (
        Layer.create(*data) for data in label_layers(video, "01_RES", **options)
    )
    return labels, tracks


def lazy(frames: NDArray[np.uint16], pixel_size: float | None = None) -> Video:
    shape = (frames.shape[1], frames.shape[2])
    sources = lazy_frames(range(len(frames)), frames.__getitem__, shape, frames.dtype)
    return Video(sources, "cells", pixel_size=pixel_size)


@pytest.mark.parametrize("case", ["good", "division", "one_frame", "high_labels"])
def test_layers_hold_the_video(case: str) -> None:
    video = CASES[case]()
    labels, tracks = as_layers(video)
    assert labels.name == "01_RES"
    assert tracks.name == "01_RES tracks"
    np.testing.assert_array_equal(labels.data, video.labels)
    assert np.unique(tracks.data[:, 0]).tolist() == video.tracks["label"].tolist()
    for label, begin, end, parent in video.tracks.tolist():
        times = tracks.data[tracks.data[:, 0] == label, 1]
        assert times.tolist() == list(range(begin, end + 1))
        assert tracks.graph.get(label, []) == ([parent] if parent else [])


def test_points_are_centroids() -> None:
    labels = blank(2)
    labels[1, 4:7, 10:20] = 3
    assert track_points(labels).tolist() == [[3, 1, 5, 14.5]]


def test_touching_cells_differ_and_tracks_share_the_color() -> None:
    labels, tracks = as_layers(CASES["touching"]())
    first, second = labels.colormap.map(np.array([1, 2], np.uint16))
    assert np.abs(first - second).max() > 0.3
    for row, color in zip(tracks.data, tracks.track_colors, strict=True):
        expected = labels.colormap.map(np.uint16(row[0]))
        np.testing.assert_allclose(color[:3], expected[:3], atol=0.01)


def test_a_newly_painted_label_is_visible() -> None:
    labels, _ = as_layers(CASES["good"]())
    assert labels.colormap.map(np.uint16(4))[3] == 1
    assert labels.colormap.map(np.uint16(60_000))[3] == 1
    assert labels.colormap.map(np.uint16(0))[3] == 0


def test_features_contain_the_lineage() -> None:
    _, tracks = as_layers(CASES["division"]())
    rows = tracks.features.groupby("track_id").first()
    assert rows["root"].tolist() == [1, 1, 1, 4]
    assert rows["generation"].tolist() == [0, 1, 1, 0]
    assert rows["length"].tolist() == [2, 3, 3, 5]
    assert rows["parent"].tolist() == [0, 1, 1, 0]


def test_pixel_size_scales_the_image_axes_only() -> None:
    labels, tracks = as_layers(CASES["good"](), pixel_size=0.645)
    for layer in (labels, tracks):
        assert layer.scale.tolist() == [1, 0.645, 0.645]
        assert [str(unit) for unit in layer.units[1:]] == ["micrometer", "micrometer"]
        assert layer.axis_labels == ("t", "y", "x")


def test_options_reach_both_layers() -> None:
    assert not any(layer.visible for layer in as_layers(CASES["good"](), visible=False))


def test_no_tracks_without_labels() -> None:
    layers = label_layers(LabelVideo(blank()), "empty")
    assert [kind for _, _, kind in layers] == ["labels"]


def test_image_is_read_when_shown_and_scaled_like_its_labels() -> None:
    video = CASES["good"]()
    data, options, kind = image_layer(lazy(raw_frames(video), 0.645), "cells")
    layer = Layer.create(data, options, kind)
    assert isinstance(layer, Image)
    assert hasattr(layer.data, "dask")
    labels, _ = as_layers(video, pixel_size=0.645)
    assert layer.extent.world.tolist() == labels.extent.world.tolist()
    darkest, brightest = layer.contrast_limits
    assert 80 < darkest < 120
    assert 380 < brightest < 420


def test_a_black_video_can_be_shown() -> None:
    data, options, kind = image_layer(lazy(blank()), "dark")
    darkest, brightest = Layer.create(data, options, kind).contrast_limits
    assert darkest < brightest
