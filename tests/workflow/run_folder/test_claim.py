"""Nothing that napari-asist did not make is replaced, and one process writes."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cases import good
from tiny import tiny_recipe, write_tiny_video

from napari_asist.cli import main
from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, result_of
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.workflow.annotations import write_preset, writing_annotations
from napari_asist.workflow.demo import run_demo
from napari_asist.workflow.export.run_card import write_card
from napari_asist.workflow.recipe import write_recipe
from napari_asist.workflow.run import run_stages
from napari_asist.workflow.run_folder.claim import (
    MARKER,
    claimed,
    is_ours,
    refuse_other_folder,
)
from napari_asist.workflow.run_folder.record import RECORD, versions, write_json

RECIPE = tiny_recipe()
NAMES = ("lock", "recipe.yaml", "record.json", "methods.md", "simulated.partial/a.txt")
"""Files of a user that have the names of ours."""


def write_run(folder: Path) -> None:
    video = write_tiny_video(folder.parent / "video.tif")
    result_of(run_stages(video, RECIPE, folder, StopFlag()))


WRITERS: dict[str, Callable[[Path], object]] = {
    "run": write_run,
    "simulate": lambda out: result_of(writing_annotations(RECIPE, out, StopFlag())),
    "preset": lambda out: result_of(write_preset("hela", 0, out, StopFlag())),
    "demo": lambda out: result_of(run_demo(out, RECIPE, StopFlag(), NucleiSettings())),
}


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", [*NAMES[1:], "notes.txt", ".hidden"])
def test_a_folder_of_the_user_is_refused_and_unchanged(
    writer: str, name: str, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("precious")
    before = contents(out)
    first = name.partition("/")[0]
    with pytest.raises(AsistError, match=f"such as {re.escape(first)}; choose"):
        WRITERS[writer](out)
    assert contents(out) == before


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("precious")
    with pytest.raises(AsistError, match="is a file; choose a folder"):
        refuse_other_folder(tmp_path / "out")


def test_new_empty_and_own_folders_are_taken(tmp_path: Path) -> None:
    for name in ("new", "empty", "with system files"):
        folder = tmp_path / name
        if name != "new":
            folder.mkdir()
        if name == "with system files":
            (folder / ".DS_Store").write_text("")
            (folder / "lock").write_text("")  # of a process that was killed
        for _ in range(2):
            with claimed(folder):
                assert (folder / MARKER).is_file()
            (folder / "more.txt").write_text("added later")


def test_a_link_is_no_mark(tmp_path: Path) -> None:
    (tmp_path / "mark").write_text("{}")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / MARKER).symlink_to(tmp_path / "mark")
    (folder / "notes.txt").write_text("precious")
    assert not is_ours(folder)
    with pytest.raises(AsistError, match=r"such as notes\.txt"), claimed(folder):
        pass


def test_unmarked_folders_of_earlier_versions_are_known(tmp_path: Path) -> None:
    run, tracked, simulated, preset = (
        tmp_path / name for name in ("run", "tracked", "simulated", "preset")
    )
    for folder in (run, tracked, simulated, preset):
        folder.mkdir()
    write_json(run / RECORD, {"versions": versions()})
    assert is_ours(run)
    write_card(good(), None, tracked)
    (simulated / "01_GT").mkdir()
    write_recipe(RECIPE, simulated / "recipe.yaml")
    (preset / "01_GT").mkdir()
    write_json(preset / "preset.json", {"preset": "hela", "seed": 0})
    (tmp_path / "copied").mkdir()
    run.rename(tmp_path / "copied" / "network")
    for folder in (tracked, simulated, preset, tmp_path / "copied"):
        assert is_ours(folder)
    (tmp_path / "copied" / "notes.txt").write_text("mine")
    assert not is_ours(tmp_path / "copied")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (RECORD, '{"versions": {"other": 1}}'),
        (RECORD, "[]"),
        (RECORD, "torn {"),
        ("run_card.json", '{"program": "mine"}'),
        ("recipe.yaml", "flour: 500 g"),
    ],
)
def test_other_records_are_no_mark(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "01_GT").mkdir()
    (tmp_path / name).write_text(text)
    assert not is_ours(tmp_path)


SIMULATE = [sys.executable, "-m", "napari_asist", "simulate", "nuclei", "--quiet"]
LONG = [
    item
    for change in ("frames=400", "height=256", "width=256", "objects=60")
    for item in ("--set", change)
]


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = subprocess.Popen([*SIMULATE, *LONG, "--out", str(out)])
    try:
        while not (out / "recipe.yaml").exists():
            assert first.poll() is None
        second = subprocess.run(
            [*SIMULATE, *LONG, "--out", str(out)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert f"in use by process {first.pid}" in second.stderr
        assert len(second.stderr.splitlines()) == 1
    finally:
        first.kill()
        first.wait()


def test_the_command_says_which_file_is_in_the_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.docx").write_text("precious")
    assert main(["simulate", "nuclei", "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "contains files that napari-asist did not make, such as thesis.docx" in error
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]
