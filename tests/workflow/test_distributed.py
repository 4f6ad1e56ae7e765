"""Two processes on one run, one of which is late or fails."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tiny import TINY, write_tiny_video

TORCHRUN = (
    *(sys.executable, "-m", "torch.distributed.run"),
    *("--standalone", "--nproc-per-node", "2"),
)
SCRIPT = """
import sys, time
from pathlib import Path
from napari_asist.cli import main
from napari_asist.progress import ProgressBars
from napari_asist.errors import AsistError
from napari_asist.events import Event, Finished
from napari_asist.synthesis import train
from napari_asist.training.ranks import ranks_of_environment

case, video, recipe, out = sys.argv[1], *map(Path, sys.argv[2:])
is_first = ranks_of_environment().is_first

def lag(self, event: Event) -> None:
    # Time enough for the first rank to be done, if it did not wait.
    if isinstance(event, Finished) and event.stage == "synthesis (mask)":
        until = time.monotonic() + 3
        while time.monotonic() < until and not (out / "synthesis").exists():
            time.sleep(0.05)
        assert (out / "synthesis.partial").exists()

def refuse(*arguments):
    raise AsistError("The report is refused.")

if case == "late" and not is_first:
    ProgressBars.watch = lag
if case == "elsewhere" and not is_first:
    out = out.with_name("elsewhere")
if case == "first fails" and is_first:
    train.Reporter = refuse
arguments = ["run", video, "--out", out, "--recipe", recipe]
sys.exit(main([*map(str, arguments), "--quiet", "--until", "synthesize"]))
"""


def ended(case: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run two processes on a case of the script until they end."""
    video = write_tiny_video(folder / "cells.tif")
    recipe, script = folder / "recipe.yaml", folder / "script.py"
    recipe.write_text(yaml.safe_dump(TINY))
    script.write_text(SCRIPT)
    return subprocess.run(
        [*TORCHRUN, script, case, video, recipe, folder / "run"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def said(process: "subprocess.CompletedProcess[str]") -> dict[str, str]:
    """Return the one line of each process that failed."""
    lines = [
        line for line in process.stderr.splitlines() if line.startswith("napari-asist")
    ]
    pairs = (line.partition(": ") for line in lines)
    return {who: why for who, _, why in pairs}


def test_the_first_waits_for_a_late_process(tmp_path: Path) -> None:
    process = ended("late", tmp_path)
    assert process.returncode == 0, process.stderr
    assert said(process) == {}
    assert (tmp_path / "run" / "synthesis" / "mask_choice.csv").exists()


@pytest.mark.parametrize(
    ("case", "who", "why", "other"),
    [
        (
            "elsewhere",
            "napari-asist, rank 1",
            "choose a run folder on a disk",
            "napari-asist",
        ),
        (
            "first fails",
            "napari-asist",
            "The report is refused.",
            "napari-asist, rank 1",
        ),
    ],
)
def test_each_process_says_why_it_fails_and_none_waits_forever(
    tmp_path: Path, case: str, who: str, why: str, other: str
) -> None:
    process = ended(case, tmp_path)
    assert process.returncode != 0
    lines = said(process)
    assert why in lines[who]
    # torchrun kills processes that do not notice within half a minute.
    ending = "Another training process has ended"
    assert ending in lines.get(other, ending)
