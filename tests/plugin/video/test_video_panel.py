"""The "Video" panel, by clicking and typing in a real window."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog
from sources import video_source

from napari_asist.plugin.choices.preset_choice import MEANINGS
from napari_asist.plugin.session import session_of
from napari_asist.plugin.video.panel import VideoPanel
from napari_asist.simulation.settings import MicrovilliSettings
from napari_asist.video import open_video
from napari_asist.workflow.presets import PRESETS
from napari_asist.workflow.recipe import make_recipe, write_recipe
from napari_asist.workflow.run_folder.claim import MARKER

LEFT = Qt.MouseButton.LeftButton
WAIT = 60_000


class User:
    """A viewer with the panel docked, and a user."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.panel = VideoPanel(viewer)
        viewer.window.add_dock_widget(self.panel, name="Video")
        self.session: Any = session_of(viewer)

    def drop(self, path: Path, plugin: str = "napari") -> None:
        self.viewer.open(path, plugin=plugin)
        self.settle()

    def click(self, button: Any) -> None:
        assert button.isVisibleTo(self.panel)
        self.qtbot.mouseClick(button, LEFT)
        self.settle()

    def settle(self) -> None:
        """Wait until the panel has read the file and made the layer."""
        panel = self.panel
        self.qtbot.waitUntil(
            lambda: not panel.looking.is_reading and not panel.making.is_busy,
            timeout=WAIT,
        )

    def pick(self, choice: Any, text: str) -> None:
        choice.setCurrentIndex(choice.findText(text))
        choice.activated.emit(choice.currentIndex())

    def fact(self, name: str) -> str:
        return str(self.panel.facts.values[name].text())

    def message(self) -> str:
        return str(self.panel.bar.message.text())

    def fault(self) -> str:
        return str(self.panel.fault.text())


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any) -> User:
    """An empty window with the panel."""
    return User(make_napari_viewer_proxy(), qtbot)


def noise(*shape: int) -> Any:
    return np.random.default_rng(0).integers(0, 250, shape).astype("u2")


def stack(path: Path, data: Any, axes: str) -> Path:
    metadata = {"axes": axes, "unit": "um", "finterval": 300}
    tifffile.imwrite(path, data, imagej=True, resolution=(4, 4), metadata=metadata)
    return path


def test_a_dropped_stack_is_chosen_and_reopened_lazily(
    user: User, tmp_path: Path
) -> None:
    assert user.fault().startswith("Drop a video onto the window")
    user.drop(stack(tmp_path / "cells.tif", noise(6, 20, 30), "TYX"))
    assert user.panel.video.currentText() == "cells"
    assert not user.fault()
    facts = {
        "frames": "6",
        "size": "20 × 30 px",
        "data type": "uint16",
        "pixel size": "0.25 µm",
        "frame interval": "5 min",
        "channel": "only one",
        "file": str(tmp_path / "cells.tif"),
    }
    assert {name: user.fact(name) for name in facts} == facts
    assert user.fact("memory") == "7.2 KB, loaded"
    user.click(user.panel.reopen)
    (layer,) = user.viewer.layers
    assert layer.name == "cells"
    assert hasattr(layer.data, "dask")
    assert tuple(layer.axis_labels) == ("t", "y", "x")
    assert layer.scale.tolist() == [1, 0.25, 0.25]
    assert str(layer.units[2]) == "micrometer"
    assert user.session.layer is layer
    assert {name: user.fact(name) for name in facts} == facts
    assert user.fact("memory") == "7.2 KB, read frame by frame"
    assert user.panel.reopen.isHidden()
    assert video_source(user.session.layer, tmp_path) == (tmp_path / "cells.tif", None)


@pytest.mark.parametrize(
    ("shape", "axes", "channel"),
    [((6, 3, 20, 30), "TCYX", 1), ((6, 20, 30, 3), "TYXS", 2)],
)
def test_a_channel_is_taken_from_the_file(
    user: User, tmp_path: Path, shape: tuple[int, ...], axes: str, channel: int
) -> None:
    data = noise(*shape).astype("u1")
    path = stack(tmp_path / "cells.tif", data, axes)
    user.drop(path)
    assert "has 3 channels; choose the one to track" in user.fault()
    assert user.fact("channel") == "not chosen"
    name = "blue" if axes == "TYXS" else f"channel {channel}"
    user.pick(user.panel.channel, name)
    user.click(user.panel.take_channel)
    whole, layer = user.viewer.layers
    assert layer.name == f"cells {name}"
    assert not whole.visible
    assert not user.fault()
    assert user.fact("channel") == f"{name} (of 3)"
    assert user.fact("pixel size") == "0.25 µm"
    wanted = data[..., channel] if axes == "TYXS" else data[:, channel]
    np.testing.assert_array_equal(np.asarray(layer.data), wanted)
    assert video_source(user.session.layer, tmp_path) == (path, channel)


