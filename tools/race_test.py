"""Start two processes that write to the same folder at the same time.

    python tools/race_test.py [--tries 6]

For each writer, two processes start together. One has to end well; the other ends well
after it, or is refused in one line because the folder is in use. The result must equal
that of a single process. Prints a table, and ends with status 1 if anything is wrong.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from small_run import command, differences, finished, write_inputs

from napari_asist.ctc import read_ctc, validate_ctc


def main() -> int:
    """Start pairs of processes and compare their results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=6, help="pairs per writer")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    folder = Path(tempfile.mkdtemp(prefix="race-test-"))
    video, recipes = write_inputs(folder)
    model = folder / "model"
    recipe = recipes["depth"]
    whole = finished(
        command("run", video, "--recipe", recipe, "--quiet", "--out", model)
    )
    assert whole.returncode == 0, whole.stderr
    writers: dict[str, Callable[[Path], list[str]]] = {
        "run": lambda out: command(
            "run", video, "--recipe", recipe, "--quiet", "--out", out
        ),
        "track": lambda out: command(
            "track", video, "--model", model, "--quiet", "--out", out
        ),
        "simulate": lambda out: command(
            "simulate", "nuclei", "--recipe", recipe, "--quiet", "--out", out
        ),
    }
    wrong = 0
    print("writer    delay, s  statuses  outcome")
    for name, writer in writers.items():
        single = folder / f"{name}-single"
        assert finished(writer(single)).returncode == 0
        expected = _labels(single)
        for number in range(options.tries):
            out = folder / f"{name}-{number}"
            delay = rng.choice([0, rng.uniform(0, 6)])
            statuses, refusals = _raced(writer(out), delay)
            problems = [f"differs: {n}" for n in differences(expected, _labels(out))]
            if 0 not in statuses:
                problems.append("none succeeded")
            for text in refusals:
                if "in use by" not in text or len(text.splitlines()) != 1:
                    problems.append(f"said {text!r}")
            wrong += bool(problems)
            shown = "; ".join(problems) or (
                "one refused, equal" if refusals else "both, equal"
            )
            print(f"{name:9} {delay:8.2f}  {statuses!s:8}  {shown}", flush=True)
            shutil.rmtree(out)
    print(f"{wrong} wrong")
    shutil.rmtree(folder)
    return 1 if wrong else 0


def _raced(line: list[str], delay: float) -> tuple[list[int], list[str]]:
    """Run a command twice at once; return both statuses, and what failures said."""
    processes = []
    for number in range(2):
        time.sleep(delay * number)
        processes.append(
            subprocess.Popen(
                line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
        )
    errors = [process.communicate()[1] for process in processes]
    statuses = [process.returncode for process in processes]
    failed = [
        text.strip() for text, status in zip(errors, statuses, strict=True) if status
    ]
    return statuses, failed


def _labels(out: Path) -> dict[str, str]:
    """Return the labels below a folder, and whether each folder of them is valid."""
    found = {}
    for folder in [*out.rglob("*_RES"), *out.rglob("*_GT")]:
        place = folder.relative_to(out).as_posix()
        faults = "" if folder.name.endswith("_GT") else str(validate_ctc(folder))
        found[place] = faults + str(hash(read_ctc(folder).labels.tobytes()))
    return found


if __name__ == "__main__":
    sys.exit(main())
