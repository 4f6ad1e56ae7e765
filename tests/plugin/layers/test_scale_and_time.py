"""The scale bar and the time on the canvas, for a dropped video."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from cases import CASES, raw_frames

from napari_asist.plugin.session import Session, session_of
from napari_asist.plugin.video.panel import VideoPanel


class User:
    """A viewer with the Video panel, and a file with pixel size and interval."""

    def __init__(self, viewer: Any, folder: Path) -> None:
        self.viewer = viewer
        self.session: Session = session_of(viewer)
        self.overlays = viewer.__wrapped__.canvas.overlays
        self.file = folder / "cells.tif"
        tifffile.imwrite(
            self.file,
            raw_frames(CASES["division"]()),
            imagej=True,
            resolution=(2, 2),
            metadata={"axes": "TYX", "unit": "um", "finterval": 1800},
        )

    def open_dock(self) -> None:
        self.viewer.window.add_dock_widget(VideoPanel(self.viewer))

    def drop(self) -> Any:
        layers: list[Any] = self.viewer.open(str(self.file), plugin="napari")
        return layers[0]

    @property
    def text(self) -> str:
        overlay = self.overlays.text
        return str(overlay.text) if overlay.visible else ""

    def has_bar(self) -> bool:
        return bool(self.overlays.scale_bar.visible)


@pytest.fixture
def user(make_napari_viewer_proxy: Any, tmp_path: Path) -> User:
    return User(make_napari_viewer_proxy(), tmp_path)


def test_a_dropped_video_has_a_scale_bar_and_the_time(user: User) -> None:
    layer = user.drop()
    user.viewer.scene.camera.center = (0, 10, 20)
    zoom = user.viewer.scene.camera.zoom
    assert not user.has_bar()
    user.open_dock()
    chosen: Any = user.session.layer
    assert chosen is layer
    assert user.has_bar()
    user.viewer.dims.set_current_step(0, 0)
    assert user.text == "frame 0 · 0 s"
    user.viewer.dims.set_current_step(0, 3)
    assert user.text == "frame 3 · 1 h 30 min"
    # The bar is in micrometers, and the view has not moved.
    np.testing.assert_array_equal(layer.scale, (1, 0.5, 0.5))
    assert str(layer.units[-1]) == "micrometer"
    np.testing.assert_allclose(user.viewer.scene.camera.center, (0, 5, 10))
    np.testing.assert_allclose(user.viewer.scene.camera.zoom, 2 * zoom)
    # Without a video, there is nothing to measure.
    user.session.set_layer(None)
    assert not user.has_bar()
    assert user.text == ""


def test_what_the_user_switches_off_stays_off(user: User) -> None:
    user.open_dock()
    layer = user.drop()
    assert user.has_bar()
    assert user.text
    user.overlays.scale_bar.visible = False
    user.overlays.text.visible = False
    user.session.set_layer(None)
    user.session.set_layer(layer)
    assert not user.has_bar()
    assert not user.text


def test_what_the_user_wrote_or_switched_on_stays(user: User) -> None:
    user.overlays.scale_bar.visible = True
    user.overlays.text.text = "mine"
    user.overlays.text.visible = True
    user.open_dock()
    user.drop()
    user.viewer.dims.set_current_step(0, 2)
    user.session.set_layer(None)
    assert user.has_bar()
    assert user.text == "mine"


def test_a_video_of_unknown_size_has_neither(user: User) -> None:
    user.open_dock()
    user.viewer.add_image(np.zeros((4, 30, 40)), name="unknown")
    assert user.session.layer is not None
    assert not user.has_bar()
    assert user.text == ""


def test_layers_that_lie_over_each_other_keep_their_scale(user: User) -> None:
    user.viewer.add_labels(CASES["division"]().labels)
    layer = user.drop()
    user.open_dock()
    np.testing.assert_array_equal(layer.scale, 1)
    assert not user.has_bar()
    assert user.text.startswith("frame")
