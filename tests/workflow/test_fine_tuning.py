"""Training from the ready-made model, and which of both networks is kept."""

import json
from pathlib import Path

import numpy as np
import pytest
from cases import CASES
from numpy.typing import NDArray
from tiny import tiny_depth_recipe, write_tiny_video

from napari_asist.depth.maps import load_depth_model
from napari_asist.depth.settings import DepthSettings
from napari_asist.depth.train import MODEL
from napari_asist.events import Event, Note, StopFlag, result_of
from napari_asist.labels import LabelVideo
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.scaling import fit_scaling
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.workflow import depth_check
from napari_asist.workflow.depth_check import (
    FINE_TUNING,
    Comparison,
    OutlineScores,
    agreement_over_time,
    keep_better,
    moved_back,
)
from napari_asist.workflow.pretrained import pretrained_weights, ready_start
from napari_asist.workflow.recipe import read_recipe
from napari_asist.workflow.run import run_stages

READY = pretrained_weights("nuclei")
FEW = NucleiSettings(
    frames=3,
    height=128,
    width=128,
    objects=8,
    appearing=0,
    disappearing=0,
    mitoses=0,
    radius_mean=13,
)
SMALL = {
    "channels": DepthSettings().channels,
    "patch": 64,
    "batch": 1,
    "steps": 1,
    "scenes": {"side": 64, "kept": 1, "frames": 3},
}


def tuned(folder: Path, **depth: object) -> tuple[Path, list[str]]:
    """Run the tiny recipe until the network is trained; return it and all notes."""
    recipe = tiny_depth_recipe(depth=SMALL | depth)
    seen: list[Event] = []
    stages = ("simulate", "synthesize", "refine", "train")
    video = write_tiny_video(folder / "cells.tif")
    work = run_stages(video, recipe, folder / "run", StopFlag(), None, stages)
    result_of(work, seen.append)
    return folder / "run", [e.message for e in seen if isinstance(e, Note)]


def weights_of(model: Path) -> NDArray[np.float64]:
    weights = load_depth_model(model, "cpu").network.parameters()
    return np.concatenate([one.detach().double().numpy().ravel() for one in weights])


def test_training_starts_from_the_ready_made_model(tmp_path: Path) -> None:
    run, notes = tuned(tmp_path)
    assert any("starts from the ready-made model “nuclei”" in note for note in notes)
    assert any(note.startswith("The fine-tuned network is ") for note in notes)
    # One step at a low rate changes little.
    difference = weights_of(run / "network" / MODEL) - weights_of(READY)
    assert np.abs(difference).max() < 0.1
    comparison = json.loads((run / "network" / FINE_TUNING).read_text())
    assert 0 <= comparison["outlines_tuned"] <= 1
    assert read_recipe(run / "recipe.yaml").depth.start == "ready-made"


def test_training_from_scratch(tmp_path: Path) -> None:
    run, notes = tuned(tmp_path, start="scratch")
    assert not any("ready-made" in note for note in notes)
    assert not (run / "network" / FINE_TUNING).exists()
    difference = weights_of(run / "network" / MODEL) - weights_of(READY)
    assert np.abs(difference).max() > 1


def test_a_network_of_other_sizes_starts_from_scratch() -> None:
    assert ready_start("nuclei", DepthSettings()) == READY
    assert ready_start("nuclei", DepthSettings(start="scratch")) is None
    assert ready_start("nuclei", DepthSettings(context=2)) is None
    assert ready_start("nuclei", DepthSettings(channels=(8, 16))) is None


def test_steps_depend_on_the_start() -> None:
    assert DepthSettings().total_steps < DepthSettings(start="scratch").total_steps
    assert DepthSettings(steps=7).total_steps == 7


def test_objects_are_moved_to_where_they_were() -> None:
    labels = CASES["good"]().labels[0].astype(np.int32)
    height, width = labels.shape
    half = (2, -(-height // 2), -(-width // 2))
    rows, columns = np.indices(labels.shape)
    # Each object was 2 px higher and 1 px farther to the right.
    offset = np.zeros(half, np.float32)
    for number in np.unique(labels[labels > 0]):
        center = rows[labels == number].mean() - 2, columns[labels == number].mean() + 1
        for y, x in np.argwhere(labels == number):
            offset[:, y // 2, x // 2] = center[0] - y // 2 * 2, center[1] - x // 2 * 2
    offset -= 0.5
    expected = np.zeros_like(labels)
    expected[:-2, 1:] = labels[2:, :-1]
    np.testing.assert_array_equal(moved_back(labels, offset), expected)


def test_agreement_is_that_of_the_outlines(monkeypatch: pytest.MonkeyPatch) -> None:
    video = render_video(
        simulate_video(
            FEW.changed(frames=4),
            2,
        ),
        MicroscopeSettings(),
        2,
    )
    known = fit_scaling(video), DepthSettings(), DepthTrackingSettings()
    clear = agreement_over_time(video, READY, *known)
    assert clear > 0.75
    shuffled = np.stack([video[0], video[1, ::-1], video[2], video[3, ::-1]])
    assert agreement_over_time(shuffled, READY, *known) < clear - 0.2
    empty = np.random.default_rng(0).normal(100, 5, video.shape)
    monkeypatch.setattr(
        depth_check, "_outlined", lambda maps, _: np.zeros(maps.signal.shape, np.int32)
    )
    assert agreement_over_time(empty, READY, *known) == 0


@pytest.mark.parametrize(
    ("overlap", "agreement", "helped"),
    [(0.9, 0.8, True), (0.9, 0.79, True), (0.9, 0.7, False), (0.7, 0.9, False)],
)
def test_a_network_is_kept_if_it_is_better_in_both(
    overlap: float, agreement: float, helped: bool
) -> None:
    comparison = Comparison(0.8, overlap, 0.8, agreement)
    assert comparison.has_helped is helped
    assert ("is kept" in comparison.sentence()) is helped


def test_a_worse_network_is_replaced(tmp_path: Path) -> None:
    run, _ = tuned(tmp_path, start="scratch")
    model = run / "network" / MODEL
    before = weights_of(model)
    truth = simulate_video(FEW, 3)
    video = render_video(truth, MicroscopeSettings(), 3)
    scaling = fit_scaling(video)
    images = np.stack([scaling.apply(frame) for frame in video])
    known = scaling, DepthSettings(), DepthTrackingSettings()
    unseen = [(images, LabelVideo(truth.labels, truth.tracks))]
    result_of(keep_better(READY, unseen, video, model, *known))
    assert not json.loads(model.with_name(FINE_TUNING).read_text())["kept"]
    assert not np.array_equal(weights_of(model), before)
    np.testing.assert_array_equal(weights_of(model), weights_of(READY))


def test_spurious_outlines_lower_the_overlap() -> None:
    assert OutlineScores(10, 10, 0, 0.8).net_overlap == 0.8
    assert OutlineScores(10, 10, 10, 0.8).net_overlap == 0.4
    assert OutlineScores(0, 0, 0, 1.0).net_overlap == 1.0
