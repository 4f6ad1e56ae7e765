"""Accuracy from raw frames to scored tracks, for every video the method should handle.

Run it from the checkout: ``python benchmarks/accuracy.py --seeds 3``; it takes hours.
Each video is processed by ``napari-asist run`` in a separate process, with a preset and
only raw frames; for virtual videos, the recipe also states where labels end (half
maximum). The ground truth is read after the result has been written. The table shows
the mean over the seeds and the range, next to the targets and the earlier results of
the method. Minutes are those from the start of the command to its end; CPU minutes are
summed over all processors.

Cell Tracking Challenge videos are looked up in the folder that NAPARI_ASIST_DATA names,
or else in ``../shared/data``; objects within 25 px of their edges are left out. Virtual
ones are rendered (`virtual_videos.py`), a different one for each seed.

With ``--out`` the runs are kept, and the same command resumes where it was stopped. An
existing result is not computed again: use another folder for changed code.
``accuracy.jsonl`` in that folder has a line for each seed, with the commit that was
measured; ``--known FILE`` uses the lines of such a file instead of measuring again, so
that a table can be assembled from several machines.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from types import FrameType
from typing import Any

from accuracy_cases import CASES, NEAR, REFERENCE, Case
from classical_pipeline import NAME as PEER
from classical_pipeline import track_classically
from timed_command import CommandFailedError, Spent, end_all, run_command

from napari_asist.errors import AsistError
from napari_asist.evaluation import evaluate
from napari_asist.workflow.presets import DEFAULT_PRESET, PRESETS

COLUMNS = {
    "DET": "det",
    "SEG gold": "seg",
    "SEG silver": "silver",
    "TRA": "tra",
    "division F1": "division_f1",
    "false": "false_positives",
    "misses": "misses",
    "merged": "splits",
    "minutes": "minutes",
    "CPU min": "cpu_minutes",
    "MiB": "mib",
}
LOWER_IS_BETTER = ("minutes",)
WHOLE = ("false_positives", "misses", "splits", "mib")
SHORT = (*WHOLE, "minutes", "cpu_minutes")
READY_MADE = "ready-made"
NAMES = [case.name for case in CASES]
HERE = Path(__file__).parent
Line = dict[str, Any]
"""The results of one seed: flat, as written to ``accuracy.jsonl``."""


@dataclass(frozen=True)
class Asked:
    """Command-line options."""

    out: Path
    preset: str
    changes: tuple[str, ...]
    seeds: tuple[int, ...]
    jobs: int
    peer: bool
    known: tuple[Line, ...] = ()


def main(arguments: list[str] | None = None) -> int:
    """Print a table of scores; return 1 if a run has failed.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    options = _options(arguments)
    chosen = [case for case in CASES if case.name in (options.only or NAMES)]
    out = options.out or Path(tempfile.mkdtemp(prefix="accuracy-"))
    asked = Asked(
        out,
        options.preset,
        tuple(options.changes),
        tuple(range(options.first_seed, options.first_seed + options.seeds)),
        options.jobs,
        options.peer,
        options.known,
    )
    print(f"preset {asked.preset}, seeds {asked.seeds}, runs in {out}", flush=True)
    try:
        return _measure(chosen, asked)
    except KeyboardInterrupt:
        print(f"Stopped; with --out {out} the same command resumes.")
        return 130
    finally:
        end_all()
        if options.out is None and not options.keep:
            shutil.rmtree(out, ignore_errors=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=1, help="number of seeds")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument(
        "--only", nargs="+", choices=NAMES, metavar="NAME", help=", ".join(NAMES)
    )
    parser.add_argument(
        "--preset",
        choices=[*PRESETS, READY_MADE],
        default=DEFAULT_PRESET,
        help=f"with {READY_MADE}, nothing is trained: the model that suits the objects "
        "tracks them",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="changes",
        metavar="SECTION.NAME=VALUE",
        help="a setting for all recipes; may be repeated",
    )
    parser.add_argument("--out", type=Path, help="a folder for the runs, which is kept")
    parser.add_argument(
        "--known",
        type=_lines_of,
        default=(),
        help="an accuracy.jsonl with earlier results",
    )
    parser.add_argument("--keep", action="store_true", help="keep a temporary folder")
    parser.add_argument("--jobs", type=int, default=1, help="parallel runs")
    parser.add_argument("--peer", action="store_true", help=f"add rows of {PEER}")
    options = parser.parse_args(arguments)
    for name in ("seeds", "jobs"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} {getattr(options, name)}: choose 1 or more")
    return options


