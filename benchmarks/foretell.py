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
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from challenge_data import MARGIN, data_folder, missing_parts
from numpy.typing import NDArray
from scipy.stats import spearmanr

from napari_asist.depth.scenes import SceneSource
from napari_asist.depth.train import first_unseen, train_depth
from napari_asist.estimation.drawn_borders import DrawnBorder, drawn_border
from napari_asist.evaluation import evaluate
from napari_asist.events import StopFlag, result_of
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.rescale import rescaled
from napari_asist.simulation.settings import HelaSettings, SimulatorSettings
from napari_asist.simulation.video_settings import NUCLEUS_SADDLE, STICK_SADDLE
from napari_asist.synthesis.engines.renderer import load_renderer, render_frames
from napari_asist.synthesis.report.detected import (
    PAIRS,
    Observed,
    observe,
    observe_video,
)
from napari_asist.synthesis.report.fresh_pairs import fresh_pairs
from napari_asist.synthesis.report.likeness import Likeness, compared_frames
from napari_asist.synthesis.report.telltale import TELLTALE, write_telltale
from napari_asist.video import open_video
from napari_asist.workflow.model import Model
from napari_asist.workflow.model_file import MODEL
from napari_asist.workflow.recipe import Recipe, make_recipe, parse_change, read_recipe
from napari_asist.workflow.run import run_stages
from napari_asist.workflow.run_folder.folder import RECIPE, RunFolder
from napari_asist.workflow.scale import kept_radius
from napari_asist.workflow.stages import Job, settings_for_use

VIDEOS = {"hela": "Fluo-N2DL-HeLa/01", "psc": "PhC-C2DL-PSC/01"}
SCORES = ("DET", "SEG")
Line = dict[str, Any]


