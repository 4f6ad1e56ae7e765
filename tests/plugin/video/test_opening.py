"""Open video…, recent paths, and the first look at a long video, by clicking."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog
from sources import video_source

from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.preferences import MOST_RECENT, recent_paths, remember
from napari_asist.plugin.video.panel import VideoPanel
from napari_asist.tiff import refuse_circles
from napari_asist.workflow.recipe import make_recipe, write_recipe
from napari_asist.workflow.run_folder.claim import MARKER
from napari_asist.workflow.run_folder.record import write_json

LEFT = Qt.MouseButton.LeftButton
WAIT = 120_000


class User:
    """A viewer with the panel docked, and a user who chooses paths in dialogs."""

    def __init__(self, viewer: Any, qtbot: Any, monkeypatch: Any) -> None:
        self.viewer, self.qtbot, self.monkeypatch = viewer, qtbot, monkeypatch
        self.panel = VideoPanel(viewer)
        viewer.window.add_dock_widget(self.panel, name="Video")
        self.session: Any = self.panel.session

    def open(self, path: Path) -> None:
        self.monkeypatch.setattr(
            QFileDialog, "getOpenFileName", lambda *_: (str(path), "")
        )
        self.qtbot.mouseClick(self.panel.open.file, LEFT)
        self.settle()

    def choose(self, text: str) -> None:
        """Choose an entry of the button's menu."""
        self.qtbot.mouseClick(self.panel.open.more, LEFT)
        menu = self.panel.open.choices
        (action,) = [one for one in menu.actions() if one.text().startswith(text)]
        menu.hide()
        action.trigger()
        self.settle()

    def offered(self) -> list[str]:
        self.qtbot.mouseClick(self.panel.open.more, LEFT)
        menu = self.panel.open.choices
        menu.hide()
        return [action.text().split("  ")[0] for action in menu.actions()]

    def settle(self) -> None:
        panel = self.panel
        self.qtbot.waitUntil(
            lambda: not panel.opening.is_busy and not panel.looking.is_reading,
            timeout=WAIT,
        )

    def message(self) -> str:
        return str(self.panel.bar.message.text())


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any, monkeypatch: Any) -> User:
    """An empty window with the panel."""
    return User(make_napari_viewer_proxy(), qtbot, monkeypatch)


def noise(*shape: int) -> Any:
    return np.random.default_rng(0).integers(0, 250, shape).astype("u2")


def write(path: Path, data: Any, axes: str = "TYX") -> Path:
    metadata = {"axes": axes, "unit": "um", "finterval": 300}
    tifffile.imwrite(path, data, imagej=True, resolution=(4, 4), metadata=metadata)
    return path


def write_frames(folder: Path) -> Path:
    folder.mkdir()
    for time, frame in enumerate(noise(4, 20, 30)):
        tifffile.imwrite(folder / f"t{150 + time}.tif", frame)
    return folder


def test_a_file_opens_lazily_and_is_chosen(user: User, tmp_path: Path) -> None:
    path = write(tmp_path / "cells.tif", noise(6, 20, 30))
    user.open(path)
    (layer,) = user.viewer.layers
    assert layer.name == "cells"
    assert layer.data.chunks == ((1,) * 6, (20,), (30,))
    assert layer.scale.tolist() == [1, 0.25, 0.25]
    assert user.session.layer is layer
    assert user.panel.video.currentText() == "cells"
    assert user.panel.facts.values["memory"].text().endswith("read frame by frame")
    assert user.panel.fault.text() == ""
    assert video_source(user.session.layer, tmp_path / "run") == (path, None)


def test_a_folder_of_frames_opens_from_the_menu(user: User, tmp_path: Path) -> None:
    folder = write_frames(tmp_path / "frames")
    user.monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda *_: str(folder)
    )
    user.choose("Open folder of frames…")
    (layer,) = user.viewer.layers
    np.testing.assert_array_equal(layer.data.compute(), noise(4, 20, 30))
    assert layer_video(user.session.layer).first_frame == 150


def test_a_3d_video_opens_as_its_projection(user: User, tmp_path: Path) -> None:
    data = noise(6, 9, 20, 30)
    user.open(write(tmp_path / "deep.tif", data, "TZYX"))
    (layer,) = user.viewer.layers
    assert layer.name == "deep projection"
    np.testing.assert_array_equal(layer.data.compute(), data.max(axis=1))
    assert user.message() == (
        "deep projection is the maximum projection over z of deep.tif."
    )
    assert user.panel.fault.text() == ""


