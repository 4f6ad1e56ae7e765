"""Synthetic frames of a run before the run has made them."""

from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_recipe, write_tiny_video

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, result_of
from napari_asist.simulation.preview import Preview
from napari_asist.synthesis.engines.renderer import MICROSCOPE
from napari_asist.synthesis.train import WEIGHTS
from napari_asist.training.loop import CHECKPOINT
from napari_asist.workflow.annotations import annotation_seed
from napari_asist.workflow.run import run_stages
from napari_asist.workflow.run_folder.training_data import read_training_video
from napari_asist.workflow.synthetic_preview import (
    FILES,
    load_preview,
    preview_file,
)


def test_the_files_are_those_that_training_writes() -> None:
    assert (WEIGHTS, f"main/{CHECKPOINT}", MICROSCOPE) == FILES


def test_a_run_without_a_generator(tmp_path: Path) -> None:
    assert preview_file(None) is None
    assert preview_file(tmp_path) is None
    with pytest.raises(AsistError, match="no generator yet"):
        load_preview(tmp_path)


def test_it_is_the_frame_of_the_training_video(tmp_path: Path) -> None:
    video, run = write_tiny_video(tmp_path / "video.tif"), tmp_path / "run"
    recipe = tiny_recipe()
    assert recipe.simulation is not None
    stages = ("simulate", "synthesize", "refine")
    result_of(run_stages(video, recipe, run, StopFlag(), stages=stages))
    assert preview_file(run) == run / "synthesis" / WEIGHTS
    preview = Preview(recipe.simulation, annotation_seed(recipe.seed))
    list(preview.simulating())
    shown = load_preview(run)
    drawn = shown.engine.draw(preview.video(), recipe.simulation, 3)
    made, _ = read_training_video(run / "training" / "01_GT")
    np.testing.assert_allclose(drawn, made[3], atol=1e-4)  # 16 bits are kept
    counts = shown.frame(preview.video(), recipe.simulation, 3)
    assert counts.dtype == np.float32
    assert counts.min() >= 0
