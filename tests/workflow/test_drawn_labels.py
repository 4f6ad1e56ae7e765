"""Training labels of a run end where human annotators draw outlines."""

from pathlib import Path

import numpy as np
import pytest
from tiny import NUCLEI, tiny_recipe, write_tiny_video

from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.events import StopFlag, result_of
from napari_asist.workflow.run import run_stages


@pytest.mark.parametrize("engine", ["renderer", "cyclegan"])
def test_labels_are_redrawn_for_every_engine(tmp_path: Path, engine: str) -> None:
    recipe = tiny_recipe(
        simulation=NUCLEI | {"border": None, "frames": 3},
        synthesis={"engine": engine},
        refinement={"outlines": True},
    )
    video, out = write_tiny_video(tmp_path / "cells.tif"), tmp_path / "run"
    stages = ["simulate", "synthesize", "refine"]
    result_of(run_stages(video, recipe, out, StopFlag(), stages=stages))
    simulated = read_ctc(out / "simulated" / "01_GT")
    for name in ("01_GT", "hold_out_GT"):
        assert not validate_ctc(out / "training" / name)
    drawn = read_ctc(out / "training" / "01_GT")
    np.testing.assert_array_equal(drawn.tracks, simulated.tracks)
    assert (drawn.labels != simulated.labels).any()
    shared = np.mean(drawn.labels[simulated.labels > 0] > 0)
    assert shared > (0.8 if engine == "renderer" else 0)
