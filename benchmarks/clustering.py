"""Time to cluster an embedding, compared with scikit-learn's methods.

Run it from the checkout: ``python benchmarks/clustering.py``, with ``--quick`` to skip
HDBSCAN, which takes minutes. Embeddings are simulated (`embedding_scenes`). Scores
are adjusted Rand indices over all pixels.

``--scene local`` (as a network gives it): objects far apart share directions, so all
methods need positions. The peers, which use a single distance, get them as two
additional coordinates, scaled so that the radius of mean shift counts as much as its
bandwidth, the same everywhere in the frame.

``--scene global``: each object has its own direction, so the peers get only the
vectors. Ours uses a radius larger than the frame, so its window does not help either:
positions only determine where seeds begin, in spots of adjacent pixels.

scikit-learn's MeanShift shifts a sample of 5,000 pixels, and the others are assigned to
the nearest mode. DBSCAN runs with five radii; the best score is shown, with the time of
that run alone. Pixels that DBSCAN and HDBSCAN label as noise are assigned to the
cluster with the nearest mean, because every pixel belongs to an object here.

The second table, for the local scene, shows the elapsed time, the CPU time (also as µs
per pixel) and the memory in addition to the embedding's, as reported by Linux.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import torch
from embedding_scenes import Scene, frame_pair
from numpy.typing import NDArray
from sklearn.cluster import DBSCAN, HDBSCAN, MeanShift
from sklearn.metrics import adjusted_rand_score, pairwise_distances_argmin

from napari_asist.tracking.clustering.mean_shift import cluster
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.training.device import choose_device

SETTINGS = TrackingSettings()
WHOLE_FRAME = SETTINGS.changed(radius=10_000)
SAMPLE = 5000
REPEATS = 3
LEAST = 25
"""Smallest cluster of HDBSCAN, smallest neighborhood of DBSCAN, as published."""
DBSCAN_RADII = (0.1, 0.15, 0.2, 0.25, 0.3)
GROWTH = (10_000, 100_000, 1_000_000)
PEAK = Path("/proc/self/clear_refs")
Clusters = NDArray[np.integer]


def main(arguments: list[str] | None = None) -> int:
    """Print a table of methods and one of numbers of pixels.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scene", choices=("local", "global"), default="local")
    parser.add_argument("--pixels", type=int, default=100_000)
    parser.add_argument("--noise", type=float, default=0.08)
    parser.add_argument("--device", default="cpu", help="for our method only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="without HDBSCAN")
    parser.add_argument("--growth-only", action="store_true")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    device = choose_device(options.device)
    scene = frame_pair(options.pixels, options.scene, options.noise, options.seed)
    if options.once:
        _print_growth(scene, options.seed, device)
        return 0
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        f"Scene {options.scene}, noise {options.noise}, seed {options.seed}, "
        f"{os.cpu_count()} cores, {torch.get_num_threads()} threads "
        f"(ours on the CPU: 1), load {load}, {device}"
    )
    if not options.growth_only:
        _print_methods(scene, options.scene, options.seed, device, options.quick)
    if options.scene == "global":
        return 0
    print(f"{'pixels':>12}{'objects':>9}{'s':>8}{'core s':>8}{'µs each':>9}", end="")
    print(f"{'ARI':>8}{'clusters':>10}{'MiB':>7}")
    for n_pixels in GROWTH:  # each in its own process, to get its peak memory
        own = ["--once", "--pixels", str(n_pixels), "--device", str(device)]
        own += ["--scene", options.scene, "--noise", str(options.noise)]
        own += ["--seed", str(options.seed)]
        subprocess.run([sys.executable, __file__, *own], check=True)
    return 0


def _print_methods(
    scene: Scene, kind: str, seed: int, device: torch.device, quick: bool
) -> None:
    n_objects = len(np.unique(scene.truth))
    print(f"{len(scene.truth):,} pixels of {n_objects} objects")
    print(f"{'method':<28}{'s':>8}{'ARI':>8}{'clusters':>10}{'ratio':>8}")
    settings = WHOLE_FRAME if kind == "global" else SETTINGS
    ours, found = _timed(lambda: _ours(scene, seed, device, settings), REPEATS)
    _print_row("ours", ours, found, scene, ours)
    points = _points(scene, kind)
    modes, found = _timed(lambda: _mean_shift(points, seed))
    _print_row(f"MeanShift, sample of {SAMPLE:,}", modes, found, scene, ours)
    runs = [
        (radius, *_timed(partial(_dbscan, points, radius))) for radius in DBSCAN_RADII
    ]
    best = max(runs, key=lambda run: adjusted_rand_score(scene.truth, run[2]))
    _print_row(f"DBSCAN, radius {best[0]}", *best[1:], scene, ours)
    if not quick:
        _print_row("HDBSCAN", *_timed(lambda: _hdbscan(points)), scene, ours)


