"""Overlap and time of each annotation deformation engine.

Run it from the checkout: ``python benchmarks/refinement.py``. Scenes with known ground
truth, following the method's toy example: 200 circles of radius 7 to 11 px in
512 × 512 px; the true nuclei are ellipses (log aspect ratio 0.3) whose centers are
2 px off (both are standard deviations); 10 % of the circles show no nucleus, and 10 %
additional nuclei have no circle. The mask is that of the nuclei, or a ragged one. The
table shows the mean Jaccard index of the labels with their true nuclei before and after
cleaning (removed labels do not count), how many of them are left then, and the CPU time
per frame for deformation alone.

``python benchmarks/refinement.py --memory 40 200`` reports the peak memory while
refining synthetic videos of these numbers of frames instead.
"""

import argparse
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

os.environ.setdefault("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_asist.ctc import write_ctc
from napari_asist.events import result_of
from napari_asist.labels import LabelArray, LabelVideo
from napari_asist.mapped import blank_video, release
from napari_asist.refinement.clean import clean
from napari_asist.refinement.deform import deform
from napari_asist.refinement.refine import refine_video
from napari_asist.refinement.settings import RefinementSettings
from napari_asist.refinement.workers import FrameWorkers
from napari_asist.workflow.run_folder.training_data import write_training_images

SIZE = 512
CIRCLES = 200
CENTER_SD, ASPECT_SD = 2.0, 0.3
LOST = 0.1
MOST_OVERLAP = 0.7
RAGGED_SD, RAGGED_SMOOTHING = 4.0, 2.0
ENGINES = {
    "none": {"deformation": "none"},
    "ants": {"deformation": "ants"},
    "ants, SyN": {"deformation": "ants", "type_of_transform": "SyN"},
    "watershed": {"deformation": "watershed"},
    "nearest": {"deformation": "nearest"},
}
HEAD = (
    f"{'mask':<9}{'engine':<12}{'pre-filter':<12}{'before':>7}{'after':>7}"
    f"{'left':>6}{'ms/frame':>12}{'times faster':>14}"
)


@dataclass(frozen=True)
class Scene:
    """Circles, the true nuclei with the same numbers, and their mask and image."""

    circles: LabelArray
    truth: LabelArray
    mask: NDArray[np.bool_]
    image: NDArray[np.float32]


def main(arguments: list[str] | None = None) -> int:
    """Print a table.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=3)
    parser.add_argument("--memory", type=int, nargs="+", metavar="FRAMES")
    parser.add_argument("--workers", type=int, default=1, help="for --memory")
    parser.add_argument("--one-video", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one_video:
        _refine_long_video(options.one_video, options.workers)
    elif options.memory:
        _print_memory(options.memory, options.workers)
    else:
        _print_engines(options.scenes)
    return 0


def draw_scene(seed: int, ragged: bool) -> Scene:
    """Draw a scene.

    Parameters
    ----------
    seed : int
    ragged : bool
        Whether the mask's border is eroded and frayed.
    """
    rng = np.random.default_rng(seed)
    circles, truth = np.zeros((2, SIZE, SIZE), np.uint16)
    placed = 0
    while placed < CIRCLES:
        center, radius = rng.uniform(12, SIZE - 12, 2), rng.uniform(7, 11)
        circle = _ellipse(center, radius, 1.0, 0.0)
        if (circles[circle] > 0).mean() > 1 - MOST_OVERLAP:
            continue
        placed += 1
        circles[circle & (circles == 0)] = placed
        if placed > LOST * CIRCLES:
            nucleus = _nucleus(center, radius, rng)
            truth[nucleus & (truth == 0)] = placed
    mask = truth > 0
    for _ in range(int(LOST * CIRCLES)):
        mask |= _nucleus(rng.uniform(12, SIZE - 12, 2), rng.uniform(7, 11), rng)
    if ragged:
        mask = _frayed(mask, rng)
    noise = 0.05 * rng.standard_normal(mask.shape)
    return Scene(circles, truth, mask, (np.where(mask, 0.6, -0.8) + noise).astype("f4"))


def _ellipse(
    center: NDArray[np.float64], radius: float, aspect: float, angle: float
) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[:SIZE, :SIZE]
    y, x = rows - center[0], columns - center[1]
    u = (x * np.cos(angle) + y * np.sin(angle)) / (radius * np.sqrt(aspect))
    v = (y * np.cos(angle) - x * np.sin(angle)) / (radius / np.sqrt(aspect))
    inside: NDArray[np.bool_] = u * u + v * v <= 1
    return inside


def _nucleus(
    center: NDArray[np.float64], radius: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    aspect = float(np.exp(ASPECT_SD * rng.standard_normal()))
    shifted = center + CENTER_SD * rng.standard_normal(2)
    return _ellipse(shifted, radius, aspect, rng.uniform(0, np.pi))


def _frayed(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Shift the border by smooth noise; Dice index with the clean mask about .9."""
    depth = ndimage.distance_transform_edt(mask) - ndimage.distance_transform_edt(~mask)
    noise = ndimage.gaussian_filter(rng.standard_normal(mask.shape), RAGGED_SMOOTHING)
    frayed: NDArray[np.bool_] = depth + RAGGED_SD * noise / noise.std() / 2 > 0
    return frayed


def _print_engines(scenes: int) -> None:
    deform(*_small(), RefinementSettings())  # loads ANTs
    print(f"{SIZE} × {SIZE} px, {CIRCLES} circles, mean of {scenes} scenes")
    print(HEAD)
    for ragged in (False, True):
        drawn = [draw_scene(seed, ragged) for seed in range(scenes)]
        dice = np.mean(
            [
                _dice(scene.mask, draw_scene(seed, False).mask)
                for seed, scene in enumerate(drawn)
            ]
        )
        name = f"{'ragged' if ragged else 'perfect'}"
        slowest = {}
        for prefilter in (False, True):
            for engine, values in ENGINES.items():
                settings = RefinementSettings(**values, prefilter=prefilter)
                row = np.mean([_measured(scene, settings) for scene in drawn], axis=0)
                before, after, left, seconds = row
                if engine == "ants":
                    slowest[prefilter] = seconds
                faster = slowest.get(prefilter, np.nan) / seconds
                ratio = "" if engine in ("none", "ants") else f"{faster:.0f}"
                print(
                    f"{name:<9}{engine:<12}{'yes' if prefilter else 'no':<12}"
                    f"{before:>7.3f}{after:>7.3f}{left:>6.0f}{seconds * 1e3:>12.1f}"
                    f"{ratio:>14}"
                )
        print(f"(Dice index of the {name} mask with the perfect one: {dice:.2f})")


def _measured(
    scene: Scene, settings: RefinementSettings
) -> tuple[float, float, int, float]:
    """Return the Jaccard index before and after cleaning, labels left, and seconds."""
    times = []
    for _ in range(1 if settings.deformation == "ants" else 5):
        began = process_time()
        deformed = deform(scene.circles, scene.mask, settings)
        times.append(process_time() - began)
    rng = np.random.default_rng(0)
    frame = clean(deformed, scene.image, scene.mask, settings, rng)
    before, after = (
        _jaccard(labels, scene.truth) for labels in (deformed, frame.labels)
    )
    return before, after, frame.labels_kept, float(np.median(times))


def _jaccard(labels: LabelArray, truth: LabelArray) -> float:
    """Return the mean index of the remaining labels; 0 for one without a nucleus."""
    size, true_size = (
        np.bincount(each.ravel(), minlength=CIRCLES + 1) for each in (labels, truth)
    )
    common = np.bincount(labels[labels == truth], minlength=CIRCLES + 1)
    left = np.flatnonzero(size[1:]) + 1
    return float((common[left] / (size + true_size - common)[left]).mean())


def _dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return 2 * float((one & other).sum()) / float(one.sum() + other.sum())


def _small() -> tuple[LabelArray, NDArray[np.bool_]]:
    labels = np.zeros((64, 64), np.uint16)
    labels[20:40, 20:40] = 1
    return labels, np.roll(labels > 0, 3, 0)


def _print_memory(numbers: list[int], workers: int) -> None:
    """Refine each video in its own process and print the peak memory."""
    for frames in numbers:
        command = [sys.executable, __file__, "--one-video", str(frames)]
        subprocess.run([*command, "--workers", str(workers)], check=True)


def _refine_long_video(frames: int, workers: int) -> None:
    settings = RefinementSettings(deformation="nearest")
    with TemporaryDirectory() as name:
        folder = Path(name)
        shape = (frames, SIZE, SIZE)
        labels = blank_video(shape, np.uint16, folder / "annotation.raw")
        masks = blank_video(shape, np.bool_, folder / "masks.raw")
        images = blank_video(shape, np.float32, folder / "synthetic.raw")
        scene = draw_scene(0, True)
        for time in range(frames):
            for kept, frame in (
                (labels, scene.circles),
                (masks, scene.mask),
                (images, scene.image),
            ):
                # Objects move, so that no two successive frames are equal.
                kept[time] = np.roll(frame, time, 0)
                release(kept)
        video = LabelVideo(labels)
        peaks = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]
        began = perf_counter()
        with FrameWorkers(workers) as crew:
            work = refine_video(
                video, images, masks, settings, 0, crew, folder / "cache"
            )
            refined = result_of(work)
        write_training_images(refined.images, folder / "01")
        write_ctc(refined.video, folder / "01_GT", "truth")
        seconds = perf_counter() - began
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        size = sum(array.dtype.itemsize for array in (labels, masks, images))
        mebibytes = frames * size * SIZE**2 >> 20
        print(
            f"{frames} frames of {SIZE} × {SIZE} px ({mebibytes} MiB of input), "
            f"{workers} process{'es' if workers > 1 else ''}: "
            f"{peaks[0]:.0f} MiB before, at most {peaks[1]:.0f} MiB"
            + (f", each process at most {largest:.0f} MiB" if workers > 1 else "")
            + f", {seconds:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
