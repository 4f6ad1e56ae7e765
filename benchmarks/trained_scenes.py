"""Train networks on changed scenes, for benchmarks that compare such changes.

The simulator and the microscope are fitted to a video once, as in a run. For each
change to the fit, or to what scenes contain, a separate network is then trained, which
tracks the video. The ground truth is read last.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from challenge_data import MARGIN
from numpy.typing import NDArray

from napari_asist.depth.scenes import Scene, SceneSource
from napari_asist.depth.train import train_depth
from napari_asist.estimation.drawn_borders import DrawnBorder, drawn_border
from napari_asist.evaluation import evaluate
from napari_asist.events import StopFlag, result_of
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.rescale import rescaled
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.synthesis.engines.renderer import load_renderer
from napari_asist.video import open_video
from napari_asist.workflow.model import Model
from napari_asist.workflow.model_file import MODEL
from napari_asist.workflow.recipe import Recipe, make_recipe, parse_change, read_recipe
from napari_asist.workflow.run import run_stages, with_smallest_track
from napari_asist.workflow.run_folder.folder import RECIPE, RunFolder
from napari_asist.workflow.scale import kept_radius
from napari_asist.workflow.stages import Job, settings_for_use


class Scenes(Protocol):
    """A source of scenes, each with its own number."""

    def scene(self, number: int) -> Scene:
        """Draw scene ``number``, which is the same in every process."""
        ...


VIDEOS = {"hela": "Fluo-N2DL-HeLa/01", "psc": "PhC-C2DL-PSC/01"}
"""The sequences in the folder of the challenge's data, by name."""


