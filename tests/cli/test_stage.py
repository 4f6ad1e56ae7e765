import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from tiny import TINY, write_tiny_video

from napari_asist.cli import main
from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.workflow.run_folder.event_log import read_events


def test_a_run_can_be_made_stage_by_stage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = str(write_tiny_video(tmp_path / "cells.tif"))
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(TINY))
    run = tmp_path / "run"
    arguments = ["run", video, "--out", str(run), "--quiet"]
    recipe = ["--recipe", str(tmp_path / "recipe.yaml"), "--seed", "3"]

    assert main([*arguments, *recipe, "--until", "simulate"]) == 0
    assert (run / "simulated").is_dir()
    assert not (run / "synthesis").exists()
    assert main(["refine", str(run)]) == 1
    assert "synthesis does not exist yet" in capsys.readouterr().err
    for stage, folder in (
        ("synthesize", "synthesis"),
        ("refine", "training"),
        ("train", "network"),
    ):
        assert not (run / folder).exists()
        assert main([stage, str(run), "--quiet"]) == 0
        assert (run / folder).is_dir()
        assert capsys.readouterr() == (f"{run}\n", "")

    # The recipe in the run folder is used if none is named.
    assert main(arguments) == 0
    assert capsys.readouterr() == (f"{run / 'result'}\n", "")

    applied = tmp_path / "applied"
    options = ["--model", str(run), "--out", str(applied), "--quiet"]
    assert main(["track", video, *options]) == 0
    assert capsys.readouterr() == (f"{applied / '01_RES'}\n", "")
    assert validate_ctc(applied / "01_RES") == []
    np.testing.assert_array_equal(
        read_ctc(applied / "01_RES").labels,
        read_ctc(run / "result" / "01_RES").labels,
    )
    table = (applied / "01_tracks.csv").read_text()
    assert table == (run / "result" / "01_tracks.csv").read_text()

    # So are the settings in the model's file, if only that is available.
    shutil.copy(run / "network" / "model.safetensors", tmp_path / "mine.safetensors")
    alone = ["--model", str(tmp_path / "mine.safetensors"), "--quiet", "--seed", "3"]
    # A file does not know the run's video, so the objects' size is set here.
    alone += ["--object-radius", "13"]
    other = tmp_path / "alone"
    assert main(["track", video, *alone, "--out", str(other)]) == 0
    assert (other / "01_tracks.csv").read_text() == table
    nothing = ["--out", str(other), "--set", "tracking.minimum_size=100000"]
    capsys.readouterr()
    assert main(["track", video, *alone, *nothing]) == 1
    assert "01_RES was written but is empty" in capsys.readouterr().err

    assert main(["train", str(run), "--set", "embedding.steps=9"]) == 1
    assert "embedding.steps is 9" in capsys.readouterr().err


def test_an_estimate_is_a_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = str(write_tiny_video(tmp_path / "cells.tif"))
    options = ["--set", "estimate.height=64", "--set", "estimate.width=64"]
    assert main(["estimate", video, *options]) == 0
    printed = capsys.readouterr()
    assert "objects a frame" in printed.err
    assert not list(tmp_path.glob("*.png")), "no picture if the recipe goes to stdout"
    recipe = yaml.safe_load(printed.out)
    assert recipe["simulation"]["kind"] == "nuclei"
    # 64 standard px: the objects in the video have a radius of 8 px, not 13. A blurred
    # edge is detected about 1 px outside half maximum.
    assert 36 <= recipe["simulation"]["height"] <= 50

    file = tmp_path / "estimated.yaml"
    assert main(["estimate", video, *options, "--out", str(file), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert yaml.safe_load(file.read_text()) == recipe
    assert (tmp_path / "estimated.png").stat().st_size > 10_000
    asked = tmp_path / "asked.png"
    assert main(["estimate", video, *options, "--picture", str(asked), "--quiet"]) == 0
    assert asked.stat().st_size > 10_000
    assert yaml.safe_load(capsys.readouterr().out) == recipe
    simulate = ["simulate", "nuclei", "--out", str(tmp_path / "simulated"), "--quiet"]
    assert main([*simulate, "--recipe", str(file)]) == 0

    idle = ["--recipe", str(file), "--set", "estimate.frames=9"]
    assert main(["run", video, "--out", str(tmp_path / "run"), *idle]) == 1
    assert "has no effect" in capsys.readouterr().err

    sticks = ["--recipe", str(file), "--simulator", "microvilli", "--quiet"]
    capsys.readouterr()
    assert main(["estimate", video, *sticks]) == 1
    assert "add --set simulation=null" in capsys.readouterr().err
    assert main(["estimate", video, *sticks, "--set", "simulation=null"]) == 0
    assert "kind: microvilli" in capsys.readouterr().out


def test_an_estimate_replaces_only_an_estimate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = write_tiny_video(tmp_path / "cells.tif")
    before = video.read_bytes()
    for option in ("--out", "--picture"):
        assert main(["estimate", str(video), option, str(video), "--quiet"]) == 1
        assert "choose another name" in capsys.readouterr().err
        assert video.read_bytes() == before
    small = ["--set", "estimate.height=64", "--set", "estimate.width=64", "--quiet"]
    folder = tmp_path / "out"
    folder.mkdir()
    for _ in range(2):
        assert main(["estimate", str(video), "--out", str(folder), *small]) == 0
    assert {path.name for path in folder.iterdir()} == {"recipe.yaml", "recipe.png"}


def test_two_processes_make_one_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    video = write_tiny_video(tmp_path / "cells.tif")
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(TINY))
    torchrun = [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
        *("--nproc-per-node", "2", "-m", "napari_asist"),
    ]
    recipe: list[str | Path] = ["--recipe", tmp_path / "recipe.yaml", "--quiet"]
    run: list[str | Path] = [*torchrun, "run", video, "--out", tmp_path / "run"]
    run += recipe
    subprocess.run(run, check=True, timeout=300)
    assert capfd.readouterr().out == f"{tmp_path / 'run' / 'result'}\n"
    assert validate_ctc(tmp_path / "run" / "result" / "01_RES") == []
    notes = [event.get("message", "") for event in read_events(tmp_path / "run")]
    assert any("with 2 processes" in note for note in notes)
    assert sum(note.startswith("Working in") for note in notes) == 5
    ended = subprocess.run([*torchrun, "validate", tmp_path], check=False)
    assert ended.returncode != 0
    assert "run this command without it" in capfd.readouterr().err
