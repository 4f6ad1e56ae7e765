"""What a corrected result says about itself: exported, saved, reopened, by clicking."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import CASES
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog
from results import Results

from napari_asist.plugin.correct.panel import CorrectPanel
from napari_asist.plugin.layers.label_layers import look_of
from napari_asist.plugin.layers.metadata import layer_journal
from napari_asist.plugin.result.origin import TrackedResult, origin_metadata


class User(Results):
    """A user with the panels Track and Correct."""

    def __init__(self, viewer: Any, qtbot: Any, monkeypatch: Any) -> None:
        super().__init__(viewer, qtbot)
        self.monkeypatch = monkeypatch
        self.correct = CorrectPanel(viewer)
        viewer.window.add_dock_widget(self.correct, name="Correct")

    def use_layer(self, name: str) -> str:
        self.viewer.layers.selection.active = self.viewer.layers[name]
        self.click(self.panel.use_layer)
        return self.message()

    def delete(self, label: int) -> None:
        self.correct.track.setValue(label)
        self.click(self.correct.delete)
        assert self.correct.bar.message.text() == f"Deleted track {label}."

    def paint(self, label: int) -> None:
        layer = self.session.result.labels
        assert layer is not None
        layer.brush_size = 3
        layer.paint((3, 2, 2), label)

    def export(self, folder: Path) -> tuple[Any, str]:
        """Export; return what the run card says of the result, and the methods text."""
        self.monkeypatch.setattr(
            QFileDialog, "getExistingDirectory", lambda *_: str(folder)
        )
        self.click(self.panel.export)
        self.until(lambda: not self.panel.exporting.is_running)
        card = json.loads((folder / "run_card.json").read_text())
        return card["result"], (folder / "methods.md").read_text()

    def save(self, folder: Path) -> None:
        """Save the result's layer with napari's own menu."""
        self.viewer.layers.selection = {self.session.result.labels}
        self.viewer.layers.save(str(folder), selected=True, plugin="napari-asist")

    def journal(self) -> list[str]:
        listed = self.correct.journal
        return [listed.item(row).text() for row in range(listed.count())]


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any, monkeypatch: Any) -> User:
    return User(make_napari_viewer_proxy(), qtbot, monkeypatch)


def listed(path: Path) -> list[str]:
    return list(json.loads(path.read_text())["corrections"])


def test_a_used_layer_says_how_often_it_was_corrected(
    user: User, tmp_path: Path
) -> None:
    user.viewer.add_labels(CASES["division"]().labels, name="mine")
    user.use_layer("mine")
    result, methods = user.export(tmp_path)
    # Nobody knows how it was made.
    assert result["corrected_by_hand"] is None
    assert "Whether it was corrected manually is not recorded." in methods
    user.delete(4)
    user.paint(7)
    user.click(user.correct.accept)
    result, methods = user.export(tmp_path)
    assert result["corrected_by_hand"] is True
    assert result["corrections"] == 2
    assert "2 corrections were made by hand" in methods
    assert listed(tmp_path / "01_corrections.json") == [
        "Deleted track 4.",
        "Accepted the painting in frame 3.",
    ]
    for _ in range(2):
        user.click(user.correct.undo)
    result, _ = user.export(tmp_path)
    assert result["corrected_by_hand"] is None
    assert not (tmp_path / "01_corrections.json").exists()


def test_a_tracked_result_is_uncorrected_until_corrected(
    user: User, tmp_path: Path
) -> None:
    video = CASES["division"]()
    tracked = TrackedResult(video, None, video.digest(), look_of(video))
    user.session.result.show(video, "result", metadata=origin_metadata(tracked))
    assert user.export(tmp_path)[0]["corrected_by_hand"] is False
    user.delete(4)
    result, methods = user.export(tmp_path)
    assert result["corrected_by_hand"] is True
    assert "1 correction was made by hand" in methods
    user.click(user.correct.undo)
    assert user.export(tmp_path)[0]["corrected_by_hand"] is False


def test_a_saved_journal_goes_on_when_the_result_is_used_again(
    user: User, tmp_path: Path
) -> None:
    user.show(CASES["division"]())
    user.delete(4)
    user.use_layer("result")
    assert user.journal() == ["1. Deleted track 4."]
    user.save(tmp_path / "01_RES")
    user.viewer.layers.clear()
    user.viewer.open(str(tmp_path / "01_RES"), plugin="napari-asist")
    user.use_layer("01_RES")
    assert user.journal() == ["1. Deleted track 4."]
    user.delete(3)
    result, _ = user.export(tmp_path / "out")
    assert result["corrections"] == 2
    assert listed(tmp_path / "out" / "01_corrections.json") == [
        "Deleted track 4.",
        "Deleted track 3.",
    ]
    # What was corrected before cannot be undone, and is still said.
    user.click(user.correct.undo)
    assert not user.correct.undo.isEnabled()
    result, _ = user.export(tmp_path / "out")
    assert (result["corrected_by_hand"], result["corrections"]) == (True, 1)


def test_discarding_paint_keeps_the_journal(user: User, tmp_path: Path) -> None:
    user.show(CASES["division"]())
    user.delete(4)
    user.paint(7)
    user.click(user.correct.discard)
    layer = user.session.result.labels
    assert layer is not None
    assert layer_journal(layer) == ("Deleted track 4.",)
    user.save(tmp_path / "01_RES")
    assert listed(tmp_path / "01_corrections.json") == ["Deleted track 4."]


def test_painting_is_accepted_or_discarded_before_an_export(
    user: User, tmp_path: Path
) -> None:
    user.show(CASES["division"]())
    user.paint(7)
    user.monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path)
    )
    user.click(user.panel.export)
    assert "first accept or discard the painting" in user.message()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["accept", "discard", "undo"])
def test_ctrl_z_does_not_change_what_was_settled(user: User, step: str) -> None:
    user.show(CASES["division"]())
    layer = user.session.result.labels
    assert layer is not None
    layer.mode = "paint"
    user.paint(7)
    user.click(user.correct.discard if step == "discard" else user.correct.accept)
    if step == "undo":
        user.click(user.correct.undo)
    assert layer.mode == "paint"
    user.viewer.layers.selection.active = layer
    shown = np.array(layer.data)
    canvas = user.viewer.window._qt_viewer.canvas.native
    for keys in ("Ctrl+Z", "Ctrl+Shift+Z"):
        press(user, canvas, keys)
        np.testing.assert_array_equal(layer.data, shown)
    # What is painted afterwards is undone as ever.
    user.paint(9)
    assert 9 in layer.data
    press(user, canvas, "Ctrl+Z")
    np.testing.assert_array_equal(layer.data, shown)
    user.delete(3)


def press(user: User, canvas: Any, keys: str) -> None:
    """Press keys as napari receives them on its canvas."""
    modifier = Qt.KeyboardModifier.ControlModifier
    if "Shift" in keys:
        modifier |= Qt.KeyboardModifier.ShiftModifier
    user.viewer.window._qt_window.activateWindow()
    canvas.setFocus()
    user.qtbot.keyClick(canvas, Qt.Key.Key_Z, modifier)
