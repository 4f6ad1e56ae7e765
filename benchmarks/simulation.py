"""How long simulating takes, beside a plain scikit-image drawing of the same frames.

Run it from the checkout: ``python benchmarks/simulation.py``. The drawing knows where
everything is and only draws, so the ratio flatters it. For stars it draws ellipses.
"""

import argparse
import itertools
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from skimage.draw import disk, ellipse

from napari_asist.simulation.hela import hela_scenes, nucleus_shape
from napari_asist.simulation.scene import Scene, paint_ellipses
from napari_asist.simulation.settings import HelaSettings
from napari_asist.simulation.simulate import simulate_video

REPEATS = 15


def main(arguments: list[str] | None = None) -> int:
    """Print a table of times.

    Parameters
    ----------
    arguments : list of str, optional
        The command line's by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=10)
    parser.add_argument("--frames", type=int, default=50)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args(arguments)
    settings = HelaSettings(videos=options.videos, frames=options.frames)
    print(f"{'HeLa, 512 × 512 px, 150 objects':<44}{'time':>12}{'drawing':>12}  ratio")
    _print_videos(settings, options.processes)
    _print_frames(settings)
    return 0


def plain_drawing(scene: Scene, field: tuple[int, int]) -> NDArray[np.uint16]:
    """Draw a scene's objects one over the other, as one does without this package.

    Parameters
    ----------
    scene : structured ndarray with `OBJECT_FIELDS`
    field : tuple of int
        Height and width.
    """
    frame = np.zeros(field, np.uint16)
    for number, row in enumerate(scene, 1):
        centre, major, minor = (row["y"], row["x"]), row["major"], row["minor"]
        if major == minor:
            frame[disk(centre, major, shape=field)] = number  # type: ignore[no-untyped-call]
        else:
            turn = np.pi / 2 - row["angle"]
            frame[ellipse(*centre, major, minor, shape=field, rotation=turn)] = number  # type: ignore[no-untyped-call]
    return frame


def _print_videos(settings: HelaSettings, processes: int) -> None:
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
        rng = np.random.default_rng([0, number])
        scenes = list(hela_scenes(settings, rng))
        began = perf_counter()
        for scene in scenes:
            plain_drawing(scene, settings.field)
        drawn += perf_counter() - began
    what = f"{settings.videos} videos of {settings.frames} frames, all events"
    if processes > 1:
        what += f", {processes} processes"
    _print_row(what, simulated, drawn, "s", 1)


def _print_frames(settings: HelaSettings) -> None:
    quiet = {"frames": 1, "appearing": 0, "disappearing": 0, "mitoses": 0}
    still = settings.changed(**quiet)
    ellipses = still.changed(elongation=0.3)
    stars = ellipses.changed(irregularity=0.1)
    shapes = {"circles": still, "ellipses": ellipses, "stars": stars}
    for name, changed in shapes.items():
        scene = next(hela_scenes(changed, np.random.default_rng(0)))
        drawn = _median_time(partial(plain_drawing, scene, settings.field))
        painted = _median_time(
            partial(paint_ellipses, scene, settings.field, nucleus_shape(changed))
        )
        numbers = map(partial(_simulated, changed), itertools.count())
        whole = _median_time(partial(next, numbers))
        _print_row(f"a frame of {name}, placed and painted", whole, drawn, "ms", 1e3)
        _print_row(f"a frame of {name}, painted", painted, drawn, "ms", 1e3)


def _simulated(settings: HelaSettings, number: int) -> int:
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
    print(f"{what:<44}{times}  {drawn / ours:.2f}")


if __name__ == "__main__":
    sys.exit(main())
