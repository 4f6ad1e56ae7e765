"""Tracking with trained networks: both engines, linkers, tiles, where the time goes.

Run it from the checkout with the folders of runs that have trained their networks,
one for each engine: ``python benchmarks/tracking.py RUN_RSHN RUN_DEPTH``, or have it
train both first, for a given number of steps: ``--train 8000 3000 --out DIR`` (the RSHN
of the preset ``paper-small`` and the depth network of ``laptop``, both on the
renderer's frames). Each network tracks HeLa 01 of the Cell Tracking Challenge, found in
the folder that ``NAPARI_ASIST_DATA`` names or in ``../shared/data``, in its own
process, and the ground truth scores the written result. A few frames are tracked before
timing starts.

``RUN_RSHN --linkers`` tracks with each linker of the engine RSHN instead; each window
of the video is embedded and clustered once, for both. ``RUN_RSHN --tiles`` compares
tiles with whole frames.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from math import pi
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from challenge_data import MARGIN, data_folder
from timed_command import run_command

from napari_asist.ctc import write_ctc
from napari_asist.depth.maps import load_depth_model
from napari_asist.embedding.embedder import load_embedder
from napari_asist.estimation.object_scale import object_radius
from napari_asist.evaluation import evaluate
from napari_asist.events import result_of
from napari_asist.labels import LabelArray, LabelVideo, relabel
from napari_asist.resampling import STANDARD_RADIUS, scale_factor
from napari_asist.scaling import IntensityScaling, fit_scaling
from napari_asist.tracking.depth.evidence import Evidence
from napari_asist.tracking.depth.grid import Grid
from napari_asist.tracking.depth.linked_frames import DepthChains
from napari_asist.tracking.depth.objects import segment
from napari_asist.tracking.depth.track import repair as repair_depth
from napari_asist.tracking.linking.linked_frames import Chains
from napari_asist.tracking.repair.tracks import Tracks, blank_labels
from napari_asist.tracking.segmentation.regions import overlaps
from napari_asist.tracking.segmentation.windows import Embed, Piece, pieces
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.tracking.track import repair
from napari_asist.video import Video, open_video
from napari_asist.workflow.hold_out import calibrated
from napari_asist.workflow.joined_frames import at_scale
from napari_asist.workflow.model import find_model
from napari_asist.workflow.recipe import Recipe, read_recipe
from napari_asist.workflow.run_folder.fingerprint import hash_frames
from napari_asist.workflow.scale import in_shape, kept_radius, kind_of

LINKERS = ("overlap", "assignment")
TILES = ((0, 128), (512, 128), (384, 128), (256, 128))
SAME = 0.7
"""Minimum intersection over union of two outlines of the same object."""

TRAINED = {
    "embedding": (
        "paper-small",
        "synthesis.engine=renderer",
        "refinement.deformation=none",
        "refinement.prefilter=false",
        "refinement.cleaning=false",
    ),
    "depth": ("laptop",),
}
"""Preset and changes used to train a network of each engine."""

WARM_UP = 3
"""Frames tracked before timing starts, so that all code is compiled."""

READING, NETWORK, OBJECTS = "reading, scaling", "network", "segmentation"
LINKING, REPAIR, WRITING = "linking", "repair, divisions", "resolution, writing"
PARTS = (READING, NETWORK, OBJECTS, LINKING, REPAIR, WRITING)
COLUMNS = ("DET", "SEG", "silver", "TRA", "LNK", "division F1", "found")


def main(arguments: list[str] | None = None) -> int:
    """Print the tables.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="*", help="run folders")
    parser.add_argument(
        "--video", default="Fluo-N2DL-HeLa/01", help="folder within the data folder"
    )
    parser.add_argument("--margin", type=int, default=MARGIN, help="for scores, in px")
    parser.add_argument("--frames", type=int, help="only the first frames, unscored")
    parser.add_argument(
        "--train",
        type=int,
        nargs=2,
        metavar=("RSHN", "DEPTH"),
        help="number of steps for each",
    )
    parser.add_argument("--out", type=Path, help="folder for the trained runs")
    parser.add_argument("--linkers", action="store_true", help="compare linkers")
    parser.add_argument("--tiles", action="store_true", help="compare tiles")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    path = data_folder() / options.video
    runs = list(options.runs)
    if options.train:
        if options.out is None:
            parser.error("--train: set a folder for the runs with --out")
        runs += _trained(path, options.train, options.out)
    if not runs:
        parser.error("specify a run folder of each engine, or use --train")
    truth = None if options.frames else path.with_name(f"{path.name}_GT")
    if options.one:
        print(json.dumps(_measured(runs[0], path, options.frames, truth, options)))
    elif options.linkers or options.tiles:
        _compare_within_rshn(runs[0], path, truth, options)
    else:
        _compare_engines(runs, options)
    return 0


