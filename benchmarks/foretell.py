"""Test whether the label-free report predicts the score.

Run it from the checkout: ``python benchmarks/foretell.py --out DIR``; it takes hours.
For HeLa 01 and PSC 01 the simulator and the renderer are fitted once. Then each setting
changes one thing, for better or worse: fresh scenes with it are compared with the real
frames, a depth network is trained on such scenes for a few steps, and the video is
tracked with it. The output is the table, and for each number of the comparison its rank
correlation (Spearman) over the settings with DET and with SEG against the silver truth;
numbers are negated, so that 1 is a perfect prediction. The ground truth is read last.

``foretold`` compares fresh scenes, from which networks learn, and ``fitted`` compares
frames without the scenes' variation, as the report of a run does. Cell Tracking
Challenge videos are looked up in the folder that NAPARI_ASIST_DATA names, or else in
``../shared/data``; objects within 25 px of their edges are left out. With ``--out`` the
same command resumes where it was stopped; use another folder for changed code, and for
settings other than those of the section depth.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from challenge_data import data_folder, missing_parts
from numpy.typing import NDArray
from scipy.stats import spearmanr
from trained_scenes import (
    VIDEOS,
    Fitted,
    add_options,
    fitted_job,
    fitted_to,
    scores,
    shortened,
    tracked,
)

from napari_asist.depth.train import first_unseen
from napari_asist.scaling import IntensityScaling
from napari_asist.synthesis.engines.renderer import render_frames
from napari_asist.synthesis.report.detected import (
    PAIRS,
    ObservedFrames,
    observe,
    observe_video,
)
from napari_asist.synthesis.report.fresh_pairs import fresh_pairs
from napari_asist.synthesis.report.likeness import Likeness, compared_frames
from napari_asist.synthesis.report.telltale import TELLTALE, write_telltale
from napari_asist.workflow.stages import Job

SCORES = ("DET", "SEG")
Line = dict[str, Any]


def _constant(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.full(len(levels), np.median(levels))


def _without_dim(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(levels, np.median(levels))


SETTINGS: Mapping[str, Callable[[Fitted], Fitted]] = {
    "fitted": lambda fitted: fitted,
    "no variation": lambda fitted: fitted.varied(0),
    "twice the variation": lambda fitted: fitted.varied(2),
    "sharp": lambda fitted: fitted.optics(psf_sigma=0.3),
    "blurred": lambda fitted: fitted.optics(psf_sigma=2.5),
    "a third of the noise": lambda fitted: fitted.optics(read_noise=1 / 3, gain=0.1),
    "thrice the noise": lambda fitted: fitted.optics(read_noise=3, gain=3),
    "no texture": lambda fitted: fitted.optics(texture=0),
    "one brightness": lambda fitted: fitted.brightness(_constant),
    "no dim objects": lambda fitted: fitted.brightness(_without_dim),
    "thrice as bright": lambda fitted: fitted.brightness(lambda levels: 3 * levels),
    "small": lambda fitted: fitted.sized(0.7),
    "large": lambda fitted: fitted.sized(1.4),
    "outlines at half maximum": lambda fitted: fitted.outlined(0.5),
    "outlines far out": lambda fitted: fitted.outlined(0.12),
    "sparse": lambda fitted: fitted.sparse(),
    "round": lambda fitted: fitted.simulated(elongation=0).varied(0),
}
"""Each changes one thing, the same for both videos; changes that a simulator has no
setting for are ignored."""


def main(arguments: list[str] | None = None) -> int:
    """Print tables and rank correlations.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    options = _options(arguments)
    out = options.out or Path(tempfile.mkdtemp(prefix="foretell-"))
    print(f"in {out}", flush=True)
    for name in options.only or VIDEOS:
        sequence = data_folder() / VIDEOS[name]
        if missing := missing_parts(sequence):
            print(f"{name}: skipped, {sequence.parent} has no {', '.join(missing)}")
            continue
        if options.frames:
            sequence = shortened(sequence, out / name / "video", options.frames)
        lines = []
        for line in _lines(sequence, out / name, options):
            print(_text(line), flush=True)
            lines.append(line)
        print(f"\n{name}, {len(lines)} settings\n" + "\n".join(_markdown(lines)))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS))
    parser.add_argument("--out", type=Path, help="a folder for the runs, which is kept")
    parser.add_argument("--seed", type=int, default=0)
    add_options(parser)
    return parser.parse_args(arguments)