def _print_growth(scene: Scene, seed: int, device: torch.device) -> None:
    _ours(
        frame_pair(GROWTH[0], "local", 0.08, seed), seed, device
    )  # loads everything needed
    before = _memory("VmRSS")
    PEAK.write_text("5")  # resets the peak to the current memory
    began = process_time()
    seconds, found = _timed(lambda: _ours(scene, seed, device), REPEATS)
    used = (process_time() - began) / REPEATS
    n_pixels = len(scene.truth)
    print(
        f"{n_pixels:>12,}{len(np.unique(scene.truth)):>9,}{seconds:>8.2f}{used:>8.2f}"
        f"{used / n_pixels * 1e6:>9.1f}"
        f"{adjusted_rand_score(scene.truth, found):>8.4f}"
        f"{_n_clusters(found):>10,}{_memory('VmHWM') - before:>7.0f}"
    )


def _ours(
    scene: Scene,
    seed: int,
    device: torch.device,
    settings: TrackingSettings = SETTINGS,
) -> Clusters:
    return cluster(scene.vectors, scene.places, settings, seed, device)


def _points(scene: Scene, kind: str) -> NDArray[np.float32]:
    """Return the points that the peers cluster by Euclidean distance."""
    if kind == "global":
        return scene.vectors
    scale = np.float32(_bandwidth() / SETTINGS.radius)
    return np.hstack([scene.vectors, scale * scene.places])


def _bandwidth() -> float:
    """Return the distance of unit vectors that corresponds to our bandwidth."""
    return float(np.sqrt(2 * SETTINGS.bandwidth))


def _mean_shift(points: NDArray[np.float32], seed: int) -> Clusters:
    rng = np.random.default_rng(seed)
    sample = rng.choice(points, min(SAMPLE, len(points)), replace=False)
    # Seeds from bins are at the bins' corners, far from any pixel in 16 dimensions.
    model = MeanShift(bandwidth=_bandwidth(), n_jobs=os.cpu_count()).fit(sample)
    return np.asarray(model.predict(points))


def _dbscan(points: NDArray[np.float32], radius: float) -> Clusters:
    return _settled(points, DBSCAN(eps=radius, min_samples=LEAST).fit_predict(points))


def _hdbscan(points: NDArray[np.float32]) -> Clusters:
    model = HDBSCAN(min_cluster_size=LEAST, n_jobs=os.cpu_count(), copy=True)
    return _settled(points, model.fit_predict(points))


def _settled(points: NDArray[np.float32], found: Clusters) -> Clusters:
    """Assign pixels labeled as noise to the cluster with the nearest mean."""
    names = np.unique(found[found >= 0])
    if not len(names):
        return found
    means = np.stack([points[found == name].mean(axis=0) for name in names])
    nearest = pairwise_distances_argmin(points[found < 0], means)
    found = found.copy()
    found[found < 0] = names[nearest]
    return found


def _timed(method: Callable[[], Clusters], repeats: int = 1) -> tuple[float, Clusters]:
    """Return the median time and the clusters."""
    times = []
    for _ in range(repeats):
        began = perf_counter()
        found = method()
        times.append(perf_counter() - began)
    return median(times), found


def _print_row(
    name: str, seconds: float, found: Clusters, scene: Scene, ours: float
) -> None:
    score = adjusted_rand_score(scene.truth, found)
    print(
        f"{name:<28}{seconds:>8.2f}{score:>8.4f}{_n_clusters(found):>10,}"
        f"{seconds / ours:>8.1f}",
        flush=True,
    )


def _n_clusters(found: Clusters) -> int:
    return len(np.unique(found[found >= 0]))


def _memory(what: str) -> float:
    """Return a memory value of this process from Linux, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


if __name__ == "__main__":
    sys.exit(main())
