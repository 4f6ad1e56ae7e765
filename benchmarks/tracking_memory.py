"""Memory used while tracking long videos, which must not grow with their length.

Run it from the checkout: ``python benchmarks/tracking_memory.py 200 2000``. A folder
of TIFF files of 1100 × 700 px shows a simulated video of 300 nuclei, forward and
backward, repeatedly; it is opened like a user's video. Its frames are label images from
which an embedding is derived, so neither the time nor the memory of a network is
included: a window of two frames adds what its embedding takes (see
``benchmarks/tracking.py``). Each length is tracked in its own process, and the result
is written.
"""

import argparse
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_asist.ctc import write_ctc
from napari_asist.events import result_of
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.tracking.track import track_video
from napari_asist.video import open_video

SHAPE = (700, 1100)
BASE = 24
"""Number of simulated frames; a long video repeats them."""
DIMENSIONS = 16
NOISE = 0.05


def main(arguments: list[str] | None = None) -> int:
    """Print one line for each number of frames.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("frames", type=int, nargs="+")
    parser.add_argument("--here", action="store_true", help="track in this process")
    parser.add_argument("--folder", type=Path, help="working folder, on a real disk")
    options = parser.parse_args(arguments)
    for count in options.frames:
        if options.here:
            with TemporaryDirectory(dir=options.folder) as folder:
                _track(count, Path(folder))
        else:
            command = [sys.executable, __file__, str(count), "--here"]
            if options.folder:
                command += ["--folder", str(options.folder)]
            subprocess.run(command, check=True)
    return 0


class LabelEmbedding:
    """Unit vectors for label images: one direction per label, with noise."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        directions = rng.normal(size=(4096, DIMENSIONS)).astype(np.float32)
        directions[:, 0] = 0
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        directions[0] = np.eye(DIMENSIONS)[0]
        self._directions = directions
        self._noise = NOISE * rng.standard_normal((*SHAPE, DIMENSIONS), np.float32)

    def __call__(self, clip: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embed a clip of label images (T, Y, X)."""
        return np.moveaxis(self._directions[clip.astype(int)] + self._noise, -1, 1)


class NoScaling(IntensityScaling):
    """Leaves label images as they are."""

    def __init__(self) -> None:
        pass

    def apply(self, image: NDArray[np.generic]) -> NDArray[np.float32]:
        """Return a frame (Y, X) as float32."""
        return image.astype(np.float32)


def _track(count: int, folder: Path) -> None:
    video = open_video(_write_video(count, folder))
    settings = TrackingSettings(
        window=2, bandwidth=0.3, radius=24, foreground_level=0.5
    )
    before = _peak()
    began = perf_counter()
    work = track_video(
        video.frames,
        LabelEmbedding(),
        NoScaling(),
        settings,
        scratch=folder / "scratch",
    )
    tracked = result_of(work)
    write_ctc(tracked, folder / "01_RES")
    print(
        f"{count} frames of {SHAPE[1]} × {SHAPE[0]} px "
        f"({count * SHAPE[0] * SHAPE[1] * 2 >> 20} MiB, {len(tracked.tracks)} tracks): "
        f"{before:.0f} MiB before, at most {_peak():.0f} MiB, "
        f"{perf_counter() - began:.0f} s",
        flush=True,
    )


def _write_video(count: int, folder: Path) -> Path:
    """Write the simulated frames once and link the other frames to them."""
    settings = NucleiSettings(
        videos=1,
        frames=BASE,
        height=SHAPE[0],
        width=SHAPE[1],
        objects=300,
        appearing=10,
        disappearing=10,
        mitoses=10,
        radius_mean=12,
        radius_max=15,
    )
    (folder / "frames").mkdir(parents=True)
    (folder / "01").mkdir()
    simulated = simulate_video(settings, 0).labels
    for time, frame in enumerate(simulated):
        tifffile.imwrite(folder / "frames" / f"{time}.tif", frame)
    there_and_back = [*range(BASE), *range(BASE - 2, 0, -1)]
    for time in range(count):
        shown = there_and_back[time % len(there_and_back)]
        link = folder / "01" / f"t{time:04d}.tif"
        link.hardlink_to(folder / "frames" / f"{shown}.tif")
    return folder / "01"


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
