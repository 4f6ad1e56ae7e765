"""Simulation time compared with scikit-image drawing the same frames.

Run it from the checkout: ``python benchmarks/simulation.py``. The drawing is given the
positions of all objects and only draws them, with scikit-image's disk, ellipse or
polygon and the same rule for overlaps; simulating also places and moves them. The
frames are compared pixel by pixel.

Training scenes are simulated, rendered and relabeled. They are compared with the time
that scipy needs for just the distances, blurs and random numbers of as many renderings
at full size. Run it with one thread for single-core times.
"""

import argparse
import itertools
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter
from skimage.draw import disk, ellipse, polygon

from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.labels import LabelArray
from napari_asist.microscope.calibrated_optics import HALVINGS
from napari_asist.microscope.scene import draw_scene
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.simulation.nuclei import nuclei_scenes
from napari_asist.simulation.scene import Scene, paint
from napari_asist.simulation.settings import MicrovilliSettings, NucleiSettings
from napari_asist.simulation.simulate import simulate_video

REPEATS = 15
MOST_DIFFERENT = 1e-3
NUCLEI = NucleiSettings(frames=6, objects=100, radius_mean=13, mitoses=10, plate=0.4)
NUCLEI = NUCLEI.changed(shape="star", clustering=0.5, elongation=0.2, overlap=0.8)
STICKS = MicrovilliSettings(frames=6)
OPTICS = MicroscopeSettings(border=0.27, psf_sigma=1.3, noise_grain=(0.5, 0.5))
BORDER = DrawnBorder(None, softness=60)
HEAD = f"{'HeLa, 512 × 512 px, 150 objects':<52}{'time':>12}{'drawing':>12}  ratio"


def main(arguments: list[str] | None = None) -> int:
    """Print a table of times.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=10)
    parser.add_argument("--frames", type=int, default=50)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    settings = NucleiSettings(videos=options.videos, frames=options.frames)
    began = perf_counter()
    _simulated(settings.changed(frames=4), 0)
    print(f"Compiling or loading the compiled code: {perf_counter() - began:.1f} s")
    print(HEAD)
    for changed in (settings, settings.changed(shape="star", elongation=0.2)):
        for processes in sorted({1, options.processes}):
            _print_videos(changed, processes)
    _print_frames(settings)
    for simulator in (NUCLEI, STICKS):
        _print_scenes(simulator)
    _print_memory(settings)
    return 0


def plain_drawing(scene: Scene, settings: NucleiSettings) -> NDArray[np.uint16]:
    """Draw a scene with scikit-image; the nearest object owns a pixel.

    Parameters
    ----------
    scene : structured ndarray with `OBJECT_FIELDS`
    settings : NucleiSettings
    """
    field = settings.field
    frame = np.zeros(field, np.uint16)
    nearest = np.full(field, np.inf, np.float32)
    outlines = settings.shape.outline(scene)
    for number, (row, outline) in enumerate(zip(scene, outlines, strict=True), 1):
        rows, columns = _inside(row, outline, settings)
        sin, cos = np.sin(row["angle"]), np.cos(row["angle"])
        dy, dx = rows - row["y"], columns - row["x"]
        u = (dy * sin + dx * cos) / row["major"]
        v = (dy * cos - dx * sin) / row["minor"]
        distance = u * u + v * v
        mine = distance < nearest[rows, columns]
        nearest[rows[mine], columns[mine]] = distance[mine]
        frame[rows[mine], columns[mine]] = number
    return frame


def _inside(
    row: np.void, outline: NDArray[np.float64], settings: NucleiSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pixels of an object using the fastest function for its shape."""
    center, major, minor = (row["y"], row["x"]), row["major"], row["minor"]
    if settings.shape.kind != "ellipse":
        sin, cos = np.sin(row["angle"]), np.cos(row["angle"])
        along, aside = outline.T * ((major,), (minor,))
        y, x = (
            row["y"] + along * sin + aside * cos,
            row["x"] + along * cos - aside * sin,
        )
        found = polygon(y, x, settings.field)  # type: ignore[no-untyped-call]
    elif major == minor:
        found = disk(center, major, shape=settings.field)  # type: ignore[no-untyped-call]
    else:
        turn = np.pi / 2 - row["angle"]
        found = ellipse(*center, major, minor, settings.field, turn - np.pi)  # type: ignore[no-untyped-call]
    return found[0], found[1]


