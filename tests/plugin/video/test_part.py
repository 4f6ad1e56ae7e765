"""A part of a video for a trial run, by clicking in a real window."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from sources import video_source

from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.start.proposed_run import proposed_run
from napari_asist.plugin.video.panel import VideoPanel
from napari_asist.video import open_video

LEFT = Qt.MouseButton.LeftButton
WAIT = 60_000


class User:
    """A visible window with the panel, and a video of 30 frames opened in it."""

    def __init__(self, viewer: Any, qtbot: Any, path: Path) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.panel = VideoPanel(viewer)
        viewer.window.add_dock_widget(self.panel, name="Video")
        self.session: Any = self.panel.session
        self.panel.opening.open(path)
        self.settle()
        self.qtbot.mouseClick(self.panel.trial.toggleButton(), LEFT)

    def set(self, first: int, last: int) -> None:
        for field, value in (
            (self.panel.part.first, first),
            (self.panel.part.last, last),
        ):
            field.lineEdit().selectAll()
            self.qtbot.keyClicks(field.lineEdit(), str(value))
            self.qtbot.keyClick(field.lineEdit(), Qt.Key.Key_Return)

    def make(self) -> None:
        assert self.panel.part.make.isVisibleTo(self.panel)
        self.qtbot.mouseClick(self.panel.part.make, LEFT)
        self.settle()

    def settle(self) -> None:
        panel = self.panel
        self.qtbot.waitUntil(
            lambda: (
                not (
                    panel.opening.is_busy
                    or panel.making.is_busy
                    or panel.looking.is_reading
                )
            ),
            timeout=WAIT,
        )

    def message(self) -> str:
        return str(self.panel.bar.message.text())


def frames() -> Any:
    return np.random.default_rng(0).integers(0, 250, (30, 60, 80)).astype("u2")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    metadata = {"axes": "TYX", "unit": "um", "finterval": 300}
    path = tmp_path / "cells.tif"
    tifffile.imwrite(path, frames(), imagej=True, resolution=(4, 4), metadata=metadata)
    return path


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any, path: Path) -> User:
    return User(make_napari_viewer_proxy(show=True), qtbot, path)


def test_some_frames_become_a_layer(user: User, tmp_path: Path) -> None:
    assert (user.panel.part.first.value(), user.panel.part.last.value()) == (0, 19)
    user.set(11, 14)
    user.make()
    whole, layer = user.viewer.layers
    assert layer.name == "cells part"
    assert user.session.layer is layer
    assert not whole.visible
    assert hasattr(layer.data, "dask")
    np.testing.assert_array_equal(layer.data.compute(), frames()[11:15])
    # It stays in its place, in time too.
    assert layer.translate.tolist() == [11, 0, 0]
    assert user.viewer.dims.current_step[0] == 11
    assert user.panel.facts.values["pixel size"].text() == "0.25 µm"
    assert user.panel.facts.values["frame interval"].text() == "5 min"
    assert user.panel.facts.values["file"].text() == "frames 11 to 14 of cells.tif"
    video = layer_video(user.session.layer)
    assert video.first_frame == 11
    # The run of the whole video is not that of its part.
    assert proposed_run(whole).name == "cells_asist"
    assert proposed_run(layer).name == "cells part_asist"
    # A run gets a file that does not claim to be the whole video.
    stored = open_video(*video_source(user.session.layer, tmp_path / "run"))
    assert stored.path == tmp_path / "run" / "video.tif"
    assert (stored.first_frame, stored.pixel_size) == (11, 0.25)
    assert stored.made_from == "frames 11 to 14 of cells.tif"
    np.testing.assert_array_equal(stored.frames.compute(), frames()[11:15])


def test_the_shown_part_of_the_canvas(user: User, qtbot: Any, tmp_path: Path) -> None:
    camera = getattr(user.viewer, "scene", user.viewer).camera
    camera.center = (0, 7.5, 10)
    camera.zoom *= 4
    (layer,) = user.viewer.layers
    qtbot.waitUntil(lambda: layer.corner_pixels[0, -1] > 0, timeout=WAIT)
    qtbot.mouseClick(user.panel.part.is_cropped, LEFT, pos=_left(user))
    assert user.panel.part.is_cropped.isChecked()
    user.set(2, 3)
    user.make()
    _, layer = user.viewer.layers
    _, height, width = layer.data.shape
    assert height < 60
    assert width < 80
    top, left = (layer.translate[1:] / 0.25).astype(int)
    wanted = frames()[2:4, top : top + height, left : left + width]
    np.testing.assert_array_equal(layer.data.compute(), wanted)
    # What is cropped surrounds the center of the canvas.
    assert top < 30 < top + height
    assert left < 40 < left + width
    crop = f"rows {top} to {top + height - 1} and columns {left} to {left + width - 1}"
    stored = open_video(*video_source(user.session.layer, tmp_path / "run"))
    assert stored.made_from == f"{crop} of frames 2 to 3 of cells.tif"
    np.testing.assert_array_equal(stored.frames.compute(), wanted)


def test_a_part_of_a_part(user: User) -> None:
    user.set(11, 20)
    user.make()
    assert (user.panel.part.first.value(), user.panel.part.last.value()) == (11, 20)
    user.set(13, 15)
    user.make()
    layer = user.viewer.layers[-1]
    np.testing.assert_array_equal(layer.data.compute(), frames()[13:16])
    assert layer.translate.tolist() == [13, 0, 0]
    video = layer_video(layer)
    assert video.first_frame == 13
    assert video.made_from == "frames 13 to 15 of frames 11 to 20 of cells.tif"


def test_what_is_no_part_is_explained(user: User) -> None:
    for first, last, sentence in (
        (5, 5, "Choose a last frame after the first frame."),
        (7, 3, "Choose a last frame after the first frame."),
        (0, 29, "This is the whole video"),
    ):
        user.set(first, last)
        user.make()
        assert user.message().startswith(sentence)
        assert len(user.viewer.layers) == 1


def _left(user: User) -> Any:
    """Return where the box of the check box is."""
    rect = user.panel.part.is_cropped.rect()
    return rect.center() - rect.topRight() / 2 + rect.topRight() / 20
