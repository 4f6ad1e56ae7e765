"""The "Correct" panel, by clicking in a real window."""

import gc
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import CASES, blank, square
from qtpy.QtCore import Qt, QTimer

from napari_asist.ctc import read_ctc
from napari_asist.labels import LabelVideo, track_table
from napari_asist.plugin.correct.panel import CorrectPanel
from napari_asist.plugin.session import session_of
from napari_asist.proofreading import Edit, delete_track

LEFT = Qt.MouseButton.LeftButton
WAIT = 10


class User:
    """A viewer with a result and the panel docked."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.session = session_of(viewer)
        self.panel = CorrectPanel(viewer)
        viewer.window.add_dock_widget(self.panel)

    def show(self, video: LabelVideo) -> None:
        self.session.result.show(video, "01_RES")

    def choose(self, first: int, second: int = 0, time: int = 0) -> None:
        self.panel.track.setValue(first)
        self.panel.other.setValue(second)
        self.viewer.dims.set_current_step(0, time)

    def click(self, button: Any) -> str:
        """Click; return the panel's message."""
        self.qtbot.mouseClick(button, LEFT)
        return str(self.panel.bar.message.text())

    @property
    def rows(self) -> list[tuple[int, ...]]:
        video = self.session.result.video
        assert video is not None
        return video.checked().tracks.tolist()  # type: ignore[no-any-return]

    @property
    def layer(self) -> Any:
        assert self.session.result.labels is not None
        return self.session.result.labels

    @property
    def shown(self) -> Any:
        return np.asarray(self.layer.data)

    @property
    def labels(self) -> Any:
        assert self.session.result.video is not None
        return self.session.result.video.labels

    def is_shown(self) -> bool:
        """Whether both layers show the current result."""
        video, tracks = self.session.result.video, self.session.result.tracks
        assert video is not None
        assert tracks is not None
        points = {(int(row[0]), int(row[1])) for row in tracks.data}
        there = {
            (label, time)
            for label, begin, end, _ in video.tracks.tolist()
            for time in range(begin, end + 1)
        }
        parents = {row[0]: [row[3]] for row in video.tracks.tolist() if row[3]}
        return (
            np.array_equal(self.shown, video.labels)
            and points == there
            and {child: list(up) for child, up in tracks.graph.items()} == parents
        )


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any) -> User:
    """The division and the panel."""
    user = User(make_napari_viewer_proxy(), qtbot)
    user.show(CASES["division"]())
    return user


def broken() -> LabelVideo:
    """A motionless cell whose label changes after frame 1."""
    labels = blank()
    for time, frame in enumerate(labels):
        square(frame, 1 if time < 2 else 2, 10, 10)
    return LabelVideo(labels, track_table([(1, 0, 1, 0), (2, 2, 3, 0)]))


def test_merge_undo_and_redo(user: User) -> None:
    user.show(broken())
    user.choose(1, 2)
    assert user.click(user.panel.merge) == "Merged track 2 into 1."
    assert user.rows == [(1, 0, 3, 0)]
    assert user.is_shown()
    assert user.panel.journal.item(0).text() == "1. Merged track 2 into 1."
    assert user.click(user.panel.undo) == "Undone: Merged track 2 into 1."
    assert user.rows == [(1, 0, 1, 0), (2, 2, 3, 0)]
    assert user.is_shown()
    assert user.panel.journal.count() == 0
    assert not user.panel.undo.isEnabled()
    user.click(user.panel.redo)
    assert user.rows == [(1, 0, 3, 0)]
    assert user.is_shown()


def test_every_button_corrects_the_layers(user: User) -> None:
    panel = user.panel
    user.choose(4, 2, 3)
    assert user.click(panel.swap) == "Swapped tracks 4 and 2 starting at frame 3."
    assert user.is_shown()
    user.choose(4, 0, 2)
    assert "its child" in user.click(panel.split_here)
    assert (5, 2, 4, 4) in user.rows
    user.choose(5)
    assert user.click(panel.remove_parent) == "Removed parent 4 of track 5."
    user.choose(5, 4)
    assert user.click(panel.set_parent) == "Made track 4 the parent of track 5."
    user.choose(3, 0, 3)
    assert "in frame 3" in user.click(panel.split_in_two)
    panel.extent.setCurrentText("in all frames")
    assert "in 3 frames" in user.click(panel.split_in_two)
    assert user.is_shown()
    panel.new_label.setValue(20)
    assert user.click(panel.relabel) == "Relabeled track 3 as 20."
    assert panel.track.value() == 20
    user.choose(20, 0, 3)
    assert user.click(panel.delete_from) == "Deleted track 20 starting at frame 3."
    assert user.click(panel.delete) == "Deleted track 20."
    assert user.is_shown()
    assert panel.journal.count() == 9
    for _ in range(9):
        user.click(panel.undo)
    assert user.is_shown()
    assert user.rows == CASES["division"]().tracks.tolist()


def test_touching_objects_keep_colors_apart(user: User) -> None:
    labels = blank()
    for frame in labels:
        square(frame, 1, 10, 4, 12)
        square(frame, 2, 10, 16, 12)
    user.show(LabelVideo(labels))
    for label in (1, 2):
        user.choose(label)
        user.panel.extent.setCurrentText("in all frames")
        user.click(user.panel.split_in_two)
    colors = user.layer.colormap.map(np.array([1, 2, 3, 4]))
    assert len(np.unique(colors, axis=0)) == 4


