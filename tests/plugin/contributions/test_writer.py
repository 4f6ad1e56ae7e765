from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import CASES, FAULTY, blank, square

from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo, labels_in
from napari_asist.plugin.contributions.writer import write_labels
from napari_asist.plugin.layers.label_layers import label_layers
from napari_asist.plugin.layers.metadata import LayerData


def save(folder: Path, *layers: LayerData) -> LabelVideo:
    """Save layers, check the folder, and read it back."""
    written = write_labels(str(folder), layers)
    assert sorted(written) == sorted(str(path) for path in folder.iterdir())
    assert validate_ctc(folder) == []
    return read_ctc(folder)


def bare(labels: Any) -> LayerData:
    return labels, {"name": "drawn manually", "metadata": {}}, "labels"


def test_keeps_labels_divisions_and_frame_numbers(tmp_path: Path) -> None:
    video = CASES["late_start"]()
    labels, tracks = label_layers(video, "01_RES")
    for layers in ([labels], [labels, tracks], [tracks, labels]):
        stored = save(tmp_path / "01_RES", *layers)
        np.testing.assert_array_equal(stored.labels, video.labels)
        np.testing.assert_array_equal(stored.tracks, video.tracks)
        assert stored.first_frame == 150


def test_tracks_layer_overrules_what_was_opened(tmp_path: Path) -> None:
    labels, (points, attributes, kind) = label_layers(CASES["division"](), "01_RES")
    unlinked: LayerData = (points, {**attributes, "graph": {3: [1]}}, kind)
    stored = save(tmp_path / "01_RES", labels, unlinked)
    assert stored.tracks["parent"].tolist() == [0, 0, 1, 0]


def numbered_anew(
    video: LabelVideo, scale: float = 1
) -> tuple[LayerData, LayerData, LabelVideo]:
    """Number objects anew in each frame; the tracks have numbers of their own.

    Returns
    -------
    labels, tracks : LayerData
    expected : LabelVideo
        The video with the numbers of the tracks.
    """
    (labels, _, _), (points, attributes, _) = label_layers(video, "cells")
    shuffled = np.zeros(labels.shape, np.uint16)
    rng = np.random.default_rng(0)
    for frame, drawn in zip(labels, shuffled, strict=True):
        names = rng.permutation(int(labels.max())) + 1
        drawn[:] = np.concatenate([[0], names])[frame]
    points = points + np.array([100, 0, 0, 0])
    points[:, 2:] *= scale
    graph = {
        child + 100: [parent + 100 for parent in parents]
        for child, parents in attributes["graph"].items()
    }
    sizes: dict[str, Any] = {"scale": (1, scale, scale)}
    expected = np.where(labels > 0, labels.astype(np.uint32) + 100, 0)
    rows = video.tracks.copy()
    rows["label"] += 100
    rows["parent"] += np.where(rows["parent"] > 0, 100, 0)
    return (
        (shuffled, {"name": "cells", "metadata": {}, **sizes}, "labels"),
        (points, {"graph": graph}, "tracks"),
        LabelVideo(expected.astype(np.uint32), rows),
    )


@pytest.mark.parametrize("scale", [1, 0.5])
def test_labels_numbered_in_each_frame_follow_the_tracks(
    tmp_path: Path, scale: float
) -> None:
    labels, tracks, expected = numbered_anew(CASES["division"](), scale)
    for layers in ([labels, tracks], [tracks, labels]):
        stored = save(tmp_path / "01_RES", *layers)
        np.testing.assert_array_equal(stored.labels, expected.labels)
        np.testing.assert_array_equal(stored.tracks, expected.tracks)


def test_labels_numbered_from_top_to_bottom_follow_the_tracks(tmp_path: Path) -> None:
    """In most frames, their numbers happen to be those of the tracks."""
    labels = blank(6)
    for time, frame in enumerate(labels):
        square(frame, 1, 4 + 3 * time, 4)
        square(frame, 2, 16, 30)
        square(frame, 3, 28, 16)
    video = LabelVideo(labels)
    _, (points, attributes, _) = label_layers(video, "cells")
    numbered = np.zeros_like(labels)
    for frame, drawn in zip(labels, numbered, strict=True):
        _, first = np.unique(frame, return_index=True)
        order = np.argsort(first[1:]).argsort() + 1
        drawn[:] = np.concatenate([[0], order])[frame]
    assert 0.5 < np.mean(numbered[labels > 0] == labels[labels > 0]) < 1
    stored = save(tmp_path / "01_RES", bare(numbered), (points, attributes, "tracks"))
    np.testing.assert_array_equal(stored.labels, labels)
    np.testing.assert_array_equal(stored.tracks, video.tracks)


@pytest.mark.parametrize("is_ours", [True, False])
def test_erased_objects_stay_erased_whatever_the_tracks_say(
    tmp_path: Path, is_ours: bool
) -> None:
    (labels, attributes, kind), tracks = label_layers(CASES["division"](), "cells")
    edited = np.where(labels == 3, 0, labels)
    layer = (edited, attributes, kind) if is_ours else bare(edited)
    stored = save(tmp_path / "01_RES", layer, tracks)
    np.testing.assert_array_equal(stored.labels, edited)
    assert stored.tracks["parent"].tolist() == [0, 1, 0]


def test_an_edited_number_of_a_tracked_object_is_kept(tmp_path: Path) -> None:
    (labels, attributes, kind), tracks = label_layers(CASES["division"](), "cells")
    edited = np.where(labels == 4, 9, labels)
    stored = save(tmp_path / "01_RES", (edited, attributes, kind), tracks)
    np.testing.assert_array_equal(stored.labels, edited)


