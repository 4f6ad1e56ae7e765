"""Runs of the depth engine: finished, stopped, killed, and applied to other videos."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from counted_stops import CountedStop
from tiny import drawing_processes, tiny_depth_recipe, tiny_recipe, write_tiny_video

from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.errors import AsistError
from napari_asist.events import (
    Event,
    Note,
    Paused,
    Progress,
    Resumed,
    StopFlag,
    Stopped,
    result_of,
)
from napari_asist.simulation.settings import MicrovilliSettings, NucleiSettings
from napari_asist.training.checkpoint import load_state
from napari_asist.video import open_video
from napari_asist.workflow.apply_model import track_with_model
from napari_asist.workflow.checkpoint_model import (
    has_checkpoint,
    save_checkpoint_model,
)
from napari_asist.workflow.export.run_card import CARD, METHODS
from napari_asist.workflow.model import Model, recipe_of_model
from napari_asist.workflow.model_file import engine_of_model, settings_of_use
from napari_asist.workflow.recipe import make_recipe
from napari_asist.workflow.run import run_stages, with_smallest_track

RECIPE = tiny_depth_recipe()
LABELS = "result/01_RES"


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_video(tmp_path_factory.mktemp("video") / "cells.tif")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Path:
    """Return an uninterrupted run."""
    out = tmp_path_factory.mktemp("whole") / "run"
    run_all(video, out)
    return out


def run_all(video: Path, out: Path, stop: StopFlag | None = None) -> None:
    result_of(run_stages(video, RECIPE, out, stop or StopFlag()))


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    state, _ = load_state(run / "network" / "model.safetensors")
    weights: dict[str, torch.Tensor] = state["depth"]
    return weights


def test_a_run_is_complete(whole: Path) -> None:
    assert validate_ctc(whole / LABELS) == []
    assert (whole / "network" / "losses.csv").exists()
    assert list((whole / "network" / "samples").glob("maps_*.png"))
    model = whole / "network" / "model.safetensors"
    assert engine_of_model(model) == "depth"
    use = settings_of_use(model)
    assert set(use) == {
        "engine",
        "scaling",
        "depth_tracking",
        "estimate",
        "standard_radius",
    }
    assert use["estimate"] == {"simulator": "nuclei"}


def test_a_stopped_training_resumes_and_leaves_no_process(
    whole: Path, video: Path, tmp_path: Path
) -> None:
    stop, notes = StopFlag(), []

    def stop_within(event: Event) -> None:
        if isinstance(event, Note):
            notes.append(event.message)
        if isinstance(event, Progress) and event.stage == "depth" and event.done == 2:
            stop.stop()

    with pytest.raises(Stopped):
        result_of(run_stages(video, RECIPE, tmp_path, stop), stop_within)
    assert "Drawing the first scenes." in notes
    assert any("a sample for inspection" in note for note in notes)
    assert not drawing_processes()
    run_all(video, tmp_path)
    assert not drawing_processes()
    for name, weights in weights_of(whole).items():
        assert torch.equal(weights, weights_of(tmp_path)[name]), name
    np.testing.assert_array_equal(
        read_ctc(tmp_path / LABELS).labels, read_ctc(whole / LABELS).labels
    )


def test_a_pause_ends_the_processes(video: Path, tmp_path: Path, whole: Path) -> None:
    for folder in ("simulated", "synthesis", "training"):
        (tmp_path / folder).symlink_to(whole / folder)
    stop, left = StopFlag(), []

    def pause_within(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "depth" and event.done == 2:
            assert drawing_processes()
            stop.pause()
        if isinstance(event, Paused):
            left.append(drawing_processes())
            stop.resume()
        if isinstance(event, Resumed):
            left.append(drawing_processes())

    work = run_stages(video, RECIPE, tmp_path, stop, None, ["train"])
    result_of(work, pause_within)
    assert left == [set(), set()]
    for name, weights in weights_of(whole).items():
        assert torch.equal(weights, weights_of(tmp_path)[name]), name


def test_its_model_tracks_another_video(whole: Path, tmp_path: Path) -> None:
    other = write_tiny_video(tmp_path / "other.tif", seed=2)
    for model in (whole, whole / "network" / "model.safetensors"):
        recipe = recipe_of_model(model)
        assert recipe.engine == "depth"
        tracking = recipe.depth_tracking
        assert tracking.smallest_track
        assert tracking.changed(smallest_track=None) == RECIPE.depth_tracking
        out = tmp_path / model.name
        recipe = recipe.changed(scale={"object_radius": 13})
        loaded = Model.load(model, recipe)
        work = track_with_model(open_video(other), None, loaded, out, StopFlag())
        result = result_of(work)
        assert validate_ctc(result) == []
        settings = json.loads((out / CARD).read_text())["origin"]["settings"]
        assert settings["engine"] == "depth"
        assert "watershed on the predicted depth" in (out / METHODS).read_text()


def test_the_model_determines_the_engine(whole: Path, tmp_path: Path) -> None:
    """A recipe for the other engine, such as a preset, does not."""
    other = write_tiny_video(tmp_path / "other.tif", seed=2)
    recipe = tiny_recipe(depth_tracking=RECIPE.depth_tracking.model_dump())
    assert recipe.engine == "rshn"
    model = Model.load(whole, recipe)
    out = tmp_path / "out"
    work = track_with_model(open_video(other), None, model, out, StopFlag())
    assert validate_ctc(result_of(work)) == []


@pytest.mark.parametrize(
    ("simulation", "radius", "expected"),
    [
        # Daughters are smaller, so the estimated radius counts if it is larger.
        (NucleiSettings(radius_mean=12, radius_min=8), 10.0, 0.8 * 8**2 / 12**2),
        (NucleiSettings(radius_mean=12, radius_min=8), 16.0, 0.8 * 8**2 / 16**2),
        (MicrovilliSettings(length_mean=20, length_min=10), 1.0, 0.8 * 10 / 20),
        (NucleiSettings(radius_mean=9, radius_min=9, radius_max=9), 1.0, 0.5),
    ],
)
def test_the_simulator_determines_how_small_a_track_may_be(
    simulation: NucleiSettings | MicrovilliSettings, radius: float, expected: float
) -> None:
    recipe = make_recipe("laptop").changed(simulation=simulation.model_dump())
    found = with_smallest_track(recipe, radius).depth_tracking.smallest_track
    assert found == pytest.approx(expected, abs=1e-3)
    for change in ({"depth_tracking": {"smallest_track": 0}}, {"engine": "rshn"}):
        other = make_recipe("laptop", changes=[change])
        other = other.changed(simulation=simulation.model_dump())
        assert with_smallest_track(other, radius) == other


def test_a_run_can_be_stopped_wherever_it_looks(
    whole: Path, video: Path, tmp_path: Path
) -> None:
    counted = CountedStop()
    run_all(video, tmp_path / "counted", counted)
    # Its parts look after each frame, layer and scene, in all stages.
    assert counted.checks > 1000
    for after in (20, counted.checks // 3, counted.checks // 3):
        with pytest.raises(Stopped):
            run_all(video, tmp_path / "run", CountedStop(after))
    run_all(video, tmp_path / "run")
    for name, weights in weights_of(whole).items():
        assert torch.equal(weights, weights_of(tmp_path / "run")[name]), name
    np.testing.assert_array_equal(
        read_ctc(tmp_path / "run" / LABELS).labels, read_ctc(whole / LABELS).labels
    )


def test_the_checkpoint_of_a_stopped_training_is_a_model(
    whole: Path, video: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    with pytest.raises(AsistError, match="no checkpoint yet"):
        save_checkpoint_model(run, tmp_path)
    stop = StopFlag()

    def stop_within(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "depth" and event.done == 2:
            stop.stop()

    with pytest.raises(Stopped):
        result_of(run_stages(video, RECIPE, run, stop), stop_within)
    assert has_checkpoint(run)
    before = sorted(path.name for path in (run / "network.partial").iterdir())
    model, step = save_checkpoint_model(run, tmp_path / "models")
    assert step == 2
    assert model.name == "checkpoint at step 2.safetensors"
    # It is used like the model that the training will end with.
    use = settings_of_use(whole / "network" / "model.safetensors")
    assert settings_of_use(model) == use
    kept = load_state(run / "network.partial" / "checkpoint.safetensors")[0]
    for name, weights in load_state(model)[0]["depth"].items():
        assert torch.equal(weights, kept["networks"][name]), name
    assert Model.load(model).recipe.engine == "depth"
    after = sorted(path.name for path in (run / "network.partial").iterdir())
    assert after == before
