"""Effect of domain randomization: how much scenes vary around the fit to a video.

Run it from the checkout: ``python benchmarks/randomization.py --out DIR``; it takes
hours. The simulator and the microscope are fitted to HeLa 01 and to PSC 01. For each
value of ``depth.scenes.variation``, a network is trained on scenes of that fit and
tracks its own video, the same video at half and at twice the resolution, and, for
nuclei, virtual videos of other nuclei and another microscope. The table shows DET and
SEG, against the silver truth if there is one, averaged over the seeds.

Labels of virtual videos end at half maximum, those of HeLa farther out, so their SEG
can be compared between rows only. The ground truth is read last. Challenge videos are
looked up in the folder that NAPARI_ASIST_DATA names, or else in ``../shared/data``. The
same command resumes an interrupted run; use another ``--out`` for changed code.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from accuracy_cases import CASES
from challenge_data import MARGIN, data_folder, missing_parts
from scale import Scale, write_at_scale
from timed_command import end_all, run_command
from trained_scenes import (
    VIDEOS,
    add_options,
    fitted_job,
    fitted_to,
    shortened,
    shown,
    table_of_means,
    tracked,
)

from napari_asist.depth.settings import SceneSettings
from napari_asist.evaluation import evaluate
from napari_asist.workflow.model_file import MODEL

STRENGTHS = (0.0, 0.5, 1.0, 2.0)
SCALES = (Scale(0.5), Scale(2))
VIRTUAL = ("r13", "textured", "dense")
"""Virtual videos, as in `accuracy.py`, that the networks of HeLa 01 track."""

Line = dict[str, float | None]


@dataclass(frozen=True)
class Target:
    """A video that networks track, and its ground truth.

    Parameters
    ----------
    title : str
    video, truth : Path
    silver : Path or None
    margin : int
        Excluded from the scores, in px.
    """

    title: str
    video: Path
    truth: Path
    silver: Path | None
    margin: int


def main(arguments: list[str] | None = None) -> int:
    """Print a table for each video.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="a folder to work in")
    parser.add_argument("--seeds", type=int, default=1, help="number of seeds")
    parser.add_argument(
        "--strengths",
        type=_strength,
        nargs="+",
        default=STRENGTHS,
        help="values of depth.scenes.variation",
    )
    add_options(parser)
    options = parser.parse_args(arguments)
    try:
        for name in options.only or VIDEOS:
            sequence = data_folder() / VIDEOS[name]
            if missing := missing_parts(sequence):
                print(f"{name}: skipped, {sequence.parent} has no {', '.join(missing)}")
                continue
            _compare(name, sequence, options)
    except KeyboardInterrupt:
        print("Stopped; the same command resumes.")
        return 130
    finally:
        end_all()
    return 0


def _strength(text: str) -> float:
    try:
        return SceneSettings(variation=float(text)).variation
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text} is not a variation; use numbers from 0 to 3"
        ) from None


def _compare(name: str, sequence: Path, options: argparse.Namespace) -> None:
    out = options.out / name
    if options.frames:
        sequence = shortened(sequence, out / "short", options.frames)
    job = fitted_job(sequence, out / "base", options.changes)
    targets = list(_others(name, sequence, out / "videos"))
    rows: dict[float, list[Line]] = {}
    for seed in range(options.seeds):
        for strength in options.strengths:
            folder = out / f"variation-{strength:g}" / f"seed-{seed}"
            kept = folder / "scores.json"
            if not kept.exists():
                fitted = fitted_to(job).varied(strength).seeded(seed)
                own = _own(sequence, tracked(fitted, job, folder))
                line = own | _tracked_others(folder, targets)
                kept.write_text(json.dumps(line, indent=1), encoding="utf-8")
            found: Line = json.loads(kept.read_text(encoding="utf-8"))
            rows.setdefault(strength, []).append(found)
            cells = (f"{key} {shown(value)}" for key, value in found.items())
            title = f"variation {strength:g} seed {seed}"
            print("  ".join([title, *cells]), flush=True)
    table = "\n".join(table_of_means("variation", rows))
    print(f"\n{name}\n{table}\n", flush=True)


def _others(name: str, sequence: Path, folder: Path) -> Iterator[Target]:
    """Yield the videos that a network tracks besides its own."""
    for scale in SCALES:
        written = write_at_scale(sequence, scale, folder)
        yield Target(
            f"× {scale.factor:g}",
            written / "01",
            written / "01_GT",
            written / "01_ST",
            scale.margin,
        )
    if name != "hela":
        return
    for case in CASES:
        if case.name in VIRTUAL:
            place = folder / case.name
            video = case.video(place, seed=0)
            truth, _ = case.truths(place)
            yield Target(case.title, video, truth, None, case.margin)


def _own(sequence: Path, result: Path) -> Line:
    truth, silver = (
        sequence.with_name(f"{sequence.name}_{kind}") for kind in ("GT", "ST")
    )
    return _scores(Target("own", sequence, truth, silver, MARGIN), result)


def _tracked_others(folder: Path, targets: Sequence[Target]) -> Line:
    model = folder / "network" / MODEL
    line: Line = {}
    for place, target in enumerate(targets):
        out = folder / f"other-{place}"
        result = out / "01_RES"
        if not result.exists():
            command = ["track", str(target.video), "--model", str(model)]
            run_command([*command, "--out", str(out)], folder / f"log-{place}")
        line |= _scores(target, result)
    return line


def _scores(target: Target, result: Path) -> Line:
    found = evaluate(target.truth, result, target.margin)
    seg = found.seg
    if target.silver is not None:
        seg = evaluate(target.truth, result, target.margin, target.silver).seg
    return {f"{target.title}, DET": found.det, f"{target.title}, SEG": seg}


if __name__ == "__main__":
    sys.exit(main())