class Clock:
    """Sum the seconds of named parts of the work."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, name: str) -> None:
        """Add the time since the last lap to a part."""
        now = perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self._last = now


def _trained(video: Path, steps: tuple[int, int], out: Path) -> Iterator[Path]:
    """Train a network of each engine, and print how long that takes."""
    for (section, (preset, *changes)), count in zip(
        TRAINED.items(), steps, strict=True
    ):
        run = out / section
        command = ["run", str(video), "--out", str(run), "--preset", preset]
        for change in (*changes, f"{section}.steps={count}"):
            command += ["--set", change]
        command += ["--until", "train"]
        spent = run_command(command, out / f"{section}-log")
        print(
            f"{section}, {count} steps: {spent.seconds:.0f} s to the trained network "
            f"({spent.cpu_seconds:.0f} CPU s, {spent.mib:.0f} MiB)",
            flush=True,
        )
        yield run


def _compare_engines(runs: list[Path], options: argparse.Namespace) -> None:
    """Track with each run's network in its own process."""
    rows = []
    for run in runs:
        command = [sys.executable, __file__, str(run), "--one"]
        command += ["--video", options.video, "--margin", str(options.margin)]
        if options.frames:
            command += ["--frames", str(options.frames)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    print(f"{options.video}, load {os.getloadavg()[0]:.1f}")
    print(f"{'':<20}" + "".join(f"{row['engine']:>12}" for row in rows))
    for part in PARTS:
        seconds = "".join(f"{row['seconds'].get(part, 0):>10.1f} s" for row in rows)
        print(f"{part:<20}{seconds}")
    totals = [sum(row["seconds"].values()) for row in rows]
    print(f"{'total':<20}" + "".join(f"{total:>10.1f} s" for total in totals))
    ratios = "".join(f"{totals[0] / total:>12.1f}" for total in totals)
    print(f"{'times faster':<20}{ratios}")
    print(f"{'memory, MiB':<20}" + "".join(f"{row['mib']:>12.0f}" for row in rows))
    for name in COLUMNS if "scores" in rows[0] else ():
        print(f"{name:<20}" + "".join(f"{row['scores'][name]:>12}" for row in rows))


def _measured(
    run: Path,
    path: Path,
    count: int | None,
    truth: Path | None,
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Track with a run's network; return seconds, memory and scores."""
    recipe = read_recipe(run / "recipe.yaml")
    video = open_video(path)
    factor = _factor(run, video, recipe)
    with TemporaryDirectory() as name:
        folder = Path(name)
        _tracked(run, recipe, video, factor, WARM_UP, folder / "warm-up")
        clock = _tracked(run, recipe, video, factor, count, folder / "01_RES")
        row: dict[str, Any] = {
            "engine": recipe.engine,
            "seconds": clock.seconds,
            "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        if truth is not None:
            row["scores"] = _scores(truth, folder / "01_RES", options.margin)
    return row


def _factor(run: Path, video: Video, recipe: Recipe) -> float:
    """Return the factor by which the video is resampled: the run's, or estimated."""
    digest = result_of(hash_frames(video.frames, video.name))
    radius = recipe.scale.object_radius or kept_radius(run, digest)
    return scale_factor(
        radius or object_radius(video.frames, kind_of(recipe) or "nuclei")
    )


def _tracked(
    run: Path,
    recipe: Recipe,
    video: Video,
    factor: float,
    count: int | None,
    result: Path,
) -> Clock:
    """Track the first frames, or all, and write a result folder."""
    model, _ = find_model(run)
    clock = Clock()
    frames = at_scale(video.frames[:count], factor)
    scaling = fit_scaling(at_scale(video.frames, factor), recipe.scaling)
    clock.lap(READING)
    scratch = result.with_name(f"{result.name}-scratch")
    shape = (len(frames), *video.frames.shape[1:])
    if recipe.engine == "depth":
        tracks = _of_depth(model, recipe, frames, scaling, shape, scratch, clock)
    else:
        tracks = _of_rshn(model, recipe, frames, scaling, scratch, clock)
    clock.lap(REPAIR)
    tracked: LabelVideo = in_shape(tracks.video(video.first_frame), shape, scratch)
    write_ctc(relabel(tracked).checked(), result)
    clock.lap(WRITING)
    return clock


def _of_depth(
    model: Path,
    recipe: Recipe,
    frames: Any,
    scaling: IntensityScaling,
    shape: tuple[int, ...],
    scratch: Path,
    clock: Clock,
) -> Tracks:
    """Do the same as `track_maps`, part by part."""
    settings = recipe.depth_tracking
    network = load_depth_model(model, recipe.depth.device)
    network.network.register_forward_pre_hook(lambda *_: clock.lap(READING))
    network.network.register_forward_hook(lambda *_: clock.lap(NETWORK))
    field = (shape[1], shape[2])
    chains = DepthChains(blank_labels(shape, scratch), settings, scratch)
    evidence = Evidence()
    grid = Grid(field, field, STANDARD_RADIUS)
    for maps in network.maps(frames, scaling):
        clock.lap(NETWORK)
        grid = Grid(field, maps.foreground.shape, STANDARD_RADIUS)
        found = segment(maps, grid, settings)
        clock.lap(OBJECTS)
        objects = chains.add(found, maps.offset, grid)
        evidence.add(objects.peaks.astype(np.int32), objects.confidence)
        clock.lap(LINKING)
    tracks = Tracks(chains.labels, scratch)
    repair_depth(tracks, evidence, pi * grid.video_radius**2, settings)
    return tracks


def _of_rshn(
    model: Path,
    recipe: Recipe,
    frames: Any,
    scaling: IntensityScaling,
    scratch: Path,
    clock: Clock,
) -> Tracks:
    """Do the same as `track_video`, part by part."""
    settings = calibrated(recipe.tracking, model)
    embed = _timed(load_embedder(model, recipe.embedding.device), clock)
    chains = Chains(blank_labels(frames.shape, scratch), settings, scratch)
    for piece in pieces(frames, embed, scaling, settings):
        clock.lap(OBJECTS)
        chains.add(piece)
        clock.lap(LINKING)
    tracks = Tracks(chains.labels, scratch)
    repair(tracks, settings)
    return tracks


def _timed(embed: Embed, clock: Clock) -> Embed:
    def timed(clip: np.ndarray) -> np.ndarray:
        clock.lap(READING)
        embedding = embed(clip)
        clock.lap(NETWORK)
        return embedding

    return timed


def _compare_within_rshn(
    run: Path, path: Path, truth: Path | None, options: argparse.Namespace
) -> None:
    recipe = read_recipe(run / "recipe.yaml")
    model, _ = find_model(run)
    video = open_video(path)
    frames = at_scale(video.frames, _factor(run, video, recipe))
    scaling = fit_scaling(frames, recipe.scaling)
    settings = calibrated(recipe.tracking, model)
    embed = load_embedder(model, recipe.embedding.device)
    load = os.getloadavg()[0]
    print(f"{options.video}, foreground level {settings.level}, load {load:.1f}")
    frames = frames[: options.frames]
    if options.tiles:
        _compare_tiles(frames, embed, scaling, settings)
    else:
        _compare_linkers(video, frames, embed, scaling, settings, truth, options.margin)


def _compare_linkers(
    video: Video,
    frames: LabelArray,
    embed: Embed,
    scaling: IntensityScaling,
    settings: TrackingSettings,
    truth: Path | None,
    margin: int,
) -> None:
    clock = Clock()

    chains = {
        linker: Chains(
            blank_labels(frames.shape, None), settings.changed(linker=linker), None
        )
        for linker in LINKERS
    }
    for piece in pieces(frames, _timed(embed, clock), scaling, settings):
        clock.lap(OBJECTS)
        for linker, chain in chains.items():
            chain.add(piece)
            clock.lap(f"{linker}: linking")
    print(f"{'linker':12}" + "".join(f"{name:>12}" for name in COLUMNS))
    with TemporaryDirectory() as folder:
        for linker, chain in chains.items():
            tracks = Tracks(chain.labels)
            clock.lap("")
            repair(tracks, settings.changed(linker=linker))
            clock.lap(f"{linker}: repair, divisions")
            result = Path(folder) / linker / "01_RES"
            shape = (len(frames), *video.frames.shape[1:])
            tracked = in_shape(tracks.video(video.first_frame), shape)
            write_ctc(relabel(tracked).checked(), result)
            clock.lap(f"{linker}: checking, writing")
            if truth is not None:
                scores = _scores(truth, result, margin).values()
                cells = "".join(f"{value:>12}" for value in scores)
                print(f"{linker:12}{cells}", flush=True)
    seconds = {name: time for name, time in clock.seconds.items() if name}
    shared = sum(time for name, time in seconds.items() if ":" not in name)
    for linker in LINKERS:
        own = sum(time for name, time in seconds.items() if name.startswith(linker))
        print(f"{linker}: {shared + own:.0f} s for {len(frames)} frames")
    for name, time in sorted(seconds.items(), key=lambda part: -part[1]):
        print(f"  {name:36}{time:8.1f} s")


def _scores(truth: Path, result: Path, margin: int) -> dict[str, str]:
    scores = evaluate(truth, result, margin)
    silver = truth.with_name(truth.name.replace("_GT", "_ST"))
    dense = evaluate(truth, result, margin, silver).seg if silver.is_dir() else None
    values = (scores.det, scores.seg, dense, scores.tra, scores.lnk, scores.division_f1)
    found = f"{scores.divisions_found}/{scores.divisions}+{scores.false_divisions}"
    cells = ["-" if value is None else f"{value:.4f}" for value in values]
    return dict(zip(COLUMNS, (*cells, found), strict=True))


def _compare_tiles(
    frames: LabelArray,
    embed: Embed,
    scaling: IntensityScaling,
    settings: TrackingSettings,
) -> None:
    """Print the fraction of objects that tiles outline as whole frames do."""
    whole: list[LabelArray] = []
    for tile, overlap in TILES:
        changed = settings.changed(tile=tile, overlap=overlap)
        began = perf_counter()
        found = list(_frames(pieces(frames, embed, scaling, changed)))
        seconds = perf_counter() - began
        whole = whole or found
        print(
            f"tile {tile or 'none':>5}: {_shared(whole, found):.4f} of the objects "
            f"have the same outline (Jaccard {SAME} or more), {seconds:.0f} s",
            flush=True,
        )


def _frames(found: Iterator[Piece]) -> Iterator[LabelArray]:
    for piece in found:
        yield from piece.labels[1 if piece.first else 0 :]


def _shared(one: list[LabelArray], other: list[LabelArray]) -> float:
    alike = sum(
        int(np.count_nonzero(overlaps(a, b).iou >= SAME))
        for a, b in zip(one, other, strict=True)
    )
    return 2 * alike / sum(len(np.unique(frame)) - 1 for frame in (*one, *other))


if __name__ == "__main__":
    sys.exit(main())
