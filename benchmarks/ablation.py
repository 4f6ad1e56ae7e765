"""Measure what each part of the simulator and the microscope adds to the score.

Run it from the checkout: ``python benchmarks/ablation.py --seeds 3 --out DIR``; it
takes hours. For HeLa 01 and PSC 01, the simulator and the renderer are fitted once.
Networks are then trained on scenes with none of the parts ("none"), with each part
alone, with the default parts, and with all parts; fitted parts keep their fitted
strength. The table shows DET, SEG against the silver and the gold truth, TRA and
division F1: the mean over the seeds, the range, and the difference from "none". The
remaining parts are not refitted to compensate for those left out.

The ground truth is read last; objects within 25 px of the frame's edges are left out.
The videos are looked up in the folder that NAPARI_ASIST_DATA names, or else in
``../shared/data``. The same command resumes an interrupted run; use another ``--out``
for changed code or other recipe settings.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from challenge_data import data_folder, missing_parts
from trained_scenes import (
    VIDEOS,
    Fitted,
    add_options,
    fitted_job,
    fitted_to,
    scores,
    shortened,
    shown,
    tracked,
)

from napari_asist.depth.settings import SceneSettings
from napari_asist.microscope.settings import PhaseContrastSettings, ProcessSettings
from napari_asist.simulation.shapes import Ellipse, Rectangle
from napari_asist.workflow.stages import Job

SCORES = ("DET", "SEG", "SEG gold", "TRA", "division F1")
SCENES = (
    "divisions_in_detail",
    "dying",
    "nucleoli",
    "debris",
    "out_of_focus",
    "contrast",
)
"""Parts that are switched on and off in the settings of the scenes."""

NO_PARTS = dict.fromkeys(SCENES, False)
Line = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """Something that scenes may show.

    Parameters
    ----------
    name : str
    add : callable
        Takes the scenes with no part, and those with all parts; returns the former
        with this part added.
    videos : tuple of str
        The videos that may show it.
    """

    name: str
    add: Callable[[Fitted, Fitted], Fitted]
    videos: tuple[str, ...] = tuple(VIDEOS)


def _shape(plain: Fitted, full: Fitted) -> Fitted:
    return plain.simulated(shape=full.simulator.shape)


def _phase(*names: str) -> Callable[[Fitted, Fitted], Fitted]:
    def add(plain: Fitted, full: Fitted) -> Fitted:
        fitted = full.microscope.phase.model_dump(include=set(names))
        phase = plain.microscope.phase.changed(**fitted)
        return _with_microscope(plain, phase=phase.model_dump())

    return add


def _of_microscope(name: str) -> Callable[[Fitted, Fitted], Fitted]:
    def add(plain: Fitted, full: Fitted) -> Fitted:
        return _with_microscope(plain, **{name: full.microscope.model_dump()[name]})

    return add


def _of_scenes(name: str) -> Callable[[Fitted, Fitted], Fitted]:
    return lambda plain, full: plain.with_scenes(**{name: True})


def _with_microscope(fitted: Fitted, **changes: object) -> Fitted:
    return replace(fitted, microscope=fitted.microscope.changed(**changes))


NUCLEI, STICKS = ("hela",), ("psc",)
HALO = ("strength", "radius", "ring_width", "shade_off", "glow", "glow_sigma")
SHADOW = ("shadow", "shadow_angle", "shadow_sigma")
PARTS = (
    Part("measured irregularity", _shape, NUCLEI),
    Part("divisions in detail", _of_scenes("divisions_in_detail"), NUCLEI),
    Part("dying nuclei", _of_scenes("dying"), NUCLEI),
    Part("nucleoli", _of_scenes("nucleoli"), NUCLEI),
    Part("debris", _of_scenes("debris"), NUCLEI),
    Part("out-of-focus light", _of_scenes("out_of_focus"), NUCLEI),
    Part("contrast", _of_scenes("contrast")),
    Part("cells: spindles, contacts", _shape, STICKS),
    Part("halo and shade-off", _phase(*HALO), STICKS),
    Part("shadow", _phase(*SHADOW), STICKS),
    Part("processes", _of_microscope("processes"), STICKS),
    Part("fitted debris", _of_microscope("debris"), STICKS),
    Part("saturation", _of_microscope("saturation"), STICKS),
)


def main(arguments: list[str] | None = None) -> int:
    """Print a table for each video.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    options = _options(arguments)
    for name in options.only or VIDEOS:
        sequence = data_folder() / VIDEOS[name]
        if missing := missing_parts(sequence):
            print(f"{name}: skipped, {sequence.parent} has no {', '.join(missing)}")
            continue
        if options.frames:
            folder = options.out / name / "video"
            sequence = shortened(sequence, folder, options.frames)
        job = fitted_job(sequence, options.out / name / "base", options.changes)
        rows: dict[str, list[Line]] = {}
        # Seed by seed, so that an unfinished table already compares all parts.
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            measured: list[tuple[Fitted, Line]] = []
            for title, fitted in _variants(name, fitted_to(job)):
                if options.parts and title not in options.parts:
                    continue
                # A part that the fit did not find changes nothing.
                line = next((line for one, line in measured if one == fitted), None)
                if line is None:
                    folder = options.out / name / title.replace(" ", "_")
                    seeded = fitted.seeded(seed)
                    line = _measured(seeded, job, folder / f"seed-{seed}", sequence)
                    measured.append((fitted, line))
                rows.setdefault(title, []).append(line)
                cells = (f"{key} {shown(line[key])}" for key in SCORES)
                print(f"{title:<28}seed {seed}  " + "  ".join(cells), flush=True)
        print(f"\n{name}\n" + "\n".join(_markdown(rows)) + "\n", flush=True)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="a folder to work in")
    parser.add_argument("--seeds", type=int, default=1, help="number of seeds")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=["none", "default", "all", *(part.name for part in PARTS)],
        help="rows of the table; all by default",
    )
    add_options(parser)
    return parser.parse_args(arguments)


