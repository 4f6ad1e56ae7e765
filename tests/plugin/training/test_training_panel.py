"""The training panels, by clicking in a real window."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QFileDialog
from tiny import drawing_processes, tiny_depth_recipe, tiny_recipe, write_tiny_video

from napari_asist.events import FirstLook, Started, StopFlag, Work, result_of
from napari_asist.plugin.result.origin import noted_origin
from napari_asist.plugin.session import session_of
from napari_asist.plugin.track.tracking import tracking_of
from napari_asist.plugin.training.panel import NetworkPanel, SynthesisPanel
from napari_asist.video import open_video
from napari_asist.workflow.recipe import Recipe, read_recipe
from napari_asist.workflow.run import run_stages

LEFT = Qt.MouseButton.LeftButton
WAIT = 60_000
LONG = {"steps": 100_000}


class User:
    """A viewer with a small video, a panel docked, and a user."""

    def __init__(self, viewer: Any, qtbot: Any, folder: Path, recipe: Recipe) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.path = write_tiny_video(folder / "cells.tif")
        self.session = session_of(viewer)
        self.session.set_recipe(recipe)
        self.work = self.session.work

    def add_video(self) -> None:
        self.viewer.open(str(self.path), plugin="napari")

    def open(self, panel: type) -> Any:
        self.panel = panel(self.viewer)
        self.dock = self.viewer.window.add_dock_widget(self.panel)
        return self.panel

    def click(self, button: Any) -> None:
        assert button.isEnabled()
        self.qtbot.mouseClick(button, LEFT)

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT)

    def until_idle(self) -> None:
        self.until(lambda: not self.work.is_running)

    @property
    def message(self) -> str:
        return str(self.panel.bar.message.text())


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any, tmp_path: Path) -> Any:
    made: list[User] = []

    def make(**sections: Any) -> User:
        viewer = make_napari_viewer_proxy()
        made.append(User(viewer, qtbot, tmp_path, tiny_recipe(**sections)))
        return made[-1]

    yield make
    for one in made:
        one.work.stop()
        one.until_idle()


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run whose generators are trained."""
    folder = tmp_path_factory.mktemp("run")
    video = write_tiny_video(folder / "cells.tif")
    stages = ("simulate", "synthesize")
    work = run_stages(video, tiny_recipe(), folder / "run", StopFlag(), None, stages)
    result_of(work)
    return folder / "run"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that is ready to train its network, with the depth engine."""
    folder = tmp_path_factory.mktemp("drawn")
    video = write_tiny_video(folder / "cells.tif")
    stages = ("simulate", "synthesize", "refine")
    recipe = tiny_depth_recipe()
    result_of(run_stages(video, recipe, folder / "run", StopFlag(), None, stages))
    return folder / "run"


def choose(monkeypatch: pytest.MonkeyPatch, folder: Path | str) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))


def test_start_pause_resume_stop_resume(
    user: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = user(synthesis=LONG)
    one.add_video()
    panel, run = one.open(SynthesisPanel), tmp_path / "run"
    assert panel.start.text() == "Start"
    assert not panel.pause.isEnabled()
    assert not panel.stop.isEnabled()
    choose(monkeypatch, run)
    one.click(panel.start)
    assert one.session.run == run
    assert not panel.start.isEnabled()
    one.until(lambda: not panel.progress.plot.is_empty and panel.pause.isEnabled())
    assert panel.progress.plot.training.value() == "synthesis (main)"
    one.until(
        lambda: "training the network that draws frames (cpu)" in panel.state.text()
    )
    assert not panel.forms["Settings"].model.isEnabled()

    one.click(panel.pause)
    assert panel.pause.text() == "Resume"
    one.until(lambda: "Paused at step" in panel.state.text())
    at = one.work.state.done
    one.click(panel.pause)
    assert panel.pause.text() == "Pause"
    one.until(lambda: one.work.state.done > at + 5)

    one.click(panel.stop)
    one.until_idle()
    assert "Saved" in one.message
    assert panel.start.text() == "Resume training"
    assert "can resume" in panel.state.text()
    steps = panel.progress.plot.shown["cycle_images"][0]
    assert steps == sorted(set(steps))

    # Another panel, as after restarting napari, shows the recorded progress.
    one.viewer.window.remove_dock_widget(one.dock)
    panel = one.open(SynthesisPanel)
    assert panel.progress.plot.shown["cycle_images"][0] == steps
    assert panel.start.text() == "Resume training"
    one.click(panel.start)
    one.until(lambda: panel.progress.plot.shown["cycle_images"][0][-1] > steps[-1])
    assert panel.progress.plot.shown["cycle_images"][0][: len(steps)] == steps


def test_to_the_end_with_report_and_samples(
    user: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = user()
    one.add_video()
    panel = one.open(SynthesisPanel)
    assert panel.report.is_empty
    choose(monkeypatch, tmp_path / "run")
    one.click(panel.start)
    one.until_idle()
    assert "train the network" in one.message
    assert panel.tabs.currentWidget() is panel.report
    assert panel.report.table.item(0, 0).text() == "visible area"
    assert panel.report.table.item(0, 2).text() == "0.95 to 1.05"
    assert not panel.report.sheet.image.isNull()
    assert panel.progress.samples.steps == [3]  # those of the mask generator
    assert [panel.progress.plot.training.itemText(n) for n in range(2)] == [
        "synthesis (main)",
        "synthesis (mask)",
    ]
    assert panel.state.text() == "Done."


def test_the_renderer_says_that_it_has_no_losses(
    user: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = user(synthesis={"engine": "renderer"})
    one.add_video()
    panel = one.open(SynthesisPanel)
    choose(monkeypatch, tmp_path / "run")
    one.click(panel.start)
    assert "no losses" in panel.progress.hint.text()
    one.until_idle()
    assert not panel.report.is_empty
    names = [panel.report.table.item(n, 0).text() for n in range(8)]
    assert "distance from real frames" in names
    assert panel.report.telltale.isHidden() == panel.report.telltale.image.isNull()
    assert panel.progress.plot.isHidden()


def test_embedding_resumes_in_a_run(user: Any, synthesized: Path) -> None:
    one = user()
    panel = one.open(NetworkPanel)
    # The run folder records its video, so none has to be open.
    one.session.set_run(synthesized)
    one.click(panel.start)
    one.until_idle()
    assert "segment and track" in one.message
    assert set(panel.progress.plot.shown) == {"embedding", "background"}
    assert panel.progress.samples.steps == [5]
    one.click(panel.start)
    one.until_idle()
    assert "segment and track" in one.message


def test_the_depth_network_pauses_stops_and_resumes(
    user: Any, drawn: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(drawn, tmp_path / "run"))
    one = user()
    panel = one.open(NetworkPanel)
    one.session.set_run(run)
    assert one.session.recipe.engine == "depth"
    assert panel.forms["Network"].network.value() == "compact (depth)"
    recipe = one.session.recipe
    longer = recipe.depth.model_dump() | {"steps": 20_000}
    one.session.set_recipe(recipe.changed(depth=longer))
    assert panel.forms["Network"].model.fields["steps"].value() == 20_000
    one.click(panel.start)
    one.until(lambda: "training the network (cpu)" in panel.state.text())
    assert not panel.forms["Network"].network.isEnabled()
    one.until(lambda: not panel.progress.plot.is_empty)
    assert set(panel.progress.plot.shown) == {"foreground", "dice", "depth", "offset"}
    assert drawing_processes()
    one.click(panel.pause)
    one.until(lambda: "Paused at step" in panel.state.text())
    assert not drawing_processes()
    at = one.work.state.done
    one.click(panel.pause)
    one.until(lambda: one.work.state.done > at + 205)
    assert list(panel.progress.samples.pictures) == ["maps"]
    one.click(panel.stop)
    one.until_idle()
    assert not drawing_processes()
    assert panel.start.text() == "Resume training"
    assert panel.forms["Network"].network.isEnabled()


def test_missing_choices_are_asked_for(
    user: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = user()
    panel = one.open(SynthesisPanel)
    one.click(panel.start)
    assert one.message.startswith("Choose a video first")
    one.add_video()
    choose(monkeypatch, "")
    one.click(panel.start)
    assert one.session.run is None
    assert not one.work.is_running


def test_an_error_is_one_sentence(
    user: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = user(synthesis={"device": "cuda:99"})
    one.add_video()
    panel = one.open(SynthesisPanel)
    choose(monkeypatch, tmp_path / "run")
    one.click(panel.start)
    one.until_idle()
    assert "Device 'cuda:99' cannot be used" in one.message
    assert panel.start.isEnabled()


def test_out_of_memory(
    user: Any,
    monkeypatch: pytest.MonkeyPatch,
    synthesized: Path,
    tmp_path: Path,
) -> None:
    import torch

    from napari_asist.embedding.train import EmbeddingTraining

    def failing(training: Any, number: int) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(EmbeddingTraining, "gradients", failing)
    run = tmp_path / "run"
    shutil.copytree(synthesized, run, ignore=shutil.ignore_patterns("network*"))
    one = user()
    panel = one.open(NetworkPanel)
    one.session.set_run(run)
    form = panel.forms["Network"].model.fields["batch"]
    form.set_value(2)
    form.changed.emit()
    one.click(panel.start)
    one.until_idle()
    assert "Out of memory even with one patch of 32 px" in one.message
    messages = panel.progress.messages.toPlainText()
    assert "Out of memory: the batch is now computed 1 at a time" in messages


def test_settings_match_the_session_and_the_run(user: Any, synthesized: Path) -> None:
    one = user(synthesis={"steps": 77})
    panel = one.open(SynthesisPanel)
    form = panel.forms["Settings"]
    assert form.value.steps == 77
    edit = form.model.fields["steps"].lineEdit()
    edit.selectAll()
    one.qtbot.keyClicks(edit, "88")
    assert one.session.recipe.synthesis.steps == 88
    one.session.set_recipe(tiny_recipe(synthesis={"steps": 99}))
    assert form.value.steps == 99
    one.session.set_run(synthesized)
    assert form.value.steps == 5
    assert one.session.recipe == read_recipe(synthesized / "recipe.yaml")


def test_a_closed_dock_does_not_stop_the_run(
    user: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = user(synthesis=LONG)
    one.add_video()
    panel = one.open(SynthesisPanel)
    choose(monkeypatch, tmp_path / "run")
    one.click(panel.start)
    one.until(lambda: not panel.progress.plot.is_empty)
    one.viewer.window.remove_dock_widget(one.dock)
    at = one.work.state.done
    one.until(lambda: one.work.state.done > at + 20)
    panel = one.open(SynthesisPanel)
    assert not panel.progress.plot.is_empty
    assert panel.stop.isEnabled()
    assert "training the network that draws frames" in panel.state.text()
    assert "Training on cpu" in panel.progress.messages.toPlainText()
    one.viewer.theme = "light"
    one.click(panel.stop)
    one.until_idle()
    assert len(open_video(one.path)) == 8


def stopped_network(user: Any, drawn: Path, run: Path) -> tuple[User, Any]:
    """Return a user who has stopped the training of a network after some steps."""
    shutil.copytree(drawn, run)
    one = user()
    panel = one.open(NetworkPanel)
    one.session.set_run(run)
    set_steps(one, 20_000)
    one.click(panel.start)
    one.until(lambda: one.work.state.is_training and one.work.state.done > 5)
    one.click(panel.stop)
    assert panel.state.text().startswith("Stopping…")
    one.until_idle()
    return one, panel


def set_steps(one: User, steps: int) -> None:
    recipe = one.session.recipe
    one.session.set_recipe(
        recipe.changed(depth=recipe.depth.changed(steps=steps).model_dump())
    )


def test_changed_steps_continue_where_the_training_was_stopped(
    user: Any, drawn: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    one, panel = stopped_network(user, drawn, run)
    at = one.work.state.done
    set_steps(one, at + 3)
    one.click(panel.start)
    assert not one.work.is_running
    assert "begun with 20,000 steps" in panel.steps_question.question.text()
    # Nothing has to be decided: another change, or another run, takes it back.
    set_steps(one, at + 4)
    assert panel.steps_question.isHidden()
    one.click(panel.start)
    seen: list[Any] = []
    one.work.happened.connect(seen.append)
    assert panel.steps_question.proceed.text() == f"Continue with {at + 4:,} steps"
    one.click(panel.steps_question.proceed)
    assert panel.steps_question.isHidden()
    one.until_idle()
    assert "segment and track" in one.message
    begun = [event for event in seen if isinstance(event, Started)]
    steps = [(one.done, one.total) for one in begun if one.stage == "depth"]
    assert steps == [(at, at + 4)]
    # A training that is done continues as well; the result that it had is kept.
    (run / "result").mkdir()
    set_steps(one, at + 6)
    one.click(panel.start)
    one.click(panel.steps_question.proceed)
    one.until_idle()
    assert "segment and track" in one.message
    assert (run / "earlier_result_1").is_dir()
    events = (run / "events.jsonl").read_text()
    assert f"continues up to step {at + 6} instead of {at + 4}" in events


def test_changed_steps_start_the_stage_again(
    user: Any, drawn: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    one, panel = stopped_network(user, drawn, run)
    set_steps(one, 4)
    one.click(panel.start)
    seen: list[Any] = []
    one.work.happened.connect(seen.append)
    one.click(panel.steps_question.again)
    one.until_idle()
    assert "segment and track" in one.message
    begun = [event for event in seen if isinstance(event, Started)]
    steps = [(one.done, one.total) for one in begun if one.stage == "depth"]
    assert steps == [(0, 4)]
    assert (run / "earlier_network_1" / "checkpoint.safetensors").exists()


def test_tracking_with_the_checkpoint_of_a_stopped_training(
    user: Any, drawn: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    one, panel = stopped_network(user, drawn, run)
    one.add_video()
    one.session.set_layer(one.viewer.layers[0])
    panel.checkpoint.refresh()
    one.click(panel.checkpoint.track)
    one.until(lambda: not tracking_of(one.viewer).is_tracking)
    step = one.work.state.done
    result = one.session.result.labels
    assert f"at step {step:,}" in panel.checkpoint.bar.message.text()
    origin, _ = noted_origin(result)
    assert origin is not None
    assert origin.model["name"] == f"checkpoint at step {step}.safetensors"
    saved = run / "checkpoints" / f"checkpoint at step {step}.safetensors"
    assert saved.is_file()
    assert panel.start.text() == "Resume training"
    one.click(panel.start)
    one.until(lambda: one.work.state.is_training and one.work.state.done > step)


def tick(one: User, box: Any) -> None:
    # Only the box and its text react, not the space beside them.
    one.qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))


def test_the_shown_frame_is_outlined_at_each_checkpoint(
    user: Any, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(time: int, *_: Any) -> Work[None]:
        yield FirstLook("track", time, np.full((64, 64), 7, np.uint16))

    # After so few steps, the network itself outlines nothing.
    monkeypatch.setattr("napari_asist.plugin.training.checkpoint_use.looking_at", look)
    run = tmp_path / "run"
    shutil.copytree(drawn, run)
    one = user()
    one.add_video()
    panel = one.open(NetworkPanel)
    one.session.set_layer(one.viewer.layers[0])
    one.session.set_run(run)
    assert panel.checkpoint.isHidden()
    set_steps(one, 20_000)
    recipe = one.session.recipe
    depth = recipe.depth.changed(checkpoint_minutes=0)
    one.session.set_recipe(recipe.changed(depth=depth.model_dump()))
    one.click(panel.start)
    one.until(lambda: not panel.checkpoint.isHidden())
    name = f"{one.viewer.layers[0].name} while training"
    one.viewer.dims.set_current_step(0, 3)
    tick(one, panel.checkpoint.look)
    one.until(lambda: name in one.viewer.layers)
    layer = one.viewer.layers[name]
    assert layer.get_value((3, 5, 5)) == 7
    renewed: list[Any] = []
    layer.events.set_data.connect(renewed.append)
    one.until(lambda: len(renewed) > 1)
    one.viewer.dims.set_current_step(0, 5)
    one.until(lambda: layer.get_value((5, 5, 5)) == 7)
    assert one.viewer.layers.selection.active is not layer
    tick(one, panel.checkpoint.look)
    assert name not in one.viewer.layers
    assert one.work.is_running
