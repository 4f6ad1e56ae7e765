"""Labels that others made become the result, with their tracks, by clicking."""

from typing import Any

import numpy as np
import pytest
from cases import CASES, FAULTY
from results import Results

from napari_asist.ctc import read_ctc
from napari_asist.labels import LabelVideo
from napari_asist.plugin.correct.panel import CorrectPanel
from napari_asist.plugin.layers.label_layers import label_layers


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any) -> Results:
    return Results(make_napari_viewer_proxy(), qtbot)


def add_numbered_anew(user: Results, video: LabelVideo) -> Any:
    """Add labels with other numbers in each frame, and the tracks that join them.

    As the case `labels-with-tracks` of the inputs that failed.
    """
    rng = np.random.default_rng(0)
    shuffled = np.zeros_like(video.labels)
    for frame, drawn in zip(video.labels, shuffled, strict=True):
        names = rng.permutation(int(video.labels.max())) + 1
        drawn[:] = np.concatenate([[0], names])[frame]
    points, attributes, _ = label_layers(video, "cells")[1]
    numbers = points + np.array([100, 0, 0, 0])
    graph = {
        child + 100: [parent + 100 for parent in parents]
        for child, parents in attributes["graph"].items()
    }
    user.viewer.add_labels(shuffled, name="drawn")
    user.viewer.add_tracks(numbers, graph=graph, name="joined")
    user.viewer.layers.selection.active = user.viewer.layers["drawn"]
    return shuffled


def test_tracks_number_the_objects_of_a_used_layer(
    user: Results, tmp_path: Any
) -> None:
    video = CASES["division"]()
    add_numbered_anew(user, video)
    user.click(user.panel.use_layer)
    assert user.message() == (
        "The layer drawn is now the result, with the Tracks layer joined."
    )
    user.until(lambda: user.panel.table.tracks.labels == [101, 102, 103, 104])
    result = user.session.result.video
    assert result is not None
    assert result.tracks["parent"].tolist() == [0, 101, 101, 0]
    expected = np.where(video.labels > 0, video.labels + 100, 0)
    np.testing.assert_array_equal(user.viewer.layers["drawn"].data, expected)
    # It can be corrected at once, and both layers follow.
    correct = CorrectPanel(user.viewer)
    user.viewer.window.add_dock_widget(correct)
    correct.track.setValue(104)
    user.click(correct.delete)
    assert correct.bar.message.text() == "Deleted track 104."
    assert 104 not in user.viewer.layers["joined"].data[:, 0]
    folder = tmp_path / "01_RES"
    user.viewer.layers.selection = set(user.viewer.layers)
    user.viewer.layers.save(str(folder), selected=True, plugin="napari-asist")
    saved = read_ctc(folder)
    assert saved.tracks["label"].tolist() == [101, 102, 103]
    assert saved.tracks["parent"].tolist() == [0, 101, 101]


def test_tracks_of_other_objects_are_refused_and_can_be_hidden(user: Results) -> None:
    add_numbered_anew(user, CASES["division"]())
    joined = user.viewer.layers["joined"]
    joined.data = joined.data + np.array([0, 0, 100, 0])
    user.viewer.layers.selection.active = user.viewer.layers["drawn"]
    user.click(user.panel.use_layer)
    assert "outside the labels' frames" in user.message()
    assert user.message().endswith("hide the layer joined.")
    assert user.session.result.video is None
    joined.visible = False
    user.click(user.panel.use_layer)
    assert user.message() == "The layer drawn is now the result."


def test_tracks_named_after_other_labels_are_left_out(user: Results) -> None:
    for layer in label_layers(CASES["division"](), "truth"):
        user.viewer._add_layer_from_data(*layer)
    user.viewer.add_labels(CASES["good"]().labels, name="mine")
    user.click(user.panel.use_layer)
    assert user.message() == "The layer mine is now the result."
    user.until(lambda: user.panel.table.tracks.labels == [1, 2, 3])


def test_a_used_layer_with_a_gap_can_be_corrected(user: Results) -> None:
    user.viewer.add_labels(FAULTY["gap"]().labels, name="mine")
    user.click(user.panel.use_layer)
    result = user.session.result.video
    assert result is not None
    np.testing.assert_array_equal(user.viewer.layers["mine"].data, result.labels)
    correct = CorrectPanel(user.viewer)
    user.viewer.window.add_dock_widget(correct)
    label = int(result.tracks["label"][-1])
    correct.track.setValue(label)
    user.click(correct.delete)
    assert correct.bar.message.text() == f"Deleted track {label}."
