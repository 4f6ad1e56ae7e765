import json
from pathlib import Path

import numpy as np
import pytest
import torch
from cases import CASES
from numpy.typing import NDArray
from tiny import NUCLEI, TINY, tiny_recipe, write_tiny_video

from napari_asist.depth import maps as depth_maps
from napari_asist.depth.settings import DepthSettings
from napari_asist.depth.targets import halved_depth
from napari_asist.depth.train import MODEL, build_network, save_model
from napari_asist.errors import AsistError
from napari_asist.events import Event, Note, StopFlag, result_of
from napari_asist.labels import LabelVideo
from napari_asist.scaling import IntensityScaling
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.workflow.depth_check import (
    HELD_OUT,
    OutlineScores,
    check_depth,
    compared,
    joined,
)
from napari_asist.workflow.run import run_stages

NETWORK = DepthSettings(
    channels=(4, 6, 8),
    patch=32,
    batch=2,
    steps=2,
    device="cpu",
    scenes={"frames": 3, "side": 64, "kept": 2},
)
SCALING = IntensityScaling(64, 40.0, -0.5, 3.0, 10.0)


def test_true_outlines_overlap_completely() -> None:
    for name in ("touching", "division", "high_labels"):
        for frame in CASES[name]().labels:
            count = len(np.unique(frame)) - 1
            found = np.unique(frame, return_inverse=True)[1].reshape(frame.shape)
            assert compared(frame, found) == OutlineScores(count, count, 0, 1.0)


def test_missed_merged_and_spurious_objects_are_counted() -> None:
    truth = CASES["good"]().labels[0]
    found = np.zeros_like(truth)
    found[4:12, 4:8] = 1
    assert compared(truth, found) == OutlineScores(3, 0, 1, 0)
    found[4:12, 4:10] = 1
    assert compared(truth, found) == OutlineScores(3, 1, 0, 0.25)
    found[30:38, 2:10] = 5
    assert compared(truth, found) == OutlineScores(3, 1, 1, 0.25)
    assert compared(truth, np.zeros_like(truth)) == OutlineScores(3, 0, 0, 0)
    assert compared(np.zeros_like(truth), found) == OutlineScores(0, 0, 2, 1)
    merged = (CASES["touching"]().labels[0] > 0).astype(np.uint16)
    halves = compared(CASES["touching"]().labels[0], merged)
    assert halves == OutlineScores(2, 2, 0, 0.5)


def test_frames_are_weighted_by_their_objects() -> None:
    parts = [
        OutlineScores(1, 1, 0, 1.0),
        OutlineScores(3, 1, 2, 0.2),
        OutlineScores(0, 0, 1, 1.0),
    ]
    assert joined(parts) == OutlineScores(4, 2, 3, 0.4)
    assert joined([]) == OutlineScores(0, 0, 0, 1.0)


def test_a_poor_network_gets_advice() -> None:
    assert "increase depth.steps above 30" in OutlineScores(10, 4, 2, 0.3).sentence(30)
    assert "raise" not in OutlineScores(10, 9, 0, 0.8).sentence(30)


def known_maps(labels: NDArray[np.uint16]) -> depth_maps.Maps:
    """Return the output of a perfect network."""
    sure = np.where(labels > 0, np.float32(4), np.float32(-4))
    depth = halved_depth(labels)
    return depth_maps.Maps(sure, depth, np.zeros((2, *depth.shape), np.float32), sure)


def checked(
    model: Path, videos: list[tuple[NDArray[np.float32], LabelVideo]]
) -> list[Event]:
    seen: list[Event] = []
    tracking = DepthTrackingSettings()
    result_of(check_depth(videos, model, SCALING, NETWORK, tracking), seen.append)
    return seen


def test_a_good_network_is_reported_as_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    save_model(tmp_path / MODEL, build_network(NETWORK), NETWORK)
    labels = np.zeros((2, 96, 96), np.uint16)
    rows, columns = np.indices(labels.shape[1:])
    for label, (y, x) in enumerate([(30, 30), (30, 54), (70, 60)], 1):
        labels[:, (rows - y) ** 2 + (columns - x) ** 2 < 144] = label
    video = LabelVideo(labels)
    images = np.where(labels > 0, 0.6, -0.8).astype(np.float32)
    monkeypatch.setattr(
        depth_maps.DepthModel,
        "maps_of_scaled",
        lambda *_: (known_maps(frame) for frame in labels),
    )
    (note,) = checked(tmp_path / MODEL, [(images, video)])
    assert isinstance(note, Note)
    assert "outlines 6 of 6 objects and adds 0 spurious" in note.message
    record = json.loads((tmp_path / HELD_OUT).read_text())
    assert record["overlap"] > 0.85


def test_an_untrained_network_gets_the_advice_to_train_longer(tmp_path: Path) -> None:
    torch.manual_seed(0)
    save_model(tmp_path / MODEL, build_network(NETWORK), NETWORK)
    video = CASES["division"]()
    images = np.where(video.labels > 0, 0.6, -0.8).astype(np.float32)
    (note,) = checked(tmp_path / MODEL, [(images, video)])
    assert isinstance(note, Note)
    assert "increase depth.steps above 2" in note.message


@pytest.mark.parametrize("engine", ["renderer", "cyclegan"])
def test_a_run_reports_the_quality_of_its_network(tmp_path: Path, engine: str) -> None:
    recipe = tiny_recipe(
        engine="depth",
        synthesis={**TINY["synthesis"], "engine": engine},
        simulation=NUCLEI | {"videos": 2},
        depth=NETWORK.model_dump(),
    )
    video = write_tiny_video(tmp_path / "cells.tif")
    seen: list[Event] = []
    work = run_stages(video, recipe, tmp_path / "run", StopFlag())
    # A network trained for two steps finds nothing in the video.
    with pytest.raises(AsistError, match="found no objects"):
        result_of(work, seen.append)
    messages = [event.message for event in seen if isinstance(event, Note)]
    assert sum("not used for training" in message for message in messages) == 1
    assert (tmp_path / "run" / "network" / HELD_OUT).exists()
