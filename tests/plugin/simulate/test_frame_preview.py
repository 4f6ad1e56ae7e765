"""The synthetic frame next to the real one, in a real window."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from tiny import tiny_recipe, write_tiny_video

from napari_asist.events import CheckpointWritten, StopFlag, result_of
from napari_asist.simulation.simulate import simulate_video
from napari_asist.workflow.annotations import annotation_seed
from napari_asist.workflow.run import run_stages
from napari_asist.workflow.synthetic_preview import load_preview

WAIT = 30_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose generator is trained."""
    folder = tmp_path_factory.mktemp("run")
    video = write_tiny_video(folder / "video.tif")
    stages = ("simulate", "synthesize")
    recipe = tiny_recipe()
    result_of(run_stages(video, recipe, folder / "run", StopFlag(), stages=stages))
    return folder / "run"


class Session:
    """A viewer with the panel docked, and a user."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        _, self.panel = viewer.window.add_plugin_dock_widget("napari-asist", "Simulate")
        self.shared = self.panel.session
        self.tick = self.panel.synthetic
        self.shared.set_recipe(tiny_recipe())

    def click_tick(self) -> None:
        self.qtbot.mouseClick(self.tick, Qt.MouseButton.LeftButton)

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT)

    def wait_for(self, run: Path, time: int) -> None:
        """Wait for the frame drawn from the panel's settings and the run's weights."""
        settings = self.panel.settings
        annotation = simulate_video(settings, annotation_seed(0))
        wanted = load_preview(run).frame(annotation, settings, time)
        self.until(lambda: np.array_equal(self.shown(), wanted))

    def shown(self) -> Any:
        layers = self.viewer.layers
        return layers["synthetic"].data if "synthetic" in layers else None


@pytest.fixture
def session(make_napari_viewer_proxy: Any, qtbot: Any, run: Path) -> Session:
    viewer = make_napari_viewer_proxy()
    frames = tifffile.imread(run.parent / "video.tif")
    viewer.add_image(frames, name="mine", scale=(1, 0.5, 0.5), gamma=0.7)
    viewer.dims.set_current_step(0, 0)
    return Session(viewer, qtbot)


def test_the_tick_says_what_to_do_until_there_is_a_generator(
    session: Session, run: Path, tmp_path: Path
) -> None:
    assert not session.tick.isEnabled()
    assert "start a run" in session.tick.toolTip()
    session.shared.set_run(tmp_path)
    assert not session.tick.isEnabled()
    assert "Train one" in session.tick.toolTip()
    session.shared.set_run(run)
    assert session.tick.isEnabled()


def test_it_follows_settings_and_time_next_to_the_video(
    session: Session, run: Path
) -> None:
    session.shared.set_run(run)
    session.click_tick()
    session.wait_for(run, 0)
    layer = session.viewer.layers["synthetic"]
    assert layer.translate[1] > 64 * 0.5
    assert layer.translate[0] == 0
    assert layer.gamma == 0.7
    assert layer.contrast_limits == session.viewer.layers["mine"].contrast_limits
    assert session.shared.layer.name == "mine"
    session.viewer.dims.set_current_step(0, 5)
    session.wait_for(run, 5)
    session.panel.form.model.fields["objects"].stepBy(-1)
    session.wait_for(run, 5)
    session.click_tick()
    assert "synthetic" not in session.viewer.layers


def test_it_shows_training_progress(
    session: Session, run: Path, tmp_path: Path
) -> None:
    partial = tmp_path / "synthesis.partial" / "main"
    partial.mkdir(parents=True)
    for name in ("recipe.yaml", "record.json"):
        (tmp_path / name).write_bytes((run / name).read_bytes())
    session.shared.set_run(tmp_path)
    checkpoint = partial / "checkpoint.safetensors"
    checkpoint.write_bytes(
        (run / "synthesis" / "main" / "checkpoint.safetensors").read_bytes()
    )
    assert not session.tick.isEnabled()
    event = CheckpointWritten("synthesis (main)", 5, str(checkpoint))
    session.shared.work.happened.emit(event)
    assert session.tick.isEnabled()
    session.click_tick()
    session.wait_for(run, 0)


def test_a_loading_error_is_reported(
    session: Session, run: Path, tmp_path: Path
) -> None:
    weights = tmp_path / "synthesis" / "generators.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"nothing")
    for name in ("recipe.yaml", "record.json"):
        (tmp_path / name).write_bytes((run / name).read_bytes())
    session.shared.set_run(tmp_path)
    session.click_tick()
    session.until(lambda: "frame cannot be drawn" in session.panel.bar.message.text())
    assert "train again" in session.panel.bar.message.text()


def test_the_user_removes_the_layer_and_closes_the_dock(
    session: Session, run: Path
) -> None:
    session.shared.set_run(run)
    session.click_tick()
    session.wait_for(run, 0)
    session.viewer.layers.remove("synthetic")
    assert not session.tick.isChecked()
    session.click_tick()
    session.wait_for(run, 0)
    session.viewer.dims.set_current_step(0, 2)
    session.viewer.window.remove_dock_widget(session.panel)
    shared = session.shared
    del session.panel, session.tick
    gc.collect()
    session.qtbot.wait(300)
    session.viewer.dims.set_current_step(0, 3)
    shared.set_run(None)
