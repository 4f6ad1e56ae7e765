import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from napari_asist import __version__
from napari_asist.cli import main
from napari_asist.cli.main import COMMANDS, make_parser
from napari_asist.ctc import read_ctc
from napari_asist.errors import AsistError
from napari_asist.events import Stopped

NAMES = (
    "demo",
    "run",
    "estimate",
    "simulate",
    "synthesize",
    "refine",
    "train",
    "track",
    "batch",
    "evaluate",
    "validate",
    "view",
)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return exit status, stdout and stderr of a command."""
    try:
        status = main(list(arguments))
    except SystemExit as error:  # how argparse exits
        status = int(error.code or 0)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the command validate raise an exception."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("napari_asist.ctc.validating", fail)


@pytest.mark.parametrize("name", NAMES)
def test_each_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, name, "--help")
    assert status == 0
    assert out.startswith(f"usage: napari-asist {name}")
    assert name in make_parser().format_help()


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"napari-asist {__version__}\n", "")


def test_the_module_runs_the_command() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "napari_asist", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == f"napari-asist {__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from napari_asist.cli.main import make_parser;"
        "make_parser().format_help();"
        "print([name for name in ('torch', 'scipy', 'skimage', 'pydantic', 'napari',"
        "'ants', 'matplotlib', 'dask') if name in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["runn"],
        ["run", "video.tif"],
        ["run", "video.tif", "--out", "run", "--preset", "huge"],
        ["simulate", "stars", "--out", "x"],
        ["simulate", "--out", "x"],
        ["simulate", "nuclei", "--preset", "hela", "--out", "x"],
        ["run", "video.tif", "--out", "run", "--seed", "one"],
    ],
)
def test_wrong_usage_has_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert "usage: napari-asist" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "no.tif", "--out", "{tmp}/r"], "no.tif"),
        (["run", "no.tif", "--out", "{tmp}/r", "--set", "seed"], "--set seed: use"),
        (
            ["run", "no.tif", "--out", "{tmp}/r", "--set", "train.steps=3"],
            "train: there is no such setting",
        ),
        (
            ["run", "no.tif", "--out", "{tmp}/r", "--set", "embedding.steps=0"],
            "embedding.steps = 0",
        ),
        (["run", "no.tif", "--out", "{tmp}/r", "--recipe", "no.yaml"], "no.yaml"),
        (["estimate", "no.tif"], "no.tif"),
        (["synthesize", "{tmp}"], "is not a run folder"),
        (["refine", "{tmp}"], "is not a run folder"),
        (["train", "{tmp}"], "is not a run folder"),
        (
            ["track", "no.tif", "--model", "{tmp}", "--out", "x"],
            "network does not exist",
        ),
        (["track", "no.tif", "--model", "no", "--out", "x"], "is not a model"),
        (["evaluate", "{tmp}/01_GT", "{tmp}/01_RES"], "01_"),
        (["validate", "{tmp}/01_RES"], "01_RES"),
        (["simulate", "nuclei", "--out", "{tmp}/s", "--videos", "0"], "videos = 0"),
        (
            ["simulate", "nuclei", "--out", "{tmp}/s", "--set", "frames=0"],
            "simulation.frames = 0",
        ),
        (["simulate", "--preset", "yeast", "--out", "{tmp}/s"], "choose hela, micro"),
        (
            ["simulate", "--preset", "hela", "--out", "{tmp}/s", "--videos", "2"],
            "omit --recipe, --set and --videos",
        ),
        (
            ["simulate", "nuclei", "--out", "{tmp}/s", "--shapes", "{tmp}/no.py"],
            "check the path of the Python file with shapes",
        ),
        (
            ["simulate", "nuclei", "--out", "{tmp}/s", "--set", "shape=blob"],
            "no shape 'blob'",
        ),
        (
            ["demo", "--out", "{tmp}/d", "--set", "tracking.windows=1"],
            "no such setting",
        ),
    ],
)
def test_an_error_is_one_line_and_status_1(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    filled = [argument.format(tmp=tmp_path) for argument in arguments]
    status, out, err = run(capsys, *filled)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert err.startswith("napari-asist: ")
    assert says in err


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (AsistError("two\nlines"), "napari-asist: two lines\n"),
        (
            PermissionError(13, "Permission denied", "/x"),
            "/x: Permission denied; check the permissions of that file",
        ),
        (OSError(28, "No space left", "/x"), "/x: No space left; free some space"),
        (OSError(999, "Odd", "/x"), "/x: Odd."),
        (MemoryError(), "Out of memory"),
        (torch.OutOfMemoryError("CUDA out of memory."), "Out of memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "Out of memory"),
        (KeyboardInterrupt(), "Stopped at once"),
    ],
)
def test_any_exception_of_a_command_is_one_line(
    error: BaseException,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fail_with(error, monkeypatch)
    status, _, err = run(capsys, "validate", "folder")
    assert status == (130 if isinstance(error, KeyboardInterrupt) else 1)
    assert line in err
    assert err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell of Unix")
@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- 2>&-"])
def test_commands_run_without_streams(closed: str, tmp_path: Path) -> None:
    options = (
        "--set frames=2 --set height=64 --set width=64 --set objects=2 --set videos=1"
    )
    none = "--set mitoses=0 --set appearing=0 --set disappearing=0"
    command = (
        f"{sys.executable} -m napari_asist simulate nuclei --out made {options} {none}"
    )
    done = subprocess.run(
        ["sh", "-c", f"{command} {closed}"], cwd=tmp_path, check=False
    )
    assert done.returncode == 0
    assert len(read_ctc(tmp_path / "made" / "01_GT")) == 2


def test_another_backend_for_pictures_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MPLBACKEND", "foo")
    assert main(["validate", "gone"]) == 1
    assert os.environ["MPLBACKEND"] == "agg"


@pytest.mark.parametrize(
    "error",
    [TypeError("two\nlines"), RuntimeError(), ZeroDivisionError("\udcff" * 999)],
)
def test_the_details_of_an_unforeseen_error_are_in_a_file(
    error: Exception,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fail_with(error, monkeypatch)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    status, _, err = run(capsys, "validate", "folder")
    assert status == 1
    assert err.count("\n") == 1
    assert len(err) < 1500
    assert f"Unexpected error ({type(error).__name__}" in err
    (log,) = tmp_path.glob("napari-asist-*.log")
    assert f"details are in {log}; please report it" in err
    assert "in fail\n    raise error" in log.read_text("utf-8")
    # Without a place for the file, the error is still one line.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    status, _, err = run(capsys, "validate", "folder")
    assert (status, err.count("\n")) == (1, 1)
    assert "please report it" in err


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (AsistError("No."), "napari-asist, rank 1: No.\n"),
        (OSError(999, "Gone", "/x"), "napari-asist, rank 1: /x: Gone.\n"),
        # All are stopped together; the first one reports it.
        (Stopped("Stopped after step 3."), ""),
    ],
)
def test_other_processes_report_why_they_failed(
    error: Exception,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise error

    for name, value in (("RANK", "1"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("napari_asist.workflow.run.run_stages", fail)
    arguments = ("run", "cells.tif", "--out", str(tmp_path / "run"))
    assert run(capsys, *arguments) == (1, "", says)


def test_every_module_adds_a_command() -> None:
    assert len(COMMANDS) == 8


def test_simulated_ground_truth_is_valid_and_scores_1_against_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = [f"--set={name}" for name in ("frames=6", "height=128", "width=128")]
    few = [
        f"--set={name}"
        for name in ("objects=9", "appearing=0", "disappearing=0", "mitoses=0")
    ]
    status, out, _ = run(
        capsys, "simulate", "nuclei", "--out", str(tmp_path), *small, *few
    )
    truth = tmp_path / "01_GT"
    assert (status, out) == (0, f"{truth}\n")

    assert run(capsys, "validate", str(truth))[:2] == (0, f"{truth} is valid.\n")
    status, out, _ = run(capsys, "validate", str(truth), "--json")
    assert (status, json.loads(out)) == (0, {"valid": True, "faults": []})

    status, out, _ = run(capsys, "evaluate", str(truth), str(truth), "--json")
    scores = json.loads(out)
    assert status == 0
    assert scores["det"] == scores["seg"] == scores["tra"] == 1
    listed = tmp_path / "errors.csv"
    status, same, _ = run(
        capsys, "evaluate", str(truth), str(truth), "--json", "--errors", str(listed)
    )
    assert (status, same) == (0, out)
    assert listed.read_text() == "frame,kind,labels,truth,y,x\n"
    status, out, _ = run(capsys, "evaluate", str(truth), str(truth))
    assert "DET" in out
    assert "01_GT" in out

    (truth / "TRA" / "man_track003.tif").unlink()
    status, out, _ = run(capsys, "validate", str(truth), "--json")
    report = json.loads(out)
    assert (status, report["valid"]) == (1, False)
    assert report["faults"][0]["frame"] == 3
    assert set(report["faults"][0]) == {"frame", "label", "message"}


def test_several_videos_of_sticks_are_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = [f"--set={name}" for name in ("frames=3", "height=64", "width=64")]
    arguments = ["simulate", "microvilli", "--out", str(tmp_path), "--videos", "2"]
    status, out, _ = run(capsys, *arguments, "--set=objects=6", *small)
    assert status == 0
    assert out.split() == [str(tmp_path / "01_GT"), str(tmp_path / "02_GT")]

    # More videos of the same kind may be added; other videos are never mistaken for
    # them.
    arguments[-1] = "3"
    assert run(capsys, *arguments, "--set=objects=6", *small)[0] == 0
    assert (tmp_path / "03_GT").is_dir()
    status, out, err = run(capsys, *arguments, "--set=objects=7", *small)
    assert (status, out) == (1, "")
    assert "not made with these settings" in err
    (tmp_path / "recipe.yaml").unlink()
    assert run(capsys, *arguments, "--set=objects=6", *small)[0] == 1


def test_a_video_set_of_the_paper_is_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["simulate", "--preset", "microvilli-1-10", "--out", str(tmp_path)]
    status, out, _ = run(capsys, *arguments)
    assert (status, out) == (0, f"{tmp_path / '01_GT'}\n")
    assert run(capsys, "validate", str(tmp_path / "01_GT"))[0] == 0
    # The same set is kept; a set with another seed is never mistaken for it.
    made = (tmp_path / "01_GT" / "TRA" / "man_track.txt").stat().st_mtime_ns
    assert run(capsys, *arguments)[0] == 0
    assert (tmp_path / "01_GT" / "TRA" / "man_track.txt").stat().st_mtime_ns == made
    status, _, err = run(capsys, *arguments, "--seed", "3")
    assert status == 1
    assert "do not belong to the set microvilli-1-10 with seed 3" in err


def test_a_stop_while_the_program_loads() -> None:
    code = (
        "import builtins, sys, napari_asist.__main__ as program\n"
        "load = builtins.__import__\n"
        "def stop(name, *more):\n"
        "    if name == 'napari_asist.cli': raise KeyboardInterrupt\n"
        "    return load(name, *more)\n"
        "builtins.__import__ = stop\n"
        "sys.exit(program.main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "napari-asist: Stopped at once.\n"
