"""Ready-made models: what they contain, and the tracks they find."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from safetensors import safe_open

import napari_asist as asist
from napari_asist.cli import main
from napari_asist.ctc import read_ctc
from napari_asist.errors import AsistError
from napari_asist.evaluation import evaluate_videos
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.resampling import STANDARD_RADIUS
from napari_asist.simulation.settings import MicrovilliSettings, NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video.stack import Plane
from napari_asist.workflow.model import model_settings
from napari_asist.workflow.presets import DEFAULT_PRESET
from napari_asist.workflow.pretrained import KINDS, model_for, pretrained_weights
from napari_asist.workflow.recipe import make_recipe

LARGEST = 2_000_000
"""Bytes."""

SCORES = {"det": 1.0, "seg": 0.785, "tra": 1.0}
"""Scores of the packaged model on the virtual video below, whose labels end at half
maximum: farther in than people draw them, and than the model does."""

CLEAR = MicroscopeSettings(brightness={"quantiles": (300, 600, 1200)})
"""A microscope that shows all objects clearly."""

SCORES_OF_RODS = {"det": 1.0, "seg": 0.616, "tra": 1.0}

TRUTH = simulate_video(
    NucleiSettings(
        frames=6,
        height=200,
        width=240,
        objects=18,
        appearing=0,
        disappearing=0,
        mitoses=2,
        radius_mean=10,
        radius_max=13,
    ),
    4,
)

WITHOUT_NETWORK = """
import socket
def refuse(*_, **__):
    raise OSError("no network")
socket.socket.connect = refuse
import napari_asist
from napari_asist.depth.maps import load_depth_model

model = napari_asist.Model.pretrained("nuclei")
load_depth_model(model.weights, "cpu")
"""


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nuclei") / "cells.tif"
    frames = render_video(TRUTH, MicroscopeSettings(), 4)
    tifffile.imwrite(path, frames, metadata={"axes": "TYX"})
    return path


@pytest.mark.parametrize("name", KINDS)
def test_weights_are_small_and_say_what_they_are(name: str) -> None:
    weights = pretrained_weights(name)
    assert weights.stat().st_size <= LARGEST
    with safe_open(weights, "numpy") as file:
        kinds = {file.get_tensor(key).dtype for key in file.keys()}  # noqa: SIM118
    assert kinds <= {np.dtype(np.float16), np.dtype(np.int64)}
    model = asist.Model.pretrained(name)
    assert model.standard_radius == pytest.approx(STANDARD_RADIUS)
    assert model.recipe.engine == "depth"
    assert model.recipe.estimate.simulator == KINDS[name]
    assert asist.Model.load(name).weights == weights
    assert weights.with_suffix(".md").read_text("utf-8").startswith(f"# {name}\n")


def test_a_model_needs_no_network() -> None:
    subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )


def test_tracks_without_training(
    video: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["track", str(video), "--out", str(tmp_path / "chosen")]) == 0
    assert "The ready-made model “nuclei” is used" in capsys.readouterr().err
    named = ["--model", "nuclei", "--quiet"]
    assert main(["track", str(video), "--out", str(tmp_path / "named"), *named]) == 0
    chosen, by_name = (
        read_ctc(tmp_path / name / "01_RES") for name in ("chosen", "named")
    )
    in_code = asist.Model.pretrained("nuclei").track(
        asist.open_video(video), progress=False
    )
    for other in (by_name, in_code):
        np.testing.assert_array_equal(chosen.labels, other.labels)
        np.testing.assert_array_equal(chosen.tracks, other.tracks)
    scores = evaluate_videos(TRUTH, chosen)
    for name, expected in SCORES.items():
        assert getattr(scores, name) == pytest.approx(expected, abs=0.01)


def test_frames_of_a_short_video_are_decoded_once(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: Counter[int | None] = Counter()
    read = Plane.read

    def counted(plane: Plane) -> NDArray[Any]:
        pages[plane.page] += 1
        return read(plane)

    monkeypatch.setattr(Plane, "read", counted)
    assert main(["track", str(video), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert len(pages) == len(TRUTH)
    assert set(pages.values()) == {1}


def test_rods_are_recognized_and_tracked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = simulate_video(
        MicrovilliSettings(
            frames=6, height=200, width=200, objects=12, length_mean=30, overlap=0.9
        ),
        0,
    )
    path = tmp_path / "rods.tif"
    frames = render_video(truth, CLEAR, 0)
    tifffile.imwrite(path, frames, metadata={"axes": "TYX"})
    assert main(["track", str(path), "--out", str(tmp_path / "out")]) == 0
    assert "The ready-made model “rods” is used" in capsys.readouterr().err
    by_name = ["track", str(path), "--out", str(tmp_path / "other"), "--model"]
    for model, is_doubted in (("nuclei", True), ("rods", False)):
        assert main([*by_name, model]) == 0
        better = "“rods” suits them better than “nuclei”"
        assert (better in capsys.readouterr().err) == is_doubted
    scores = evaluate_videos(truth, read_ctc(tmp_path / "out" / "01_RES"))
    for name, expected in SCORES_OF_RODS.items():
        assert getattr(scores, name) == pytest.approx(expected, abs=0.01)


def test_objects_without_a_ready_made_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(KINDS, "rods")
    with pytest.raises(AsistError, match="no ready-made model for sticks; train one"):
        model_for("microvilli")


def test_a_name_that_is_no_model() -> None:
    with pytest.raises(AsistError, match="no ready-made model yeast; choose nuclei"):
        asist.Model.pretrained("yeast")
    with pytest.raises(AsistError, match="or one of the ready-made models: nuclei"):
        asist.Model.load("yeast")


def test_settings_of_ready_made_models_are_the_default_ones() -> None:
    # The panel shows the default settings for them, without reading their files.
    default = make_recipe(DEFAULT_PRESET)
    for name in KINDS:
        recipe = make_recipe(
            DEFAULT_PRESET, changes=[model_settings(pretrained_weights(name))]
        )
        assert recipe.depth_tracking == default.depth_tracking
        assert recipe.scaling == default.scaling