def _variants(name: str, fitted: Fitted) -> Iterator[tuple[str, Fitted]]:
    """Yield the rows of the table for a video: the title and the scenes of each."""
    full = fitted.with_scenes(**dict.fromkeys(SCENES, True))
    plain = _without_parts(fitted)
    yield "none", plain
    for part in PARTS:
        if name in part.videos:
            yield part.name, part.add(plain, full)
    yield "default", fitted.with_scenes(**SceneSettings().model_dump(include={*SCENES}))
    yield "all", full


def _without_parts(fitted: Fitted) -> Fitted:
    """Return scenes with nothing but ellipses for nuclei, or rectangles for sticks."""
    microscope = fitted.microscope
    is_sticks = fitted.simulator.stacked
    plain = fitted.with_scenes(**NO_PARTS).simulated(
        shape=Rectangle() if is_sticks else Ellipse()
    )
    return _with_microscope(
        plain,
        phase=PhaseContrastSettings(objects=microscope.phase.objects).model_dump(),
        processes=ProcessSettings().model_dump(),
        debris=microscope.debris.changed(density=0).model_dump(),
        saturation=None,
    )


def _measured(fitted: Fitted, job: Job, folder: Path, sequence: Path) -> Line:
    kept = folder / "scores.json"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        line = dict(scores(sequence, tracked(fitted, job, folder)))
        kept.write_text(json.dumps(line, indent=1), encoding="utf-8")
    found: Line = json.loads(kept.read_text(encoding="utf-8"))
    return found


def _markdown(rows: Mapping[str, Sequence[Line]]) -> Iterator[str]:
    yield f"| scenes with | {' | '.join(SCORES)} |"
    yield "| --- |" + " --- |" * len(SCORES)
    plain = rows.get("none", [])
    for title, lines in rows.items():
        cells = [_cell(key, lines, plain if title != "none" else ()) for key in SCORES]
        yield f"| {title} | {' | '.join(cells)} |"


def _cell(key: str, lines: Sequence[Line], plain: Sequence[Line]) -> str:
    """Return the mean, the range, and the difference from scenes with no part."""
    values = [line[key] for line in lines if line[key] is not None]
    if not values:
        return "–"
    mean = sum(values) / len(values)
    cell = shown(mean)
    if len(values) > 1:
        cell += f" ({shown(min(values))}–{shown(max(values))})"
    before = [line[key] for line in plain if line[key] is not None]
    if before:
        cell += f" {mean - sum(before) / len(before):+.4f}"
    return cell


if __name__ == "__main__":
    sys.exit(main())
