"""Kill runs with SIGKILL and resume them; the results must not differ.

    python tools/kill_test.py [--kills 50] [--seed 0] [--engines depth rshn]

Half of the kills strike at a random file operation in the run folder, the others at a
random time. After every few kills the run is left to end, and its labels, tables and
weights are compared, bit for bit, with those of a run that was never killed. Prints a
table, and ends with status 1 if anything differs.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from small_run import command, differences, finished, leftovers, outcome, write_inputs

KILLS_EACH = 5
"""Number of kills before a run is left to end."""

AT_OPERATION = """
import os, signal, sys
folder, left = sys.argv[1], int(sys.argv[2])
WRITES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "open"}
def strike(event, arguments):
    global left
    if event not in WRITES or not str(arguments[0]).startswith(folder):
        return
    if event == "open" and not (arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        return
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(strike)
sys.argv = ["napari-asist", *sys.argv[3:]]
from napari_asist.cli import main
sys.exit(main())
"""
"""Runs a command that kills itself at a file operation in a folder."""


def main() -> int:
    """Kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engines", nargs="+", default=["depth", "rshn"])
    options = parser.parse_args()
    rng = random.Random(options.seed)
    folder = Path(tempfile.mkdtemp(prefix="kill-test-"))
    video, recipes = write_inputs(folder)
    failures = struck = 0
    print("engine   kills  died  result")
    rounds = max(1, -(-options.kills // KILLS_EACH))
    expected, seconds, operations = {}, {}, {}
    for number in range(rounds):
        engine = options.engines[number % len(options.engines)]
        line = ["run", video, "--recipe", recipes[engine], "--quiet", "--out"]
        if engine not in expected:
            started = time.monotonic()
            whole = finished(command(*line, folder / engine))
            assert whole.returncode == 0, whole.stderr
            seconds[engine] = time.monotonic() - started
            expected[engine] = outcome(folder / engine)
            operations[engine] = len(list((folder / engine).rglob("*")))
        run = folder / f"{engine}-{number}"
        died = 0
        for kill in range(min(KILLS_EACH, options.kills - number * KILLS_EACH)):
            if kill % 2:
                place = rng.randrange(1, operations[engine] // 2)
                died += _killed_at(place, run, [*line, run])
            else:
                died += _killed_after(
                    rng.uniform(0.1, 0.7) * seconds[engine], [*line, run]
                )
        struck += died
        last = finished(command(*line, run))
        differ = differences(expected[engine], outcome(run))
        wrong = [*differ, *leftovers(run)]
        if last.returncode:
            wrong.append(last.stderr.strip())
        failures += bool(wrong)
        text = "equal" if not wrong else "; ".join(wrong)[:300]
        print(f"{engine:7} {kill + 1:6} {died:5}  {text}", flush=True)
        shutil.rmtree(run)
    print(f"{struck} kills struck, {rounds} results compared, {failures} differ")
    shutil.rmtree(folder)
    return 1 if failures else 0


def _killed_at(place: int, folder: Path, line: list[object]) -> bool:
    """Kill a run at a file operation; return whether it got there."""
    started = [sys.executable, "-c", AT_OPERATION, str(folder), str(place)]
    ended = subprocess.run(
        [*started, *map(str, line)], capture_output=True, check=False
    )
    return ended.returncode == -signal.SIGKILL


def _killed_after(seconds: float, line: list[object]) -> bool:
    """Kill a run after a time; return whether it was still running."""
    process = subprocess.Popen(
        command(*line), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
