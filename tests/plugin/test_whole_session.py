"""A user's whole session: from a dropped file to a CTC folder, by clicking."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog
from tiny import NUCLEI, tiny_recipe, write_tiny_video

from napari_asist.ctc import read_ctc, validate_ctc, write_ctc
from napari_asist.plugin.dock import DONE, GuidedDock
from napari_asist.plugin.session import session_of
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.workflow.recipe import write_recipe

LEFT = Qt.MouseButton.LeftButton
WAIT = 120_000
EMBEDDING = {
    "channels": 8,
    "levels": 3,
    "frames": 2,
    "patch": 48,
    "steps": 200,
    "learning_rate": 5e-3,
    "pull": "linear",
    "balanced_background": False,
}
"""Enough to find objects this simple."""


class User:
    """A user who knows the names of steps and buttons."""

    def __init__(self, viewer: Any, qtbot: Any, monkeypatch: Any) -> None:
        self.viewer, self.qtbot, self.monkeypatch = viewer, qtbot, monkeypatch
        self.session = session_of(viewer)
        _, dock = viewer.window.add_plugin_dock_widget("napari-asist", "ASIST")
        assert isinstance(dock, GuidedDock)
        self.dock = dock

    def go_to(self, step: str) -> Any:
        """Click a step's button; returns its panel."""
        button = next(
            button
            for button in self.dock.buttons
            if button.text().removeprefix(DONE) == step
        )
        self.qtbot.mouseClick(button, LEFT)
        return self.dock.panel

    def click(self, button: Any) -> None:
        assert button.isEnabled(), button.text()
        self.qtbot.mouseClick(button, LEFT)

    def answer(self, path: Path) -> None:
        """Choose a path in whichever dialog opens next."""
        self.monkeypatch.setattr(
            QFileDialog, "getExistingDirectory", lambda *_: str(path)
        )
        self.monkeypatch.setattr(
            QFileDialog, "getOpenFileName", lambda *_: (str(path), "")
        )

    def wait_for_run(self) -> None:
        self.qtbot.waitUntil(lambda: not self.session.work.is_running, timeout=WAIT)

    def ticked(self) -> list[str]:
        texts = [button.text() for button in self.dock.buttons]
        return [text.removeprefix(DONE) for text in texts if text.startswith(DONE)]


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any, monkeypatch: Any) -> User:
    return User(make_napari_viewer_proxy(), qtbot, monkeypatch)


def test_from_a_dropped_file_to_a_ctc_folder(user: User, tmp_path: Path) -> None:
    recipe = tiny_recipe(
        synthesis={"engine": "renderer"},
        embedding=EMBEDDING,
        tracking=TrackingSettings(window=2).model_dump(),
    )
    write_recipe(recipe, tmp_path / "mine.yaml")
    user.viewer.open(
        str(write_tiny_video(tmp_path / "cells.tif")), plugin="napari", stack=False
    )

    panel = user.go_to("Video")
    assert panel.video.currentText() == "cells"
    user.answer(tmp_path / "run")
    user.click(panel.run.choose)
    assert user.ticked() == ["Video"]

    panel = user.go_to("Simulate")
    user.answer(tmp_path / "mine.yaml")
    user.click(panel.load)
    assert user.session.recipe == recipe
    user.qtbot.waitUntil(lambda: "simulated" in user.viewer.layers, timeout=WAIT)

    panel = user.go_to("Synthesize")
    user.click(panel.start)
    user.wait_for_run()
    assert user.ticked() == ["Video", "Simulate", "Synthesize"], (
        panel.bar.message.text()
    )

    panel = user.go_to("Train")
    user.click(panel.start)
    user.wait_for_run()
    assert "Train" in user.ticked(), panel.bar.message.text()

    panel = user.go_to("Track")
    user.click(panel.track)
    user.wait_for_run()
    user.qtbot.waitUntil(lambda: user.session.result.video is not None, timeout=WAIT)
    assert "Track" in user.ticked(), panel.bar.message.text()
    result = user.session.result.video
    assert result is not None
    labels = np.asarray(user.viewer.layers[user.session.result.name].data)
    np.testing.assert_array_equal(
        labels, read_ctc(tmp_path / "run/result/01_RES").labels
    )
    tracks = result.tracks["label"].tolist()
    assert len(tracks) >= 3

    correct = user.go_to("Correct")
    correct.track.setValue(tracks[0])
    user.click(correct.delete)
    corrected = user.session.result.video
    assert corrected is not None
    assert tracks[0] not in corrected.tracks["label"]

    score = user.go_to("Score")
    truth = simulate_video(NucleiSettings.model_validate(NUCLEI), 1)
    write_ctc(truth, tmp_path / "01_GT", "truth")
    user.answer(tmp_path / "01_GT")
    user.click(score.browse)
    user.click(score.score)
    user.qtbot.waitUntil(lambda: not score.work.is_running, timeout=WAIT)
    assert not score.bar.message.text()
    assert any(
        error.frame == 0 and "miss" in str(error.kind).lower()
        for error in score.errors.listed()
    )

    panel = user.go_to("Track")
    (tmp_path / "export").mkdir()
    user.answer(tmp_path / "export")
    user.click(panel.export)
    user.qtbot.waitUntil(lambda: not panel.exporting.is_running, timeout=WAIT)
    (folder,) = (tmp_path / "export").glob("*_RES")
    assert validate_ctc(folder) == []
    exported = read_ctc(folder)
    assert tracks[0] not in exported.tracks["label"]
    np.testing.assert_array_equal(
        exported.labels > 0, (labels > 0) & (labels != tracks[0])
    )
    card = json.loads((tmp_path / "export" / "run_card.json").read_text())
    assert card["origin"]["settings"]["seed"] == recipe.seed
    assert card["result"]["corrected_by_hand"]
    assert card["annotations_used"] is False