def test_channels_of_layers_without_a_file(user: User, tmp_path: Path) -> None:
    colors = noise(5, 20, 30, 3).astype("u1")
    user.viewer.add_image(colors, rgb=True, name="rgb", scale=(1, 2, 2))
    user.pick(user.panel.channel, "green")
    user.click(user.panel.take_channel)
    layer = user.viewer.layers["rgb green"]
    np.testing.assert_array_equal(layer.data, colors[..., 1])
    assert layer.scale.tolist() == [1, 2, 2]
    assert not user.fault()
    several = noise(2, 5, 20, 30)
    user.panel.video.set_layer(user.viewer.add_image(several, name="two"))
    user.settle()
    user.pick(user.panel.channel, "channel 1")
    user.click(user.panel.take_channel)
    layer = user.viewer.layers["two channel 1"]
    np.testing.assert_array_equal(layer.data, several[1])
    assert video_source(user.session.layer, tmp_path) == (tmp_path / "video.tif", None)


@pytest.mark.parametrize(
    ("shape", "options", "sentence"),
    [
        ((20, 30), {}, "2D time-lapse video"),
        ((1, 20, 30), {}, "at least 2 frames"),
        ((20, 30, 3), {}, "2D time-lapse video"),
        ((20, 30, 3), {"rgb": True}, "is in color"),
        ((4, 9, 20, 30), {"axis_labels": ("t", "p", "y", "x")}, "4 × 9 × 20 × 30"),
        ((12, 9, 20, 30), {}, "2D time-lapse video"),
        ((4, 2, 2, 20, 30), {}, "4 × 2 × 2 × 20 × 30"),
    ],
)
def test_unusable_layers_are_explained(
    user: User, shape: tuple[int, ...], options: dict[str, Any], sentence: str
) -> None:
    data = noise(*shape).astype("u1")
    user.viewer.add_image(data, name="mine", **options)
    assert user.fault().startswith("mine ")
    assert sentence in user.fault()
    assert user.panel.channel_row.isHidden()
    assert user.panel.reopen.isHidden()


def test_z_slices_are_distinguished_from_frames(user: User, tmp_path: Path) -> None:
    user.drop(stack(tmp_path / "deep.tif", noise(7, 20, 30), "ZYX"))
    assert "deep is a stack of 7 z slices" in user.fault()
    assert user.panel.reopen.isHidden()
    assert video_source(user.session.layer, tmp_path / "run")[0].name == "video.tif"


@pytest.mark.parametrize("how", ["file", "file with channels", "layer", "cropped"])
def test_a_3d_video_is_projected(user: User, tmp_path: Path, how: str) -> None:
    data, several = noise(6, 9, 20, 30), how == "file with channels"
    path, wanted = tmp_path / "deep.tif", data.max(axis=1)
    if how == "layer":
        labels = ("t", "z", "y", "x")
        scale, units = (1, 2, 0.5, 0.5), ("pixel", *["micrometer"] * 3)
        user.viewer.add_image(
            data, name="deep", axis_labels=labels, scale=scale, units=units
        )
    elif several:
        both = np.stack([data, data[::-1]], axis=2)
        user.drop(stack(path, both, "TZCYX"))
    else:
        user.drop(stack(path, data, "TZYX"))
    if how == "cropped":
        (layer,) = user.viewer.layers
        layer.data = layer.data[:, 2:5]
        user.settle()
        wanted = data[:, 2:5].max(axis=1)
    slices = 3 if how == "cropped" else 9
    sentence = f"deep is 3D over time: {slices} z slices at each of 6 times"
    assert user.fault().startswith(sentence)
    assert "Project z" in user.fault()
    assert user.panel.take_channel.isHidden()
    if several:
        user.pick(user.panel.channel, "channel 1")
        wanted = wanted[::-1]
    user.click(user.panel.project)
    whole, layer = user.viewer.layers
    name = "deep channel 1 projection" if several else "deep projection"
    assert layer.name == name
    assert user.session.layer is layer
    assert not whole.visible
    assert hasattr(layer.data, "dask")
    assert layer.data.chunks[0] == (1,) * 6
    np.testing.assert_array_equal(np.asarray(layer.data), wanted)
    assert not user.fault()
    assert user.fact("pixel size") == ("0.5 µm" if how == "layer" else "0.25 µm")
    assert user.fact("frame interval") == ("unknown" if how == "layer" else "5 min")
    source = "deep" if how in ("layer", "cropped") else "deep.tif"
    origin = f"the maximum projection over z of {source}"
    if several:
        origin += ", channel 1"
    assert user.fact("file") == origin
    # A run gets a file with the projection, which says what it is.
    found = open_video(*video_source(user.session.layer, tmp_path / "run"))
    assert found.path == tmp_path / "run" / "video.tif"
    assert found.made_from == origin
    np.testing.assert_array_equal(found.frames.compute(), wanted)


def test_slices_of_one_time_are_not_projected(user: User, tmp_path: Path) -> None:
    user.drop(stack(tmp_path / "deep.tif", noise(7, 2, 20, 30), "ZCYX"))
    assert user.fault().startswith("deep has 7 z slices in 2 channels, all at one time")
    assert user.panel.project.isHidden()
    user.click(user.panel.take_channel)
    assert user.viewer.layers[1].data.shape == (7, 20, 30)


