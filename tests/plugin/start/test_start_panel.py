"""The page on which the plugin opens, by clicking in a real window."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.layers import Image
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog
from tiny import tiny_depth_recipe, write_tiny_video

from napari_asist.ctc import validate_ctc
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.plugin.dock import GuidedDock
from napari_asist.plugin.session import session_of
from napari_asist.plugin.start.panel import (
    LEARNED,
    NO_MODEL,
    OTHER,
    RODS,
    StartPanel,
)
from napari_asist.plugin.start.proposed_run import proposed_run
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video import open_video
from napari_asist.workflow import duration
from napari_asist.workflow.model import Model
from napari_asist.workflow.recipe import make_recipe
from napari_asist.workflow.run_folder.folder import RunFolder

LEFT = Qt.MouseButton.LeftButton
WAIT = 120_000
TRUTH = simulate_video(
    NucleiSettings(
        frames=6,
        height=160,
        width=160,
        objects=10,
        appearing=0,
        disappearing=0,
        mitoses=1,
        radius_mean=11,
    ),
    2,
)


@pytest.fixture(scope="module")
def drawn() -> Any:
    return render_video(TRUTH, MicroscopeSettings(), 2)


class Newcomer:
    """A user who has just started napari."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.clicks = 0

    def drop(self, path: Path) -> None:
        self.viewer.open(str(path), plugin="napari", stack=False)

    def choose_plugin(self) -> GuidedDock:
        """Click the menu Plugins, then ASIST."""
        self.clicks += 2
        _, dock = self.viewer.window.add_plugin_dock_widget("napari-asist", "ASIST")
        assert isinstance(dock, GuidedDock)
        return dock

    def click(self, button: Any) -> None:
        assert button.isEnabled(), button.text()
        assert button.isVisibleTo(button.parent()), button.text()
        self.clicks += 1
        self.qtbot.mouseClick(button, LEFT)

    def until(self, condition: Any) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT)


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any) -> Newcomer:
    return Newcomer(make_napari_viewer_proxy(), qtbot)


def start_page(dock: GuidedDock) -> StartPanel:
    assert isinstance(dock.panel, StartPanel)
    return dock.panel


def test_from_a_dropped_file_to_tracks_in_three_clicks(
    user: Newcomer, drawn: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cells.tif"
    tifffile.imwrite(path, drawn, metadata={"axes": "TYX"})
    user.drop(path)
    dock = user.choose_plugin()
    page = start_page(dock)
    glimpses: list[bool] = []
    page.tracking.glimpsed.connect(lambda: glimpses.append(True))
    user.until(page.track.isEnabled)
    user.click(page.track)
    assert user.clicks == 3
    user.until(lambda: session_of(user.viewer).result.video is not None)
    result = session_of(user.viewer).result
    assert glimpses, "the shown frame comes first"
    assert result.video is not None
    assert "found." in page.bar.message.text()
    assert "nuclei per frame, with a radius of" in page.facts.text()
    # The same as from Python.
    expected = Model.pretrained("nuclei").track(open_video(path), progress=False)
    np.testing.assert_array_equal(result.video.labels, expected.labels)

    # Corrected, exported and opened again.
    user.click(page.correct)
    panel: Any = dock.panel
    deleted = int(result.video.tracks["label"][0])
    panel.track.setValue(deleted)
    user.click(panel.delete)
    corrected = session_of(user.viewer).result.video
    assert corrected is not None
    assert deleted not in corrected.tracks["label"]
    user.click(dock.buttons[0])
    out = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(out))
    user.click(page.export)
    user.until(lambda: page.bar.message.text().startswith("Exported"))
    assert validate_ctc(out / "01_RES") == []
    card = json.loads((out / "run_card.json").read_text())
    assert card["result"]["corrected_by_hand"]
    assert card["origin"]["trained"] is False
    user.viewer.open(str(out / "01_RES"), plugin="napari-asist")
    reopened = user.viewer.layers["01_RES"]
    user.until(lambda: reopened.data.shape == corrected.labels.shape)
    np.testing.assert_array_equal(np.asarray(reopened.data), corrected.labels)


def test_the_page_says_what_is_missing(user: Newcomer) -> None:
    page = start_page(user.choose_plugin())
    assert page.fault.text().startswith("Drop a video onto the window")
    assert not page.track.isEnabled()
    assert not page.learn.isEnabled()
    user.viewer.add_image(np.zeros((4, 2, 32, 32)), name="two")
    assert "2 channels" in page.fault.text()
    user.click(page.channel)
    assert user.viewer.window is not None
    assert page.session.layer is not None


def test_without_objects_the_page_says_so_and_cancel_returns(user: Newcomer) -> None:
    page = start_page(user.choose_plugin())
    user.viewer.add_image(np.full((4, 64, 64), 100, np.uint16), name="empty")
    user.until(lambda: "stands out" in page.facts.text())
    user.click(page.track)
    user.until(lambda: "stands out" in page.bar.message.text())
    assert page.track.isEnabled()
    assert page.bar.progress.isHidden()


def test_other_objects_have_no_ready_made_model(user: Newcomer, drawn: Any) -> None:
    page = start_page(user.choose_plugin())
    user.viewer.add_image(drawn, name="dropped")
    choose(page, OTHER)
    assert page.bar.message.text() == NO_MODEL
    assert not page.track.isEnabled()
    choose(page, RODS)
    assert page.bar.message.text() == ""
    assert page.track.isEnabled()
    # Learning simulates what was chosen.
    assert page.session.recipe.estimate.simulator == "microvilli"


