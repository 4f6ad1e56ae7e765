from pathlib import Path

import numpy as np
import pytest
from cases import CASES
from numpy.typing import NDArray
from tiny import NUCLEI, TINY, tiny_recipe

from napari_asist.ctc import read_ctc, write_ctc
from napari_asist.embedding import embedder
from napari_asist.embedding.embedder import settings_of_use
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.embedding.train import MODEL, build_network, save_model
from napari_asist.events import Event, Note, StopFlag, result_of
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.tracking.segmentation import instances
from napari_asist.tracking.segmentation.calibrate import LEVELS
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.workflow.annotations import annotation_seed
from napari_asist.workflow.hold_out import (
    FRAMES,
    HOLD_OUT,
    calibrate,
    calibrated,
    write_hold_out,
)
from napari_asist.workflow.run_folder.training_data import write_training_images

SETTINGS = NucleiSettings.model_validate(NUCLEI | {"frames": FRAMES + 4})
NETWORK = EmbeddingSettings.model_validate(TINY["embedding"])
TRACKING = TrackingSettings(window=2)


def test_the_hold_out_video_is_not_a_training_video(tmp_path: Path) -> None:
    write_hold_out(SETTINGS, 3, tmp_path, StopFlag())
    video = read_ctc(tmp_path / f"{HOLD_OUT}_GT").checked()
    assert len(video) == FRAMES
    first = simulate_video(SETTINGS, annotation_seed(3), 0)
    assert not np.array_equal(video.labels, first.labels[:FRAMES])
    before = (tmp_path / f"{HOLD_OUT}_GT").stat().st_mtime_ns
    write_hold_out(SETTINGS, 4, tmp_path, StopFlag())
    assert (tmp_path / f"{HOLD_OUT}_GT").stat().st_mtime_ns == before


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / MODEL
    use = tiny_recipe().sections("scaling", "tracking")
    save_model(path, build_network(NETWORK), NETWORK, use)
    return path


def calibrating(training: Path, model: Path, tracking: TrackingSettings) -> list[Event]:
    seen: list[Event] = []
    result_of(calibrate(training, model, NETWORK, tracking, 0), seen.append)
    return seen


@pytest.fixture
def training(tmp_path: Path) -> Path:
    """Write a hold-out video with a few objects."""
    video = CASES["good"]()
    write_ctc(video, tmp_path / f"{HOLD_OUT}_GT", "truth")
    images = np.where(video.labels > 0, 0.5, -0.8).astype(np.float32)
    write_training_images(images, tmp_path / HOLD_OUT)
    return tmp_path


def bright_ones(clip: NDArray[np.float32]) -> NDArray[np.float32]:
    """Embed bright pixels as one object."""
    vectors = np.eye(16, dtype=np.float32)
    return np.moveaxis(vectors[(clip > 0).astype(int)], -1, 1)


def test_the_level_is_stored_with_the_model_and_used(
    training: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "load_embedder", lambda *_: bright_ones)
    calibrating(training, model, TRACKING)
    level = settings_of_use(model)["tracking"]["foreground_level"]
    assert level in LEVELS
    assert settings_of_use(model)["tracking"]["window"] == 2
    assert calibrated(TRACKING, model).level == level
    assert calibrated(TRACKING.changed(foreground_level=0.9), model).level == 0.9
    lines = (training / "calibration.csv").read_text().splitlines()
    assert lines[0] == "level,overlap,area"
    assert len(lines) == 1 + len(LEVELS)


def test_a_network_that_learned_nothing_keeps_the_published_level(
    training: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clustered: list[object] = []
    monkeypatch.setattr(instances, "cluster", lambda *given: clustered.append(given))
    notes = [
        event
        for event in calibrating(training, model, TRACKING)
        if isinstance(event, Note)
    ]
    assert clustered == []
    assert "has not learned enough" in notes[-1].message
    assert "embedding.steps" in notes[-1].message
    assert calibrated(TRACKING, model).level == 0.5
    assert not (training / "calibration.csv").exists()


def test_a_specified_level_is_not_changed(tmp_path: Path, model: Path) -> None:
    assert calibrating(tmp_path, model, TRACKING.changed(foreground_level=0.4)) == []


def test_without_hold_out_frames_the_published_level_is_used(
    tmp_path: Path, model: Path
) -> None:
    (note,) = calibrating(tmp_path, model, TRACKING)
    assert isinstance(note, Note)
    assert "skipping outline calibration" in note.message
    assert calibrated(TRACKING, model).level == 0.5