def _lines(sequence: Path, folder: Path, options: argparse.Namespace) -> Iterator[Line]:
    job = fitted_job(sequence, folder / "base", options.changes, options.seed)
    asked = {"changes": options.changes, "seed": options.seed, "frames": options.frames}
    fitted = fitted_to(job)
    real: ObservedFrames | None = None
    for name in options.settings or SETTINGS:
        place = folder / name.replace(" ", "_")
        kept = place / "line.json"
        if kept.exists():
            line: Line = json.loads(kept.read_text(encoding="utf-8"))
            if line["asked"] == asked:
                yield line
                continue
        real = real or observe_video(job.frames, job.scaling, job.simulator.saddle)
        place.mkdir(parents=True, exist_ok=True)
        line = _line(SETTINGS[name](fitted), real, job, place, sequence)
        line = {"setting": name, "asked": asked, **line}
        kept.write_text(json.dumps(line, indent=1), encoding="utf-8")
        yield line


def _line(
    fitted: Fitted, real: ObservedFrames, job: Job, folder: Path, sequence: Path
) -> Line:
    """Compare frames of a setting, train on them, and score the result."""
    began = process_time()
    scaling = fitted.scaling
    first = first_unseen(fitted.recipe.depth)
    scenes = [fitted.scenes.labeled(first + number)[0][1:3] for number in range(PAIRS)]
    plain = [
        render_frames(pair.video, pair.times, fitted.microscope, scaling, number)
        for number, pair in enumerate(fresh_pairs(fitted.simulator, 0))
    ]
    line: Line = {
        "foretold": _figures(_compared(scenes, real, scaling, folder / TELLTALE)),
        "fitted": _figures(_compared(plain, real, scaling)),
        "compared_s": process_time() - began,
    }
    return line | scores(sequence, tracked(fitted, job, folder))


def _compared(
    pairs: Sequence[NDArray[np.float32]],
    real: ObservedFrames,
    scaling: IntensityScaling,
    picture: Path | None = None,
) -> Likeness:
    images = [image for pair in pairs for image in pair]
    times = [
        3 * number + time
        for number, pair in enumerate(pairs)
        for time in range(len(pair))
    ]
    drawn = observe(images, scaling, real.radius, real.saddle, times)
    likeness, crops = compared_frames(real, drawn, scaling)
    if picture:
        write_telltale(picture, crops)
    return likeness


def _figures(likeness: Likeness) -> dict[str, float]:
    return {
        "distance": likeness.distance,
        "accuracy": likeness.accuracy,
        **{part.name: part.deviation for part in likeness.comparisons},
    }


def _text(line: Line) -> str:
    comparisons = "  ".join(
        f"{way}: {line[way]['distance']:.2f}, {line[way]['accuracy']:.0%}"
        for way in ("foretold", "fitted")
    )
    scores = "  ".join(f"{name} {line[name]:.4f}" for name in SCORES)
    return f"{line['setting']:<26}{comparisons}  {scores}"


def _markdown(lines: Sequence[Line]) -> Iterator[str]:
    yield "| setting | distance | classifier | as fitted | classifier | DET | SEG |"
    yield "| --- |" + " --- |" * 6
    for line in lines:
        cells = [
            f"{line[way][name]:.2f}"
            for way in ("foretold", "fitted")
            for name in ("distance", "accuracy")
        ]
        cells += [f"{line[name]:.4f}" for name in SCORES]
        yield f"| {line['setting']} | {' | '.join(cells)} |"
    yield ""
    yield "| number | scenes: DET | SEG | as fitted: DET | SEG |"
    yield "| --- |" + " --- |" * 4
    for figure in lines[0]["foretold"] if lines else ():
        cells = [
            _correlation(lines, way, figure, score)
            for way in ("foretold", "fitted")
            for score in SCORES
        ]
        yield f"| {figure} | {' | '.join(cells)} |"


def _correlation(lines: Sequence[Line], way: str, figure: str, score: str) -> str:
    """Return the rank correlation over the settings with a known value."""
    pairs = np.array([(line[way][figure], line[score]) for line in lines])
    known = pairs[np.isfinite(pairs).all(axis=1)]
    if len(known) < 3 or (np.ptp(known, axis=0) == 0).any():
        return "–"
    return f"{-spearmanr(*known.T).statistic:.2f} ({len(known)})"


if __name__ == "__main__":
    sys.exit(main())