def choose(page: StartPanel, name: str) -> None:
    """Choose an entry as a user does: with the keyboard."""
    place = page.objects.findText(name)
    page.objects.setCurrentIndex(place)
    page.objects.activated.emit(place)


def test_the_page_says_how_long_learning_takes(
    user: Newcomer, drawn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duration, "_seconds_of_a_step", lambda recipe: 0.5)
    page = start_page(user.choose_plugin())
    user.viewer.add_image(drawn, name="dropped")
    user.until(lambda: "It takes about 15 min on" in page.promise.text())
    page.session.set_recipe(make_recipe("paper-small"))
    page.video.chosen.emit()
    user.until(lambda: "it takes hours" in page.promise.text())


def test_learns_into_a_folder_beside_the_video_without_a_typed_name(
    user: Newcomer, tmp_path: Path
) -> None:
    user.drop(write_tiny_video(tmp_path / "cells.tif"))
    page = start_page(user.choose_plugin())
    page.session.set_recipe(tiny_depth_recipe())
    user.until(page.learn.isEnabled)
    run = tmp_path / "cells_asist"
    user.until(lambda: page.run.line.placeholderText() == str(run))
    user.click(page.learn)
    user.until(lambda: not page.session.work.is_running)
    assert page.bar.message.text().startswith("Learned."), page.bar.message.text()
    assert RunFolder(run).is_done("network")
    assert not RunFolder(run).is_done("result")
    assert page.objects.value() == LEARNED
    user.click(page.track)
    user.until(lambda: page.session.result.video is not None)
    assert RunFolder(run).is_done("result")
    # The same video is offered its run, another one a new folder.
    (layer,) = [one for one in user.viewer.layers if one.name == "cells"]
    assert proposed_run(layer) == run
    other = shutil.copy(tmp_path / "cells.tif", tmp_path / "cells.tiff")
    user.drop(Path(other))
    (copied,) = [
        one for one in user.viewer.layers if str(one.source.path) == str(other)
    ]
    assert proposed_run(copied) == tmp_path / "cells_asist_2"


def test_changed_steps_are_asked_about(user: Newcomer, tmp_path: Path) -> None:
    user.drop(write_tiny_video(tmp_path / "cells.tif"))
    page = start_page(user.choose_plugin())
    page.session.set_recipe(tiny_depth_recipe())
    user.until(page.learn.isEnabled)
    user.click(page.learn)
    user.until(lambda: not page.session.work.is_running)
    recipe = page.session.recipe
    fewer = recipe.depth.changed(steps=recipe.depth.total_steps - 40)
    page.session.set_recipe(recipe.changed(depth=fewer.model_dump()))
    user.click(page.learn)
    assert not page.session.work.is_running
    assert "Continue with 200 steps, or start" in page.steps_question.question.text()
    user.click(page.steps_question.again)
    user.until(lambda: not page.session.work.is_running)
    assert page.steps_question.isHidden()
    assert (tmp_path / "cells_asist" / "earlier_network_1").is_dir()
    assert page.bar.message.text().startswith("Learned."), page.bar.message.text()


def test_run_everything_ends_with_tracks(user: Newcomer, tmp_path: Path) -> None:
    user.drop(write_tiny_video(tmp_path / "cells.tif"))
    page = start_page(user.choose_plugin())
    page.session.set_recipe(tiny_depth_recipe())
    user.until(page.everything.isEnabled)
    user.click(page.everything)
    user.until(lambda: page.session.result.video is not None)
    assert RunFolder(tmp_path / "cells_asist").is_done("result")
    assert not page.found.isHidden()


def test_several_videos_are_tracked_into_a_folder_beside_them(
    user: Newcomer, drawn: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / "one.tif", tmp_path / "two.tif", tmp_path / "bad.tif"]
    for path in paths[:2]:
        tifffile.imwrite(path, drawn, metadata={"axes": "TYX"})
    paths[2].write_text("not a video")
    names = ([str(path) for path in paths], "")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: names)
    page = start_page(user.choose_plugin())
    user.click(page.several)
    assert not page.several.isEnabled()
    user.until(lambda: "2 of 3 videos tracked" in page.bar.message.text())
    assert "bad.tif was left out: " in page.bar.message.text()
    for name in ("one", "two"):
        assert validate_ctc(tmp_path / "asist_batch" / name / "01_RES") == []
    assert (tmp_path / "asist_batch" / "tracks.csv").is_file()
    assert page.several.isEnabled()


def test_folders_that_are_not_runs_are_not_proposed(tmp_path: Path) -> None:
    (tmp_path / "cells_asist").mkdir()
    (tmp_path / "cells_asist" / "thesis.txt").write_text("mine")
    facts = {"napari-asist": {"path": tmp_path / "cells.tif"}}
    layer = Image(np.zeros((3, 8, 8)), metadata=facts)
    assert proposed_run(layer) == tmp_path / "cells_asist_2"
    unsaved = Image(np.zeros((3, 8, 8)), name="a/b: c")
    assert proposed_run(unsaved) == Path.home() / "a_b_ c_asist"