def _lines_of(known: str) -> tuple[Line, ...]:
    try:
        lines = Path(known).read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
    except (OSError, ValueError) as error:
        message = f"{known} is not a readable accuracy.jsonl: {error}"
        raise argparse.ArgumentTypeError(message) from None
    return tuple(line for line in found if "failed" not in line)


def _commit() -> str:
    """Return the measured commit, with a + if files differ from it."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=HERE)
    return finished.stdout.strip()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _measure(cases: Sequence[Case], asked: Asked) -> int:
    asked.out.mkdir(parents=True, exist_ok=True)
    log = asked.out / "accuracy.jsonl"
    log.write_text("", encoding="utf-8")
    print(_text_row("", {key: name for name, key in COLUMNS.items()}), flush=True)
    rows: list[tuple[Case, str, list[Line]]] = []
    has_failed = False
    with ThreadPoolExecutor(asked.jobs) as pool:
        ways = [(False, ""), *([(True, f", {PEER}")] if asked.peer else [])]
        # All start in order; each row is printed as soon as its last seed is done.
        begun = [
            (case, title, [pool.submit(_tried, case, s, asked, way) for s in seeds])
            for case in cases
            if _is_there(case)
            for way, title in ways
            for seeds in [_seeds(case, asked.seeds, way)]
        ]
        try:
            for case, title, futures in begun:
                lines = []
                for future in futures:
                    line = future.result()
                    with log.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(line) + "\n")
                    lines.append(line)
                has_failed |= any("failed" in line for line in lines)
                rows.append((case, title, lines))
                _print_row(case, title, lines)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise
    print("\n" + "\n".join(_markdown(rows)))
    return int(has_failed)


def _is_there(case: Case) -> bool:
    if reason := case.absence():
        print(f"{case.title:<30}skipped: {reason}")
    return not reason


def _seeds(case: Case, seeds: tuple[int, ...], is_peer: bool) -> tuple[int, ...]:
    """Return the seeds that matter: the peer draws no random numbers."""
    return seeds[:1] if is_peer and case.virtual is None else seeds


def _preset(case: Case, asked: Asked) -> str:
    return asked.preset if asked.preset == READY_MADE else case.preset or asked.preset


def _tried(case: Case, seed: int, asked: Asked, is_peer: bool) -> Line:
    """Measure one seed, or report why it failed."""
    line: Line = {
        "video": case.name,
        "way": PEER if is_peer else _preset(case, asked),
        "seed": seed,
        "changes": [] if is_peer else [*case.changes, *asked.changes],
    }
    folder = asked.out / case.name / f"seed-{seed}"
    kept = folder / ("peer.json" if is_peer else "scores.json")
    try:
        here: list[Line] = [json.loads(kept.read_text(encoding="utf-8"))]
    except (OSError, ValueError):
        here = []  # not measured yet
    for found in (*here, *asked.known):
        if {name: found.get(name) for name in line} == line:
            return found
    line["commit"] = _commit()
    try:
        video = case.video(folder, seed)
        way = _peer if is_peer else partial(_run, line=line)
        result, spent = way(case, video, folder)
        line |= _scores(case, folder, result)
    except (AsistError, CommandFailedError) as error:
        return {**line, "failed": str(error)}
    line |= {
        "minutes": spent.seconds / 60,
        "cpu_minutes": spent.cpu_seconds / 60,
        "mib": spent.mib or None,
    }
    kept.write_text(json.dumps(line, indent=1), encoding="utf-8")
    return line


def _run(case: Case, video: Path, folder: Path, line: Line) -> tuple[Path, Spent]:
    """Run the method on the raw frames, as a user would."""
    if line["way"] == READY_MADE:
        command = ["track", str(video), "--out", str(folder / "tracked")]
        return folder / "tracked" / "01_RES", run_command(command, folder)
    command = ["run", str(video), "--out", str(folder / "run")]
    command += ["--preset", line["way"], "--seed", str(line["seed"])]
    for change in line["changes"]:
        command += ["--set", change]
    spent = run_command(command, folder, case.threads)
    return folder / "run" / "result" / "01_RES", spent


def _peer(case: Case, video: Path, folder: Path) -> tuple[Path, Spent]:
    result = folder / "peer" / "01_RES"
    began, used = perf_counter(), process_time()
    track_classically(video, result, case.kind, case.border)
    return result, Spent(perf_counter() - began, process_time() - used)


def _scores(case: Case, folder: Path, result: Path) -> Line:
    """Score a written result against the ground truth."""
    truth, silver = case.truths(folder)
    scores = evaluate(truth, result, case.margin)
    dense = evaluate(truth, result, case.margin, silver).seg if silver else None
    return {**scores.as_dict(), "silver": dense}


def _print_row(case: Case, title: str, lines: Sequence[Line]) -> None:
    title = case.title + title
    for line in lines:
        if "failed" in line:
            print(f"{title:<30}seed {line['seed']} failed: {line['failed']}")
    if any("failed" not in line for line in lines):
        cells = {key: _cell(key, _values(lines, key)) for key in COLUMNS.values()}
        print(_text_row(title, cells), flush=True)


def _text_row(title: str, cells: Mapping[str, str]) -> str:
    return f"{title:<30}" + "".join(
        f"{cells[key]:>{15 if key in SHORT else 21}}" for key in COLUMNS.values()
    )


def _values(lines: Sequence[Line], key: str) -> list[float]:
    found = [line.get(key) for line in lines]
    return [float(value) for value in found if value is not None]


def _cell(key: str, values: Sequence[float]) -> str:
    """Return the mean, and the range if there are several values."""
    if not values:
        return "–"
    mean = _number(key, sum(values) / len(values))
    ends = [_number(key, end) for end in (min(values), max(values))]
    return mean if ends[0] == ends[1] else f"{mean} ({ends[0]}–{ends[1]})"


def _number(key: str, value: float) -> str:
    if key in WHOLE:
        return f"{value:.0f}"
    if key.endswith("minutes"):
        return f"{value:.1f}"
    return f"{value:.4f}".removeprefix("0")


def _markdown(rows: Sequence[tuple[Case, str, list[Line]]]) -> Iterator[str]:
    """Yield the table with the targets below each row, and those missed."""
    yield "| video | " + " | ".join(COLUMNS) + " | targets |"
    yield "| --- |" + " --- |" * (len(COLUMNS) + 1)
    reference: dict[str, float] = {}
    for case, title, lines in rows:
        if case.name == REFERENCE and not title:
            reference = _means(lines)
    for case, title, lines in rows:
        means = _means(lines)
        aims = dict(case.aims)
        if not aims and reference and case.virtual and case.name != REFERENCE:
            aims = {key: reference[key] - most for key, most in NEAR.items()}
        missed = [key for key in aims if not _is_met(key, aims[key], means)]
        verdict = _verdict(aims, missed) if not title else ""
        if failed := sum("failed" in line for line in lines):
            verdict = f"{failed} of {len(lines)} seeds failed"
        cells = [_cell(key, _values(lines, key)) for key in COLUMNS.values()]
        yield f"| **{case.title}**{title} | {' | '.join(cells)} | {verdict} |"
        if title:
            continue
        if aims:
            yield _quiet_row("target", {key: _aim(key, aims[key]) for key in aims})
        if case.before:
            yield _quiet_row("before", case.before)


def _means(lines: Sequence[Line]) -> dict[str, float]:
    means = {}
    for key in COLUMNS.values():
        if values := _values(lines, key):
            means[key] = sum(values) / len(values)
    return means


def _is_met(key: str, aim: float, means: Mapping[str, float]) -> bool:
    if key not in means:
        return False
    return means[key] <= aim if key in LOWER_IS_BETTER else means[key] >= aim


def _verdict(aims: Mapping[str, float], missed: Sequence[str]) -> str:
    if not aims:
        return ""
    named = {key: name for name, key in COLUMNS.items()}
    return "missed: " + ", ".join(named[key] for key in missed) if missed else "met"


def _aim(key: str, aim: float) -> str:
    sign = "≤" if key in LOWER_IS_BETTER else "≥"
    number = f"{aim:.4g}".removeprefix("0")
    return f"{sign} {number}"


def _quiet_row(title: str, cells: Mapping[str, str]) -> str:
    shown = [cells.get(key, "") for key in COLUMNS.values()]
    return f"| *{title}* | {' | '.join(shown)} | |"


if __name__ == "__main__":
    sys.exit(main())