@dataclass(frozen=True)
class Ground:
    """The basis that all settings of a video share and modify.

    Parameters
    ----------
    simulator, microscope, border
        As fitted, in standard px.
    scaling : IntensityScaling
    recipe : Recipe
    """

    simulator: SimulatorSettings
    microscope: MicroscopeSettings
    border: DrawnBorder
    scaling: IntensityScaling
    recipe: Recipe

    def optics(self, **factors: float) -> "Ground":
        """Multiply settings of the microscope, within their bounds."""
        values = self.microscope.model_dump()
        for name, factor in factors.items():
            values[name] *= factor
        if "psf_sigma" in factors:  # an image in focus has no blur to multiply
            values["psf_sigma"] += max(factors["psf_sigma"] - 1, 0)
        return replace(self, microscope=MicroscopeSettings.model_validate(values))

    def brightness(self, change: Callable[[NDArray[np.float64]], Any]) -> "Ground":
        """Change the quantiles of the objects' brightness."""
        levels = change(np.array(self.microscope.brightness.quantiles))
        quantiles = tuple(float(level) for level in levels)
        changed = self.microscope.changed(brightness={"quantiles": quantiles})
        return replace(self, microscope=changed)

    def sized(self, factor: float) -> "Ground":
        """Change the size of simulated objects, but not the rendering."""
        return replace(self, simulator=rescaled(self.simulator, factor))

    def simulated(self, **changes: Any) -> "Ground":
        """Change those settings that the simulator has."""
        known = {k: v for k, v in changes.items() if hasattr(self.simulator, k)}
        return replace(self, simulator=self.simulator.changed(**known))

    def outlined(self, part: float) -> "Ground":
        """Draw outlines at a constant fraction of the objects' light."""
        return replace(self, border=replace(self.border, part=part))

    def varied(self, variation: float) -> "Ground":
        """Vary scenes more or less around the fit."""
        scenes = self.recipe.depth.scenes.changed(variation=variation)
        depth = self.recipe.depth.changed(scenes=scenes.model_dump())
        recipe = self.recipe.changed(depth=depth.model_dump())
        return replace(self, recipe=recipe)

    def sparse(self) -> "Ground":
        """Simulate a quarter of the objects, the same number in all scenes."""
        few = max(1, self.simulator.objects // 4)
        gone = {"mitoses": 0, "appearing": 0, "disappearing": 0}
        return self.simulated(objects=few, **gone).varied(0)


def _constant(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.full(len(levels), np.median(levels))


def _without_dim(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(levels, np.median(levels))


SETTINGS: Mapping[str, Callable[[Ground], Ground]] = {
    "fitted": lambda ground: ground,
    "no variation": lambda ground: ground.varied(0),
    "twice the variation": lambda ground: ground.varied(2),
    "sharp": lambda ground: ground.optics(psf_sigma=0.3),
    "blurred": lambda ground: ground.optics(psf_sigma=2.5),
    "a third of the noise": lambda ground: ground.optics(read_noise=1 / 3, gain=0.1),
    "thrice the noise": lambda ground: ground.optics(read_noise=3, gain=3),
    "no texture": lambda ground: ground.optics(texture=0),
    "one brightness": lambda ground: ground.brightness(_constant),
    "no dim objects": lambda ground: ground.brightness(_without_dim),
    "thrice as bright": lambda ground: ground.brightness(lambda levels: 3 * levels),
    "small": lambda ground: ground.sized(0.7),
    "large": lambda ground: ground.sized(1.4),
    "outlines at half maximum": lambda ground: ground.outlined(0.5),
    "outlines far out": lambda ground: ground.outlined(0.12),
    "sparse": lambda ground: ground.sparse(),
    "round": lambda ground: ground.simulated(elongation=0).varied(0),
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
            sequence = _shortened(sequence, out / name / "video", options.frames)
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
    parser.add_argument("--only", nargs="+", choices=list(VIDEOS))
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS))
    parser.add_argument("--out", type=Path, help="a folder for the runs, which is kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--frames", type=int, help="use only the first frames of a video"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="changes",
        metavar="SECTION.NAME=VALUE",
        help="a recipe setting, such as depth.steps=600; may be repeated",
    )
    return parser.parse_args(arguments)


def _shortened(sequence: Path, folder: Path, frames: int) -> Path:
    """Link the first frames of a sequence and of its ground truth."""
    short = folder / sequence.name
    # PSC's frame numbers start at 150.
    end = min(map(_number, sequence.glob("*.tif"))) + frames
    for part in ("", "_GT/TRA", "_GT/SEG", "_ST/SEG"):
        source, target = Path(f"{sequence}{part}"), Path(f"{short}{part}")
        target.mkdir(parents=True, exist_ok=True)
        for path in source.glob("*.tif"):
            link = target / path.name
            if _number(path) < end and not link.exists():
                link.symlink_to(path.resolve())
    table = sequence.with_name(f"{sequence.name}_GT") / "TRA" / "man_track.txt"
    rows = [line.split() for line in table.read_text("utf-8").splitlines()]
    kept = [
        f"{label} {begin} {min(int(last), end - 1)} {parent}"
        for label, begin, last, parent in rows
        if int(begin) < end
    ]
    target = short.with_name(f"{short.name}_GT") / "TRA" / table.name
    target.write_text("\n".join(kept) + "\n", "utf-8")
    return short


def _number(path: Path) -> int:
    """Return the number of a frame: 12 of t012.tif and man_track012.tif."""
    return int(path.stem.removeprefix("man_").lstrip("trackseg_"))


def _lines(sequence: Path, folder: Path, options: argparse.Namespace) -> Iterator[Line]:
    job = _fitted(sequence, folder / "base", options)
    asked = {"changes": options.changes, "seed": options.seed, "frames": options.frames}
    ground = Ground(
        job.simulator,
        load_renderer(job.run.done("synthesis")),
        drawn_border(job.simulator, job.scaling),
        job.scaling,
        job.recipe,
    )
    saddle = NUCLEUS_SADDLE if isinstance(job.simulator, HelaSettings) else STICK_SADDLE
    real: Observed | None = None
    for name in options.settings or SETTINGS:
        place = folder / name.replace(" ", "_")
        kept = place / "line.json"
        if kept.exists():
            line: Line = json.loads(kept.read_text(encoding="utf-8"))
            if line["asked"] == asked:
                yield line
                continue
        real = real or observe_video(job.frames, job.scaling, saddle)
        place.mkdir(parents=True, exist_ok=True)
        line = _line(SETTINGS[name](ground), real, job, place, sequence)
        line = {"setting": name, "asked": asked, **line}
        kept.write_text(json.dumps(line, indent=1), encoding="utf-8")
        yield line


def _fitted(sequence: Path, folder: Path, options: argparse.Namespace) -> Job:
    """Fit the simulator and the renderer as a run does."""
    changes = [{"seed": options.seed}, *map(parse_change, options.changes)]
    recipe = make_recipe("laptop", None, changes)
    stages = ["simulate", "synthesize"]
    if not (folder / "synthesis").exists():
        result_of(run_stages(sequence, recipe, folder, StopFlag(), None, stages))
    simulation = read_recipe(folder / RECIPE).simulation
    assert simulation is not None
    recipe = recipe.changed(simulation=simulation.model_dump())
    radius = kept_radius(folder)
    assert radius is not None
    videos = [open_video(sequence)]
    return Job(RunFolder(folder), recipe, videos, [], StopFlag(), radius)


def _line(
    ground: Ground, real: Observed, job: Job, folder: Path, sequence: Path
) -> Line:
    """Compare frames of a setting, train on them, and score the result."""
    began = process_time()
    source = SceneSource(
        ground.simulator,
        ground.microscope,
        ground.scaling,
        ground.border,
        ground.recipe.depth.scenes,
        ground.recipe.seed,
    )
    first = first_unseen(ground.recipe.depth)
    scenes = [source.labeled(first + number)[0][1:3] for number in range(PAIRS)]
    fitted = [
        render_frames(pair.video, pair.times, ground.microscope, ground.scaling, number)
        for number, pair in enumerate(fresh_pairs(ground.simulator, 0))
    ]
    foretold = _compared(scenes, real, ground.scaling, folder / TELLTALE)
    line: Line = {
        "foretold": _figures(foretold),
        "fitted": _figures(_compared(fitted, real, ground.scaling)),
        "compared_s": process_time() - began,
    }
    recipe = ground.recipe
    use = settings_for_use(recipe)
    stop = job.stop
    network, result = folder / "network", folder / "01_RES"
    result_of(train_depth(source.scene, recipe.depth, network, recipe.seed, stop, use))
    (video,) = job.videos
    model = network / MODEL
    if not result.exists():
        work = Model(model, recipe).tracking_into(video, result, stop, job.radius)
        result_of(work)
    return line | _scores(sequence, result)


def _compared(
    pairs: Sequence[NDArray[np.float32]],
    real: Observed,
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


def _scores(sequence: Path, result: Path) -> Line:
    truth, silver = (
        sequence.with_name(f"{sequence.name}_{kind}") for kind in ("GT", "ST")
    )
    scores = evaluate(truth, result, MARGIN)
    return {"DET": scores.det, "SEG": evaluate(truth, result, MARGIN, silver).seg}


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