def test_channels_open_as_layers(user: User, tmp_path: Path) -> None:
    data = noise(6, 2, 20, 30)
    path = write(tmp_path / "cells.tif", data, "TCYX")
    user.open(path)
    names = ["cells channel 0", "cells channel 1"]
    assert [layer.name for layer in user.viewer.layers] == names
    assert [layer.visible for layer in user.viewer.layers] == [True, False]
    assert user.panel.video.currentText() == "cells channel 0"
    user.panel.video.setCurrentIndex(user.panel.video.findText("cells channel 1"))
    user.panel.video.activated.emit(user.panel.video.currentIndex())
    user.settle()
    np.testing.assert_array_equal(user.session.layer.data.compute(), data[:, 1])
    assert video_source(user.session.layer, tmp_path / "run") == (path, 1)


def test_what_cannot_be_opened_is_explained(user: User, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "empty.tif").touch()
    for path, sentence in (
        (tmp_path / "notes.txt", "is not a TIFF file"),
        (tmp_path / "empty.tif", "is empty"),
        (tmp_path / "gone.tif", "does not exist"),
        (write(tmp_path / "z.tif", noise(7, 20, 30), "ZYX"), "three-dimensional"),
    ):
        user.open(path)
        assert sentence in user.message()
        assert not len(user.viewer.layers)
        assert user.panel.bar.progress.isHidden()
    assert recent_paths() == []


def test_recent_videos_and_runs_are_offered(user: User, tmp_path: Path) -> None:
    first = write(tmp_path / "a&b.tif", noise(6, 20, 30))
    second = write_frames(tmp_path / "second")
    run = tmp_path / "run"
    run.mkdir()
    (run / MARKER).write_text("{}")
    record = {"videos": [{"path": str(first)}], "channel": None}
    write_json(run / "record.json", record)
    write_recipe(make_recipe("paper"), run / "recipe.yaml")
    assert user.offered() == ["Open folder of frames…"]
    user.open(first)
    user.panel.opening.open(second)
    user.settle()
    user.panel.run.take(run)
    assert recent_paths() == [run, second, first]
    names = ["Open folder of frames…", "", "run run", "second", "a&&b.tif"]
    assert user.offered() == names
    user.viewer.layers.clear()
    user.choose("a&&b.tif")
    assert [layer.name for layer in user.viewer.layers] == ["a&b"]
    # A run is opened with its video, and becomes the run of all panels.
    user.session.set_run(None)
    user.viewer.layers.clear()
    user.choose("run run")
    assert user.session.run == run
    assert user.panel.preset.list.currentText() == "paper"
    assert [layer.name for layer in user.viewer.layers] == ["a&b"]
    (second / "t150.tif").parent.rename(tmp_path / "moved")
    assert "second" not in user.offered()


def test_only_the_latest_paths_are_kept(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) for number in range(MOST_RECENT + 3)]
    for path in paths:
        remember(path)
        path.mkdir()
    assert recent_paths() == paths[:2:-1]
    remember(paths[5])
    assert recent_paths()[:2] == [paths[5], paths[-1]]
    assert len(recent_paths()) == MOST_RECENT


def test_a_long_video_is_never_read_by_the_window(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "long.tif", noise(5000, 8, 8))
    threads = []

    def noted(*arguments: Any) -> None:
        """Go through all pages, as everything does that needs more than one."""
        threads.append(threading.current_thread())
        refuse_circles(*arguments)

    monkeypatch.setattr("napari_asist.video.stack.refuse_circles", noted)
    user.open(path)
    assert user.panel.facts.values["frames"].text() == "5000"
    user.viewer.layers.clear()
    user.settle()
    user.viewer.open(str(path), plugin="napari")
    user.settle()
    assert user.panel.facts.values["frames"].text() == "5000"
    user.qtbot.mouseClick(user.panel.reopen, LEFT)
    user.qtbot.waitUntil(lambda: not user.panel.making.is_busy, timeout=WAIT)
    user.settle()
    assert user.panel.facts.values["memory"].text().endswith("read frame by frame")
    assert threads
    assert threading.main_thread() not in threads


def test_a_canceled_video_is_not_shown(user: User, tmp_path: Path) -> None:
    path = write(tmp_path / "cells.tif", noise(6, 20, 30))
    user.panel.opening.open(path)
    assert not user.panel.bar.cancel.isHidden()
    user.qtbot.mouseClick(user.panel.bar.cancel, LEFT)
    user.qtbot.wait(300)
    assert not len(user.viewer.layers)
    assert user.panel.bar.cancel.isHidden()
