"""The label-free report for a synthesis engine on a real video.

Run it from the checkout: ``python benchmarks/synthesis.py`` fits the renderer to
HeLa 01 of the Cell Tracking Challenge, found in the folder that ``NAPARI_ASIST_DATA``
names or in ``../shared/data``, draws estimated annotations and prints the report.
``--run RUN`` reports on the networks of a run folder instead. No label is read.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from napari_asist.ctc import read_ctc
from napari_asist.errors import AsistError
from napari_asist.estimation.drawn_borders import drawn_border
from napari_asist.estimation.estimate import estimate_simulator
from napari_asist.events import result_of
from napari_asist.labels import LabelVideo, split_gaps
from napari_asist.scaling import IntensityScaling, fit_scaling
from napari_asist.simulation.settings import SimulatorSettings, simulators
from napari_asist.simulation.simulate import simulate_video
from napari_asist.synthesis.engines.renderer import fit_renderer, render_synthetic
from napari_asist.synthesis.report.detected import observe_video
from napari_asist.synthesis.report.files import ContactSheet, write_report
from napari_asist.synthesis.report.report import report_synthesis
from napari_asist.synthesis.synthesize import synthesize_video
from napari_asist.synthesis.synthetic_video import SyntheticVideo
from napari_asist.video import open_video
from napari_asist.workflow.joined_frames import JoinedFrames
from napari_asist.workflow.recipe import read_recipe
from napari_asist.workflow.run_folder.record import recorded_videos

DATA = Path(__file__).parents[1].parent / "shared" / "data"
HELA = "Fluo-N2DL-HeLa/01"

Frames = NDArray[np.generic] | Sequence[NDArray[np.generic]]


def main(arguments: list[str] | None = None) -> int:
    """Print a report.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--run", type=Path, help="a run folder with a finished synthesis"
    )
    parser.add_argument("--video", default=HELA, help="folder within the data folder")
    parser.add_argument("--simulator", choices=list(simulators()), default="nuclei")
    parser.add_argument(
        "--frames", type=int, default=10, help="number of synthetic frames"
    )
    parser.add_argument("--out", type=Path, help="where to save the report and picture")
    options = parser.parse_args(arguments)
    if options.run:
        try:
            _report_on_run(options.run, options.frames, options.out)
        except AsistError as error:
            print(error, file=sys.stderr)
            return 1
        return 0
    folder = Path(os.environ.get("NAPARI_ASIST_DATA", DATA)) / options.video
    if not folder.is_dir():
        print(f"Skipped: there is no {folder}; set NAPARI_ASIST_DATA to the videos.")
        return 0
    frames = np.asarray(open_video(folder).frames)
    _report_on_renderer(frames, options.simulator, options.frames, options.out)
    return 0


def _report_on_renderer(
    frames: Frames, kind: str, count: int, out: Path | None
) -> None:
    estimated = estimate_simulator(frames, kind)
    simulator = estimated.settings
    # All events of the whole video would fall into these few frames.
    still = (
        {"mitoses": 1, "appearing": 0, "disappearing": 0} if kind == "nuclei" else {}
    )
    annotation = simulate_video(simulator.changed(frames=count, **still), 0)
    scaling = fit_scaling(frames)
    with TemporaryDirectory() as folder:
        began = perf_counter()
        settings = result_of(fit_renderer(frames, simulator, Path(folder)))
        print(f"Fitting the renderer: {perf_counter() - began:.0f} s")
        print(settings.model_dump_json(exclude={"debris", "cell_cycle"}))
        drawn = result_of(
            render_synthetic(annotation, simulator, scaling, Path(folder), 0)
        )
    _print_report(frames, drawn, annotation, simulator, scaling, out)


def _report_on_run(run: Path, count: int, out: Path | None) -> None:
    recipe = read_recipe(run / "recipe.yaml")
    simulator = recipe.simulation or _estimated(run)
    paths, channel = recorded_videos(run)
    frames = JoinedFrames([open_video(path, channel).frames for path in paths])
    scaling = fit_scaling(frames.cropped(), recipe.scaling)
    whole = read_ctc(run / "simulated" / "01_GT")
    # Tracks that begin later are dropped from the table.
    annotation = split_gaps(LabelVideo(whole.labels[:count], whole.tracks))
    synthesis = run / "synthesis"
    drawn = result_of(
        synthesize_video(annotation, simulator, scaling, recipe.synthesis, synthesis, 0)
    )
    _print_report(frames.cropped(), drawn, annotation, simulator, scaling, out)


def _estimated(run: Path) -> SimulatorSettings:
    adapter: TypeAdapter[SimulatorSettings] = TypeAdapter(SimulatorSettings)
    kept = json.loads((run / "estimate.json").read_text(encoding="utf-8"))
    return adapter.validate_python(kept["simulation"])


def _print_report(
    frames: Frames,
    drawn: SyntheticVideo,
    annotation: LabelVideo,
    simulator: SimulatorSettings,
    scaling: IntensityScaling,
    out: Path | None,
) -> None:
    began = perf_counter()
    real = observe_video(frames, scaling, simulator.saddle)
    observed = perf_counter()
    report = report_synthesis(
        drawn.images,
        drawn.annotation(annotation),
        real,
        scaling,
        masks=drawn.masks,
        border=drawn_border(simulator, scaling),
    )
    reported = perf_counter()
    print(f"Observing the video: {observed - began:.1f} s")
    print(f"Reporting on {len(annotation)} frames: {reported - observed:.1f} s")
    print(report.summary())
    if out:
        shown = [scaling.apply(np.asarray(frames[time])) for time in real.times[::2]]
        write_report(out, report, ContactSheet(shown, drawn.images, annotation.labels))


if __name__ == "__main__":
    sys.exit(main())
