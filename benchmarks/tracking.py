"""Tracking with the network of a run: linkers, tiles, and where the time goes.

Run it from the checkout with the folder of a run that has trained its network:
``python benchmarks/tracking.py RUN``. The run's network tracks HeLa 01 of the Cell
Tracking Challenge, found in the folder that ``NAPARI_ASIST_DATA`` names or in
``../shared/data``, with each linker, and its ground truth scores the results. Each
window of the video is embedded and clustered once, for both.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from napari_asist.ctc import write_ctc
from napari_asist.embedding.embedder import load_embedder
from napari_asist.evaluation import evaluate
from napari_asist.labels import LabelArray, relabel
from napari_asist.scaling import IntensityScaling, fit_scaling
from napari_asist.tracking.chains import Chains
from napari_asist.tracking.regions import overlaps
from napari_asist.tracking.scratch import blank_labels
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.tracking.track import repair
from napari_asist.tracking.tracks import Tracks
from napari_asist.tracking.windows import Embed, pieces
from napari_asist.video import Video, open_video
from napari_asist.workflow.hold_out import calibrated
from napari_asist.workflow.recipe import read_recipe

DATA = Path(__file__).parents[1].parent / "shared" / "data"
LINKERS = ("overlap", "assignment")
TILES = ((0, 128), (512, 128), (384, 128), (256, 128))
SAME = 0.7
"""Intersection over union from which two outlines are of one object."""


def main(arguments: list[str] | None = None) -> int:
    """Print the tables.

    Parameters
    ----------
    arguments : list of str, optional
        The command line's by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="a run folder with its embedding")
    parser.add_argument("--video", default="Fluo-N2DL-HeLa/01", help="below the data")
    parser.add_argument("--margin", type=int, default=25, help="of the scores, in px")
    parser.add_argument("--frames", type=int, help="the first frames alone, unscored")
    parser.add_argument("--tiles", action="store_true", help="compare tiles instead")
    options = parser.parse_args(arguments)
    root = Path(os.environ.get("NAPARI_ASIST_DATA", DATA))
    recipe = read_recipe(options.run / "recipe.yaml")
    model = options.run / "embedding" / "model.safetensors"
    video = open_video(root / options.video)
    scaling = fit_scaling(video.frames, recipe.scaling)
    settings = calibrated(recipe.tracking, model)
    embed = load_embedder(model, recipe.embedding.device)
    load = os.getloadavg()[0]
    print(f"{options.video}, foreground level {settings.level}, load {load:.1f}")
    frames = video.frames[: options.frames]
    if options.tiles:
        _compare_tiles(frames, embed, scaling, settings)
    else:
        truth = None if options.frames else (root / f"{options.video}_GT")
        _compare_linkers(video, frames, embed, scaling, settings, truth, options.margin)
    return 0


class Clock:
    """Adds up the seconds of named parts of the work."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, name: str) -> None:
        """Book the time since the last lap on a part."""
        now = perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self._last = now


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

    def timed(clip: np.ndarray) -> np.ndarray:
        clock.lap("reading, scaling")
        embedding = embed(clip)
        clock.lap("embedding")
        return embedding

    chains = {
        linker: Chains(
            blank_labels(frames.shape, None), settings.changed(linker=linker), None
        )
        for linker in LINKERS
    }
    for piece in pieces(frames, timed, scaling, settings):
        clock.lap("clustering, instances")
        for linker, chain in chains.items():
            chain.add(piece)
            clock.lap(f"{linker}: linking")
    header = ("linker", "DET", "SEG", "silver", "TRA", "LNK", "division F1", "found")
    print(("{:12}" + "{:>12}" * 7).format(*header))
    with TemporaryDirectory() as folder:
        for linker, chain in chains.items():
            tracks = Tracks(chain.labels)
            clock.lap("")
            repair(tracks, settings.changed(linker=linker))
            clock.lap(f"{linker}: repair, divisions")
            result = Path(folder) / linker / "01_RES"
            write_ctc(relabel(tracks.video(video.first_frame)).checked(), result)
            clock.lap(f"{linker}: checking, writing")
            if truth is not None:
                _print_scores(linker, truth, result, margin)
    seconds = {name: time for name, time in clock.seconds.items() if name}
    shared = sum(time for name, time in seconds.items() if ":" not in name)
    for linker in LINKERS:
        own = sum(time for name, time in seconds.items() if name.startswith(linker))
        print(f"{linker}: {shared + own:.0f} s for {len(frames)} frames")
    for name, time in sorted(seconds.items(), key=lambda part: -part[1]):
        print(f"  {name:36}{time:8.1f} s")


def _print_scores(linker: str, truth: Path, result: Path, margin: int) -> None:
    scores = evaluate(truth, result, margin)
    silver = truth.with_name(truth.name.replace("_GT", "_ST"))
    dense = evaluate(truth, result, margin, silver).seg if silver.is_dir() else None
    values = (scores.det, scores.seg, dense, scores.tra, scores.lnk, scores.division_f1)
    found = f"{scores.divisions_found}/{scores.divisions}+{scores.false_divisions}"
    cells = ["-" if value is None else f"{value:.4f}" for value in values]
    print(("{:12}" + "{:>12}" * 7).format(linker, *cells, found), flush=True)


def _compare_tiles(
    frames: LabelArray,
    embed: Embed,
    scaling: IntensityScaling,
    settings: TrackingSettings,
) -> None:
    """Print how much of the objects of whole frames other tiles find alike."""
    whole: list[LabelArray] = []
    for tile, overlap in TILES:
        changed = settings.changed(tile=tile, overlap=overlap)
        began = perf_counter()
        found = list(_frames(pieces(frames, embed, scaling, changed)))
        seconds = perf_counter() - began
        whole = whole or found
        print(
            f"tile {tile or 'none':>5}: {_shared(whole, found):.4f} of the objects "
            f"have an outline in common (Jaccard {SAME} or more), {seconds:.0f} s",
            flush=True,
        )


def _frames(found: Iterator) -> Iterator[LabelArray]:
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