def test_the_last_track_is_deleted_and_restored(user: User) -> None:
    user.show(broken())
    for label in (1, 2):
        user.choose(label)
        user.click(user.panel.delete)
    assert user.rows == []
    assert not user.shown.any()
    assert user.session.result.tracks is None
    user.click(user.panel.undo)
    assert user.rows == [(2, 2, 3, 0)]
    assert user.panel.redo.toolTip() == "Redo: Deleted track 2. Key: R"
    assert user.is_shown()


def test_impossible_corrections_are_explained(user: User) -> None:
    user.choose(4, 1)
    assert "its child begins" in user.click(user.panel.set_parent)
    user.choose(4, 0)
    assert user.click(user.panel.merge).startswith("There is no track 0")
    user.choose(99)
    assert user.panel.tracks.facts.text() == "no such track"
    assert user.click(user.panel.delete).startswith("There is no track 99")
    assert user.click(user.panel.accept).startswith("Nothing was painted")
    assert user.rows == CASES["division"]().tracks.tolist()


def test_the_track_follows_the_picked_label(user: User) -> None:
    user.layer.selected_label = 3
    assert user.panel.track.value() == 3
    assert user.panel.tracks.facts.text() == "frames 2–4, parent 1"
    user.panel.track.setValue(4)
    assert user.layer.selected_label == 4


def test_painting_is_accepted_undone_or_discarded(user: User) -> None:
    layer = user.viewer.layers["01_RES"]
    user.viewer.dims.set_current_step(0, 3)
    layer.selected_label = 7
    layer.brush_size = 3
    layer.paint((3, 2, 2), 7)
    assert 7 not in user.labels  # not before it is accepted
    user.choose(4)
    assert user.click(user.panel.delete).startswith("The layer has been painted on")
    message = user.click(user.panel.accept)
    assert message == "Accepted the painting in frame 3."
    assert (7, 3, 3, 0) in user.rows
    assert user.is_shown()
    user.click(user.panel.undo)
    assert 7 not in user.shown
    layer.paint((3, 2, 2), 7)
    user.click(user.panel.discard)
    assert user.is_shown()
    assert 7 not in user.shown


def test_the_corrected_layer_is_saved_with_parents_and_journal(
    user: User, tmp_path: Path
) -> None:
    user.choose(4, 0, 2)
    user.click(user.panel.split_here)
    user.choose(2)
    user.click(user.panel.remove_parent)
    layer = user.viewer.layers["01_RES"]
    user.viewer.layers.selection = {layer}
    folder = tmp_path / "01_RES"
    user.viewer.layers.save(str(folder), selected=True, plugin="napari-asist")
    saved = read_ctc(folder)
    assert saved.faults() == []
    assert saved.tracks.tolist() == user.rows
    assert (5, 2, 4, 4) in user.rows
    np.testing.assert_array_equal(saved.labels, user.labels)
    journal = json.loads((tmp_path / "01_corrections.json").read_text())
    assert journal["corrections"][1] == "Removed parent 1 of track 2."


def test_another_result_starts_a_new_journal(user: User) -> None:
    user.choose(4)
    user.click(user.panel.delete)
    user.show(CASES["good"]())
    assert user.panel.journal.count() == 0
    assert not user.panel.undo.isEnabled()


def test_without_a_result_a_layer_can_be_chosen(
    make_napari_viewer_proxy: Any, qtbot: Any
) -> None:
    user = User(make_napari_viewer_proxy(), qtbot)
    assert not user.panel.merge.isEnabled()
    assert user.panel.bar.message.text().startswith("There is no result yet")
    user.viewer.add_image(np.zeros((4, 9, 9)))
    assert user.click(user.panel.adopt).startswith("Select the Labels layer")
    user.viewer.add_labels(CASES["good"]().labels.astype(int), name="01_RES")
    assert user.click(user.panel.adopt) == ""
    user.choose(3)
    assert user.click(user.panel.delete) == "Deleted track 3."
    assert 3 not in user.shown
    assert user.is_shown()


def test_corrections_outlive_the_dock(user: User) -> None:
    user.choose(4)
    user.click(user.panel.delete)
    user.viewer.window.remove_dock_widget(user.panel)
    del user.panel
    gc.collect()
    user.panel = CorrectPanel(user.viewer)
    user.viewer.window.add_dock_widget(user.panel)
    assert user.panel.journal.count() == 1
    user.click(user.panel.undo)
    assert user.rows == CASES["division"]().tracks.tolist()


def test_a_correction_during_another_is_refused_and_nothing_is_lost(user: User) -> None:
    refused: list[str] = []
    tried = threading.Event()

    def correct_too() -> None:
        user.choose(2)
        refused.append(user.click(user.panel.delete))
        tried.set()

    def slow_deletion(video: LabelVideo, label: int) -> Edit:
        assert tried.wait(WAIT)
        return delete_track(video, label)

    QTimer.singleShot(0, correct_too)
    user.session.corrections.do(slow_deletion, 4)
    assert refused[0].startswith("The last correction is still being made")
    assert [row[0] for row in user.rows] == [1, 2, 3]
    assert user.is_shown()
    assert user.click(user.panel.delete) == "Deleted track 2."
    assert user.panel.journal.count() == 2


def test_a_result_that_comes_during_a_correction_is_not_corrected(user: User) -> None:
    shown = threading.Event()

    def show_another() -> None:
        user.show(CASES["good"]())
        shown.set()

    def slow_deletion(video: LabelVideo, label: int) -> Edit:
        assert shown.wait(WAIT)
        return delete_track(video, label)

    QTimer.singleShot(0, show_another)
    user.session.corrections.do(slow_deletion, 1)
    assert user.rows == CASES["good"]().tracks.tolist()
    assert user.panel.journal.count() == 0
    assert user.is_shown()