def test_objects_without_a_track_are_kept(tmp_path: Path) -> None:
    labels, (points, attributes, kind), expected = numbered_anew(CASES["division"]())
    kept = points[points[:, 0] != 104]
    stored = save(tmp_path / "01_RES", labels, (kept, attributes, kind))
    np.testing.assert_array_equal(stored.labels > 0, expected.labels > 0)
    others = expected.labels != 104
    np.testing.assert_array_equal(stored.labels[others], expected.labels[others])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda points: points + np.array([0, 0, 500, 0]),
            "outside the labels' frames",
        ),
        (lambda points: points * (1, 1, 0, 0), "on no object"),
        (
            lambda points: np.concatenate(
                [points, points[:1] + np.array([50, 0, 0, 0])]
            ),
            "Tracks 101 and 151 are on the same object in frame 0",
        ),
        (lambda points: points[:, [0, 1, 1, 2, 3]], "tracks of a 2D video"),
    ],
)
def test_tracks_of_other_labels_are_rejected(
    tmp_path: Path, change: Any, message: str
) -> None:
    labels, (points, attributes, kind), _ = numbered_anew(CASES["division"]())
    with pytest.raises(AsistError, match=message):
        write_labels(
            str(tmp_path / "01_RES"), [labels, (change(points), attributes, kind)]
        )
    assert list(tmp_path.iterdir()) == []


def test_edited_labels_get_a_matching_table(tmp_path: Path) -> None:
    labels, attributes, kind = label_layers(CASES["division"](), "01_RES")[0]
    edited = labels.copy()
    edited[edited == 3] = 0  # erased
    edited[4, :5, :5] = 9  # painted
    stored = save(tmp_path / "01_RES", (edited, attributes, kind))
    assert stored.tracks.tolist() == [
        (1, 0, 1, 0),
        (2, 2, 4, 1),
        (4, 0, 4, 0),
        (9, 4, 4, 0),
    ]


def test_each_frame_is_searched_for_labels_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[int] = []

    def counted(frame: Any) -> Any:
        searched.append(1)
        return labels_in(frame)

    monkeypatch.setattr("napari_asist.labels.labels_in", counted)
    for video in (CASES["division"](), FAULTY["gap"]()):
        searched.clear()
        write_labels(str(tmp_path / "01_RES"), [bare(video.labels)])
        assert len(searched) == len(video)


def test_gaps_are_split_and_linked(tmp_path: Path) -> None:
    stored = save(tmp_path / "01_RES", bare(FAULTY["gap"]().labels))
    parts = stored.tracks[
        (stored.tracks["label"] == 1) | (stored.tracks["parent"] == 1)
    ]
    assert parts[["begin", "end"]].tolist() == [(0, 0), (2, 3)]


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_any_integers_become_16_bit(tmp_path: Path, dtype: type) -> None:
    labels = CASES["good"]().labels
    stored = save(tmp_path / "01_RES", bare(labels.astype(dtype)))
    assert stored.labels.dtype == np.uint16
    np.testing.assert_array_equal(stored.labels, labels)


def test_a_lazy_layer_is_read(tmp_path: Path) -> None:
    import dask.array as da

    labels = CASES["good"]().labels
    lazy = da.asarray(labels)
    np.testing.assert_array_equal(save(tmp_path / "01_RES", bare(lazy)).labels, labels)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.ones((4, 4), np.uint8), r"axes \(T, Y, X\)"),
        (np.ones((2, 3, 4, 4), np.uint8), r"shape \(2, 3, 4, 4\)"),
        (np.full((2, 4, 4), -1), "negative"),
        (blank(), "empty"),
    ],
)
def test_layers_that_cannot_be_saved(tmp_path: Path, labels: Any, message: str) -> None:
    with pytest.raises(AsistError, match=message):
        write_labels(str(tmp_path / "01_RES"), [bare(labels)])
    assert list(tmp_path.iterdir()) == []


def test_merges_are_rejected(tmp_path: Path) -> None:
    labels, (points, attributes, kind) = label_layers(CASES["division"](), "01_RES")
    merged: LayerData = (points, {**attributes, "graph": {3: [1, 2]}}, kind)
    with pytest.raises(AsistError, match="Track 3 merges 1 and 2"):
        write_labels(str(tmp_path / "01_RES"), [labels, merged])


@pytest.mark.parametrize("with_tracks", [False, True])
def test_saved_in_napari(
    make_napari_viewer_proxy: Any, tmp_path: Path, with_tracks: bool
) -> None:
    viewer = make_napari_viewer_proxy()
    data = label_layers(CASES["division"](), "nuclei")
    viewer.add_labels(data[0][0], **data[0][1])
    if with_tracks:
        viewer.add_tracks(data[1][0], **data[1][1])
    folder = tmp_path / "01_RES"
    written = viewer.layers.save(str(folder), plugin="napari-asist")
    assert sorted(written) == sorted(str(path) for path in folder.iterdir())
    assert read_ctc(folder).tracks["parent"].tolist() == [0, 1, 1, 0]


def test_plain_save_of_labels_stays_with_napari(
    make_napari_viewer_proxy: Any, tmp_path: Path
) -> None:
    viewer = make_napari_viewer_proxy()
    layer = viewer.add_labels(CASES["good"]().labels)
    (written,) = layer.save(str(tmp_path / "labels.tif"))
    assert Path(written).name == "labels.tif"