def _print_videos(settings: NucleiSettings, processes: int) -> None:
    simulate = partial(_simulated, settings)
    began = perf_counter()
    if processes > 1:
        with ProcessPoolExecutor(processes) as pool:
            list(pool.map(simulate, range(settings.videos)))
    else:
        for number in range(settings.videos):
            simulate(number)
    simulated = perf_counter() - began
    drawn = 0.0
    for number in range(settings.videos):
        for scene in nuclei_scenes(settings, np.random.default_rng([0, number])):
            drawn += _drawing_time(scene, settings)
    what = f"{settings.videos} videos of {settings.frames} frames, {_named(settings)}"
    what += f", {processes} process{'es' if processes > 1 else ''}"
    _print_row(what, simulated, drawn, "s", 1)


def _print_frames(settings: NucleiSettings) -> None:
    still = settings.changed(frames=1, appearing=0, disappearing=0, mitoses=0)
    ellipses = still.changed(elongation=0.3)
    for changed in (still, ellipses, ellipses.changed(shape="star")):
        scene = next(nuclei_scenes(changed, np.random.default_rng(0)))
        drawn = median(_drawing_time(scene, changed) for _ in range(REPEATS))
        painted = _median_time(partial(paint, scene, changed.field, changed.shape))
        numbers = map(partial(_simulated, changed), itertools.count())
        whole = _median_time(partial(next, numbers))
        name = f"a frame of {_named(changed)}"
        _print_row(f"{name}, placed and painted", whole, drawn, "ms", 1e3)
        _print_row(f"{name}, painted", painted, drawn, "ms", 1e3)


def _print_scenes(simulator: NucleiSettings | MicrovilliSettings) -> None:
    numbers = (
        draw_scene(simulator, OPTICS, seed, BORDER) for seed in itertools.count()
    )
    next(numbers)
    ours = _median_time(partial(next, numbers))
    video = simulate_video(simulator, 0)
    frames = [*video.labels, *(1 + HALVINGS) * [video.labels[0]]]

    def plain() -> None:
        for labels in frames:
            _plain_steps(labels)

    _print_row(
        f"a scene of {simulator.frames} frames, {simulator.noun}",
        ours,
        _median_time(plain),
        "ms",
        1e3,
    )


def _plain_steps(labels: LabelArray) -> NDArray[np.float64]:
    """Run the slow steps of one rendering, with scipy at full size."""
    rng = np.random.default_rng(0)
    distance_transform_edt(labels == 0, return_indices=True)
    image = distance_transform_edt(labels > 0).astype(np.float32)
    halos = (OPTICS.halo_sigma, OPTICS.mitotic_halo_sigma)
    light = gaussian_filter(image, OPTICS.psf_sigma)
    light += sum(gaussian_filter(image, sigma, truncate=3) for sigma in halos)
    counts = rng.poisson(light / OPTICS.gain) + rng.normal(0, 1, light.shape)
    return np.asarray(gaussian_filter(counts, OPTICS.noise_grain, mode="wrap"))


def _print_memory(settings: NucleiSettings) -> None:
    peaks = []
    for videos in (2, 18):
        for number in range(videos):
            _simulated(settings, number)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    after = " and ".join(f"{peak:.0f} MiB" for peak in peaks)
    print(f"Peak memory after 2 and 20 more videos: {after}")


def _named(settings: NucleiSettings) -> str:
    kind = settings.shape.kind
    is_round = kind == "ellipse" and not settings.elongation
    return "circles" if is_round else f"{kind}s"


def _drawing_time(scene: Scene, settings: NucleiSettings) -> float:
    """Return the drawing time; the frame has to be the same."""
    began = perf_counter()
    drawn = plain_drawing(scene, settings)
    time = perf_counter() - began
    different = (drawn != paint(scene, settings.field, settings.shape).owners).mean()
    # Pixels centered on a line may differ, and circles are polygons here.
    if different > MOST_DIFFERENT:
        raise AssertionError(f"{different:.4%} of the pixels differ")
    return time


def _simulated(settings: NucleiSettings, number: int) -> int:
    return len(simulate_video(settings, 0, number).tracks)


def _median_time(action: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        began = perf_counter()
        action()
        times.append(perf_counter() - began)
    return median(times)


def _print_row(what: str, ours: float, drawn: float, unit: str, scale: float) -> None:
    times = f"{ours * scale:>9.1f} {unit:<2}{drawn * scale:>9.1f} {unit:<2}"
    print(f"{what:<52}{times}  {drawn / ours:.1f}")


if __name__ == "__main__":
    sys.exit(main())
