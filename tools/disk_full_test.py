"""Fill the disk under each writer; nothing may be lost, torn or left behind.

    sudo python tools/disk_full_test.py [--steps 8]

Each command writes to a disk in memory (tmpfs, which root mounts) that is too small for
it, by more and more. It has to fail with status 1 and one line that says why; no result
may be there that is not complete. Then the disk grows, the same command runs again, and
its output must equal that of a disk that was never full. Prints a table, and ends with
status 1 if anything is wrong.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from small_run import command, differences, finished, outcome, write_inputs

from napari_asist.ctc import validate_ctc

LARGE = 256 << 20
PAGE = 4096


def main() -> int:
    """Fill, grow, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=8, help="disk sizes per writer")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("Only root can mount the disk; run this with sudo.")
    folder = Path(tempfile.mkdtemp(prefix="disk-full-"))
    video, recipes = write_inputs(folder)
    model = folder / "model"
    whole = finished(
        command("run", video, "--recipe", recipes["depth"], "--quiet", "--out", model)
    )
    assert whole.returncode == 0, whole.stderr
    truth = folder / "simulated"
    assert not finished(
        command("simulate", "nuclei", "--recipe", recipes["depth"], "--out", truth)
    ).returncode
    result = model / "result" / "01_RES"
    writers: dict[str, Callable[[Path], list[str]]] = {
        "run, depth": lambda out: command(
            "run", video, "--recipe", recipes["depth"], "--quiet", "--out", out / "run"
        ),
        "run, rshn": lambda out: command(
            "run", video, "--recipe", recipes["rshn"], "--quiet", "--out", out / "run"
        ),
        "track": lambda out: command(
            "track", video, "--model", model, "--quiet", "--out", out / "tracked"
        ),
        "simulate": lambda out: command(
            "simulate",
            "nuclei",
            "--recipe",
            recipes["depth"],
            "--quiet",
            "--out",
            out / "simulated",
        ),
        "estimate": lambda out: command(
            "estimate", video, "--quiet", "--out", out / "recipe.yaml"
        ),
        "evaluate": lambda out: command(
            "evaluate", truth / "01_GT", result, "--errors", out / "errors.csv"
        ),
    }
    wrong = 0
    print("writer        size, kB  status  line")
    for name, writer in writers.items():
        wrong += _tried(name, writer, folder / "disk", options.steps)
    print(f"{wrong} wrong")
    shutil.rmtree(folder)
    return 1 if wrong else 0


def _tried(
    name: str, writer: Callable[[Path], list[str]], disk: Path, steps: int
) -> int:
    """Try a writer on disks of several sizes; return how often it went wrong."""
    disk.mkdir(exist_ok=True)
    _mount(disk, LARGE)
    first = finished(writer(disk))
    assert first.returncode == 0, first.stderr
    expected = _contents(disk)
    used = sum(_blocks(path) for path in disk.rglob("*"))
    _unmount(disk)
    wrong = 0
    sizes = [int(used * (step + 0.5) / steps) for step in range(steps)]
    for size in [0, *(max(PAGE, size // PAGE * PAGE) for size in sizes)]:
        _mount(disk, size)
        ended = finished(writer(disk))
        lines = ended.stderr.strip().splitlines()
        problems = []
        if ended.returncode == 0 and _contents(disk) != expected:
            problems.append("said that it succeeded")
        if ended.returncode not in {0, 1}:
            problems.append(f"status {ended.returncode}")
        if ended.returncode == 1 and len(lines) != 1:
            problems.append(f"{len(lines)} lines")
        reasons = ("No space left", "is on a disk with")
        if ended.returncode == 1 and not any(one in ended.stderr for one in reasons):
            problems.append("another reason")
        for result in disk.rglob("*_RES"):
            if not result.name.startswith(".") and validate_ctc(result):
                problems.append(f"torn {result.name}")
        _mount(disk, LARGE, "remount,")
        again = finished(writer(disk))
        if again.returncode:
            problems.append(f"not resumed: {again.stderr.strip()}")
        elif differ := differences(expected, _contents(disk)):
            problems.append(f"differs after resuming: {differ[:3]}")
        _unmount(disk)
        wrong += bool(problems)
        text = "; ".join(problems) or (lines[-1] if lines else "")
        print(f"{name:12} {size / 1024:9.0f} {ended.returncode:7}  {text}", flush=True)
    return wrong


def _contents(disk: Path) -> dict[str, str]:
    """Return what a writer wrote, without records of times."""
    found: dict[str, str] = {}
    for run in disk.iterdir():
        if (run / "result").exists():
            found |= outcome(run)
    for path in disk.rglob("*"):
        if path.suffix in {".tif", ".txt", ".csv", ".yaml"} and "run" not in path.parts:
            found[path.relative_to(disk).as_posix()] = path.read_bytes().hex()
    return found


def _blocks(path: Path) -> int:
    return -(-path.stat().st_size // PAGE) * PAGE


def _mount(disk: Path, size: int, how: str = "") -> None:
    """Mount a disk of some bytes; one of 0 bytes has no room for a single name."""
    files = 0 if size else 1
    options = f"{how}size={size or LARGE},nr_inodes={files}"
    kind = [] if how else ["-t", "tmpfs"]
    source = [] if how else ["tmpfs"]
    subprocess.run(["mount", *kind, "-o", options, *source, str(disk)], check=True)


def _unmount(disk: Path) -> None:
    subprocess.run(["umount", str(disk)], check=True)


if __name__ == "__main__":
    sys.exit(main())