def test_a_cropped_video_has_no_file_to_reopen(user: User, tmp_path: Path) -> None:
    user.drop(stack(tmp_path / "cells.tif", noise(6, 20, 30), "TYX"))
    layer = user.viewer.layers[0]
    layer.data = layer.data[:, 4:]
    user.settle()
    assert user.fact("size") == "16 × 30 px"
    assert user.panel.reopen.isHidden()


def test_a_file_that_was_deleted(user: User, tmp_path: Path) -> None:
    path = stack(tmp_path / "cells.tif", noise(6, 20, 30), "TYX")
    user.drop(path)
    path.unlink()
    user.click(user.panel.reopen)
    assert len(user.viewer.layers) == 1
    assert user.panel.reopen.isHidden()
    assert user.fact("frames") == "6"


def test_a_new_run_folder_is_typed_and_chosen(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    line = user.panel.run.line
    user.qtbot.keyClicks(line, str(tmp_path / "new" / "run"))
    user.qtbot.keyClick(line, Qt.Key.Key_Return)
    assert user.session.run == tmp_path / "new" / "run"
    assert not (tmp_path / "new").exists()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    user.click(user.panel.run.choose)
    assert user.session.run == tmp_path
    assert line.text() == str(tmp_path)
    line.clear()
    user.qtbot.keyClick(line, Qt.Key.Key_Return)
    assert user.session.run is None


def test_the_recipe_of_an_earlier_run_is_loaded(user: User, tmp_path: Path) -> None:
    recipe = make_recipe("paper").changed(seed=7)
    write_recipe(recipe, tmp_path / "recipe.yaml")
    (tmp_path / "record.json").write_text("{}")
    (tmp_path / MARKER).write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    user.panel.run.take(tmp_path)
    assert user.session.run == tmp_path
    assert user.session.recipe == recipe
    assert "is an existing run: its settings are loaded" in user.message()
    assert user.panel.preset.list.currentText() == "paper"


def test_other_folders_are_rejected(user: User, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "record.json").write_text("{}")
    (tmp_path / "torn" / MARKER).write_text("{}")
    (tmp_path / "torn" / "recipe.yaml").write_text("nonsense: 1")
    for folder, sentence in (
        (tmp_path, "napari-asist did not make, such as file"),
        (tmp_path / "file", "is a file"),
        (tmp_path / "file" / "run", "is not writable"),
        (Path("/proc/run"), "is not writable"),
        (tmp_path / "torn", "nonsense"),
    ):
        user.panel.run.take(folder)
        assert sentence in user.message()
        assert user.session.run is None
        assert user.panel.run.line.text() == ""


def test_a_preset_keeps_what_was_tuned(user: User) -> None:
    assert user.panel.preset.list.currentText() == "laptop"
    tuned = make_recipe("laptop").changed(
        seed=3, simulation=MicrovilliSettings(objects=9).model_dump()
    )
    user.session.set_recipe(tuned)
    assert user.panel.preset.list.currentText() == "laptop"
    user.pick(user.panel.preset.list, "paper-small")
    recipe = user.session.recipe
    assert recipe.synthesis == make_recipe("paper-small").synthesis
    assert (recipe.seed, recipe.simulation) == (3, tuned.simulation)
    assert user.panel.preset.meaning.text() == MEANINGS["paper-small"]
    user.session.set_recipe(recipe.changed(embedding={"steps": 17}))
    assert user.panel.preset.list.currentIndex() == -1
    assert user.panel.preset.meaning.text() == MEANINGS["custom settings"]


def test_every_preset_is_explained() -> None:
    assert set(MEANINGS) == {*PRESETS, "custom settings"}


def test_a_closed_dock_releases_the_session(user: User, tmp_path: Path) -> None:
    user.viewer.add_image(noise(4, 8, 9), name="mine")
    user.viewer.window.remove_dock_widget(user.panel)
    user.viewer.layers["mine"].scale = (1, 2, 2)
    user.session.set_run(tmp_path)
    user.session.set_recipe(make_recipe("demo"))
    user.viewer.layers.clear()
    user.viewer.add_image(noise(4, 8, 9), name="later")
    assert user.panel.video.findText("later") < 0


def test_the_object_size_can_be_set(user: User) -> None:
    field = user.panel.radius

    def stated() -> float | None:
        radius: float | None = user.session.recipe.scale.object_radius
        return radius

    assert field.text() == ""
    assert field.lineEdit().placeholderText() == "estimated"
    user.qtbot.keyClicks(field.lineEdit(), "32.5")
    field.editingFinished.emit()
    assert field.text() == "32.5 px"
    assert stated() == 32.5
    # It belongs to the video, not to a preset.
    assert user.panel.preset.list.currentText() == "laptop"
    user.pick(user.panel.preset.list, "paper")
    assert stated() == 32.5
    field.lineEdit().clear()
    user.qtbot.keyClicks(field.lineEdit(), "0")
    assert "object_radius = 0" in user.message()
    assert stated() == 32.5
    field.lineEdit().clear()
    field.changed.emit()
    assert user.message() == ""
    assert stated() is None
    user.session.set_recipe(make_recipe(changes=[{"scale": {"object_radius": 7}}]))
    assert field.text() == "7 px"
