"""The scale of objects in a run and with its model."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from tiny import tiny_recipe, write_tiny_video

from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.embedding.embedder import settings_of_use
from napari_asist.errors import AsistError
from napari_asist.events import Event, Note, StopFlag, result_of
from napari_asist.labels import LabelVideo
from napari_asist.resampling import resampled
from napari_asist.video import open_video
from napari_asist.workflow.apply_model import track_with_model
from napari_asist.workflow.export.run_card import CARD
from napari_asist.workflow.model import Model, recipe_of_model
from napari_asist.workflow.recipe import Recipe, read_recipe
from napari_asist.workflow.run import run_stages
from napari_asist.workflow.scale import SCALE, kept_radius
from napari_asist.workflow.stages import settings_for_use
from napari_asist.workflow.synthetic_preview import load_preview

RECIPE = tiny_recipe(scale={"object_radius": None})


def notes_of(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Note)]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_video(tmp_path_factory.mktemp("video") / "cells.tif")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Path:
    out = tmp_path_factory.mktemp("scaled") / "run"
    events: list[Event] = []
    result_of(run_stages(video, RECIPE, out, StopFlag()), events.append)
    messages = [note for note in notes_of(events) if note.startswith("Objects have")]
    assert len(messages) == 1
    assert "frames are resampled by 1." in messages[0]
    return out


def track(video: Path, model: Path, recipe: Recipe, out: Path) -> tuple[Path, float]:
    """Track a video with a model; return the result and the radius in its run card."""
    loaded = Model.load(model, recipe)
    work = track_with_model(open_video(video), None, loaded, out, StopFlag())
    result = result_of(work)
    card = json.loads((out / CARD).read_text())
    return result, card["origin"]["settings"]["scale"]["object_radius"]


def test_a_run_works_at_the_standard_scale(run: Path) -> None:
    radius = kept_radius(run)
    assert radius is not None
    assert 7 < radius < 10
    side = round(64 * 13 / radius)
    simulated = read_ctc(run / "simulated" / "01_GT")
    assert simulated.labels.shape == (8, side, side)
    assert tifffile.imread(run / "training" / "01" / "t000.tif").shape == (side, side)
    assert read_ctc(run / "result" / "01_RES").labels.shape == (8, 64, 64)
    assert validate_ctc(run / "result" / "01_RES") == []
    # Settings that the user tuned over the video are unchanged.
    assert read_recipe(run / "recipe.yaml") == RECIPE


def test_a_resumed_run_has_the_same_radius(run: Path, video: Path) -> None:
    before = (run / SCALE).read_text()
    events = [*run_stages(video, RECIPE, run, StopFlag())]
    assert not any("typical radius" in note for note in notes_of(events))
    assert (run / SCALE).read_text() == before
    # Estimated again, it is the same.
    (run / SCALE).unlink()
    result_of(run_stages(video, RECIPE, run, StopFlag()))
    assert (run / SCALE).read_text() == before
    other = tiny_recipe(scale={"object_radius": 20})
    with pytest.raises(AsistError, match="object_radius is 20"):
        result_of(run_stages(video, other, run, StopFlag()))
    (run / SCALE).write_text(before)


@pytest.mark.parametrize(("radius", "seen"), [(13.3, 13.3), (26, 13), (5, 13)])
def test_a_model_stores_the_radius_that_its_network_saw(
    radius: float, seen: float
) -> None:
    """Not 13 px if frames were so close to that scale that none was resampled."""
    stored = settings_for_use(RECIPE, radius)["standard_radius"]
    assert stored == pytest.approx(seen)


def test_a_model_takes_another_video_to_its_scale(
    run: Path, video: Path, tmp_path: Path
) -> None:
    frames = tifffile.imread(video)
    twice = np.stack([resampled(frame, (128, 128)) for frame in frames])
    other = tmp_path / "twice.tif"
    tifffile.imwrite(other, twice.round().astype("u2"), metadata={"axes": "TYX"})
    recipe = recipe_of_model(run)
    mine, radius = track(video, run, recipe, tmp_path / "mine")
    assert radius == kept_radius(run)
    own = read_ctc(run / "result" / "01_RES")
    np.testing.assert_array_equal(read_ctc(mine).labels, own.labels)
    weights = run / "network" / "model.safetensors"
    assert settings_of_use(weights)["standard_radius"] == pytest.approx(13)
    result, twofold = track(other, weights, recipe, tmp_path / "twice")
    assert twofold == pytest.approx(2 * radius, rel=0.05)
    assert read_ctc(result).labels.shape == (8, 128, 128)
    assert validate_ctc(result) == []
    stated = recipe.changed(scale={"object_radius": 20})
    assert track(other, run, stated, tmp_path / "stated")[1] == 20


def test_a_specified_radius_applies_to_the_runs_own_video(
    video: Path, tmp_path: Path
) -> None:
    recipe = tiny_recipe(scale={"object_radius": 10})
    run = tmp_path / "run"
    result_of(run_stages(video, recipe, run, StopFlag()))
    assert kept_radius(run) == 10
    model = recipe_of_model(run)
    assert model.scale.object_radius is None
    assert track(video, run, model, tmp_path / "mine")[1] == 10
    other = write_tiny_video(tmp_path / "other.tif", seed=2)
    assert track(other, run, model, tmp_path / "other")[1] != 10


def test_the_preview_has_the_pixels_of_the_video(run: Path) -> None:
    assert RECIPE.simulation is not None
    shown = load_preview(run)
    simulated = read_ctc(run / "simulated" / "01_GT")
    side = simulated.labels.shape[1]
    video = labeled(simulated.labels.shape[0])
    at_scale = shown.at_scale(video)
    assert at_scale.labels.shape == (8, side, side)
    drawn = shown.frame(at_scale, RECIPE.simulation, 2)
    assert drawn.shape == (64, 64)


def labeled(count: int) -> LabelVideo:
    labels = np.zeros((count, 64, 64), np.uint16)
    labels[:, 20:36, 20:36] = 1
    return LabelVideo(labels)


def test_the_chosen_simulator_is_kept(video: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe(
        simulation=None, estimate={"videos": 1, "frames": 8, "height": 64, "width": 64}
    )
    assert recipe.estimate.simulator is None
    stages = ("simulate",)
    work = run_stages(video, recipe, tmp_path, StopFlag(), None, stages)
    messages = notes_of([*work])
    assert any(note.endswith("so nuclei are simulated.") for note in messages)
    kept = (tmp_path / SCALE).read_text()
    assert json.loads(kept)["simulator"] == "nuclei"
    written = read_recipe(tmp_path / "recipe.yaml")
    assert written.simulation is not None
    assert written.simulation.kind == "nuclei"
    # With the earlier recipe and with the one that the run has written.
    for again in (recipe, written):
        work = run_stages(video, again, tmp_path, StopFlag(), None, stages)
        assert not any("simulated." in note for note in notes_of([*work]))
    stated = recipe.changed(
        estimate=recipe.estimate.model_dump() | {"simulator": "microvilli"}
    )
    out = tmp_path / "stated"
    messages = notes_of([*run_stages(video, stated, out, StopFlag(), None, stages)])
    assert not any("so nuclei" in note or "so sticks" in note for note in messages)
    simulation = read_recipe(out / "recipe.yaml").simulation
    assert simulation is not None
    assert simulation.kind == "microvilli"