@dataclass(frozen=True)
class Fitted:
    """A simulator and a microscope fitted to a video, and ways to change them.

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

    @property
    def scenes(self) -> SceneSource:
        """The scenes from which a network learns."""
        return SceneSource(
            self.simulator,
            self.microscope,
            self.scaling,
            self.border,
            self.recipe.depth.scenes,
            self.recipe.seed,
        )

    def with_scenes(self, **changes: Any) -> "Fitted":
        """Change the settings of the scenes."""
        scenes = self.recipe.depth.scenes.changed(**changes)
        depth = self.recipe.depth.changed(scenes=scenes.model_dump())
        return replace(self, recipe=self.recipe.changed(depth=depth.model_dump()))

    def seeded(self, seed: int) -> "Fitted":
        """Draw other scenes, and start from other weights."""
        return replace(self, recipe=self.recipe.changed(seed=seed))

    def optics(self, **factors: float) -> "Fitted":
        """Multiply settings of the microscope, within their bounds."""
        values = self.microscope.model_dump()
        for name, factor in factors.items():
            values[name] *= factor
        if "psf_sigma" in factors:  # an image in focus has no blur to multiply
            values["psf_sigma"] += max(factors["psf_sigma"] - 1, 0)
        return replace(self, microscope=MicroscopeSettings.model_validate(values))

    def brightness(self, change: Callable[[NDArray[np.float64]], Any]) -> "Fitted":
        """Change the quantiles of the objects' brightness."""
        levels = change(np.array(self.microscope.brightness.quantiles))
        quantiles = tuple(float(level) for level in levels)
        changed = self.microscope.changed(brightness={"quantiles": quantiles})
        return replace(self, microscope=changed)

    def sized(self, factor: float) -> "Fitted":
        """Change the size of simulated objects, but not the rendering."""
        return replace(self, simulator=rescaled(self.simulator, factor))

    def simulated(self, **changes: Any) -> "Fitted":
        """Change those settings that the simulator has."""
        known = {k: v for k, v in changes.items() if hasattr(self.simulator, k)}
        return replace(self, simulator=self.simulator.changed(**known))

    def outlined(self, part: float) -> "Fitted":
        """Draw outlines at a constant fraction of the objects' light."""
        return replace(self, border=replace(self.border, part=part))

    def varied(self, variation: float) -> "Fitted":
        """Vary scenes more or less around the fit."""
        return self.with_scenes(variation=variation)

    def sparse(self) -> "Fitted":
        """Simulate a quarter of the objects, the same number in all scenes."""
        few = max(1, self.simulator.objects // 4)
        gone = {"mitoses": 0, "appearing": 0, "disappearing": 0}
        return self.simulated(objects=few, **gone).varied(0)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the videos, their frames and the recipe's settings."""
    parser.add_argument("--only", nargs="+", choices=list(VIDEOS))
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


def fitted_job(
    sequence: Path, folder: Path, changes: Sequence[str], seed: int = 0
) -> Job:
    """Fit the simulator and the renderer as in a run, or load them from its folder.

    Parameters
    ----------
    sequence : Path
    folder : Path
        The run folder.
    changes : sequence of str
        Recipe settings, as for ``--set``.
    seed : int
    """
    recipe = make_recipe("laptop", None, [{"seed": seed}, *map(parse_change, changes)])
    stages = ["simulate", "synthesize"]
    if not (folder / "synthesis").exists():
        result_of(run_stages(sequence, recipe, folder, StopFlag(), None, stages))
    simulation = read_recipe(folder / RECIPE).simulation
    assert simulation is not None
    recipe = recipe.changed(simulation=simulation.model_dump())
    radius = kept_radius(folder)
    assert radius is not None
    recipe = with_smallest_track(recipe, radius)
    videos = [open_video(sequence)]
    return Job(RunFolder(folder), recipe, videos, [], StopFlag(), radius)


def fitted_to(job: Job) -> Fitted:
    """Return the simulator and the microscope that `fitted_job` has fitted."""
    microscope = load_renderer(job.run.done("synthesis"))
    border = drawn_border(job.simulator, job.scaling)
    return Fitted(job.simulator, microscope, border, job.scaling, job.recipe)


def tracked(
    fitted: Fitted, job: Job, folder: Path, scenes: Scenes | None = None
) -> Path:
    """Train a network on scenes and track the video; return the result folder.

    An existing result is not recomputed.

    Parameters
    ----------
    fitted : Fitted
    job : Job
    folder : Path
    scenes : Scenes, optional
        Used instead of the scenes of the fit.
    """
    recipe, stop = fitted.recipe, job.stop
    network, result = folder / "network", folder / "01_RES"
    if not result.exists():
        use = settings_for_use(recipe, job.radius)
        draw = (scenes or fitted.scenes).scene
        result_of(train_depth(draw, recipe.depth, network, recipe.seed, stop, use))
        (video,) = job.videos
        model = Model(network / MODEL, recipe)
        result_of(model.tracking_into(video, result, stop, job.radius))
    return result


def scores(sequence: Path, result: Path) -> Mapping[str, float | None]:
    """Score a result; SEG is against the silver truth unless the key says gold."""
    truth, silver = (
        sequence.with_name(f"{sequence.name}_{kind}") for kind in ("GT", "ST")
    )
    found = evaluate(truth, result, MARGIN)
    return {
        "DET": found.det,
        "SEG": evaluate(truth, result, MARGIN, silver).seg,
        "SEG gold": found.seg,
        "TRA": found.tra,
        "division F1": found.division_f1,
    }


def table_of_means(
    heading: str, rows: Mapping[Any, Sequence[Mapping[str, float | None]]]
) -> Iterator[str]:
    """Yield the lines of a Markdown table with the mean of each row's scores.

    Parameters
    ----------
    heading : str
        Of the first column, which has the keys of the rows.
    rows : mapping of sequence of mapping
        For each row, the scores by column of each seed; unknown ones do not count.
    """
    titles = list(next(iter(rows.values()))[0])
    yield f"| {heading} | {' | '.join(titles)} |"
    yield "| --- |" + " --- |" * len(titles)
    for name, lines in rows.items():
        cells = []
        for title in titles:
            known = [score for line in lines if (score := line[title]) is not None]
            cells.append(shown(sum(known) / len(known) if known else None))
        yield f"| {name} | {' | '.join(cells)} |"


def shown(value: float | None) -> str:
    """Return a score for a table; None is unknown."""
    return "–" if value is None else f"{value:.4f}"


def shortened(sequence: Path, folder: Path, frames: int) -> Path:
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
