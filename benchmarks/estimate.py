"""Accuracy of simulator settings estimated without labels, and the time they take.

Run it from the checkout: ``python benchmarks/estimate.py``. Real videos are looked up
in the folder that NAPARI_ASIST_DATA names, or else in ``../shared/data``. Their ground
truth is read only after the estimate is made. The count leaves out a margin of 25 px,
where the ground truth has no labels; its error is the median over the measured frames.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_asist.estimation.detect import HALF_MAXIMUM, VISIBLE_BORDER
from napari_asist.estimation.estimate import Estimate, estimate_simulator
from napari_asist.labels import LabelVideo
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import (
    BrightnessSettings,
    NucleiSettings,
    SimulatorKind,
)
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video import open_video

MARGIN = 25
REAL: tuple[tuple[str, SimulatorKind], ...] = (
    ("Fluo-N2DL-HeLa", "nuclei"),
    ("PhC-C2DL-PSC", "microvilli"),
)
NUCLEI = NucleiSettings(
    height=512,
    width=512,
    frames=40,
    objects=60,
    appearing=0,
    disappearing=0,
    mitoses=20,
    rim=24,
    radius_mean=11,
    elongation=0.3,
    move=3,
)


@dataclass(frozen=True)
class Truth:
    """Measurements from the labels of a video.

    Parameters
    ----------
    places : dict of int to dict of int to ndarray
        Center of each object, by frame and label.
    radii : ndarray of float
        Radii of circles of equal area, in px.
    """

    places: dict[int, dict[int, NDArray[np.float64]]]
    radii: NDArray[np.float64]

    @property
    def displacement(self) -> float:
        """Median displacement of an object between successive frames, in px."""
        lengths = [
            float(np.hypot(*(after[label] - place)))
            for time, before in self.places.items()
            if (after := self.places.get(time + 1))
            for label, place in before.items()
            if label in after
        ]
        return float(np.median(lengths))


def main(arguments: list[str] | None = None) -> int:
    """Print a table of errors.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    argparse.ArgumentParser(description=__doc__).parse_args(arguments)
    print(
        f"{'video':<24}{'count':>18}{'radius (px)':>24}{'move (px)':>24}{'time':>9}",
        flush=True,
    )
    here = Path(__file__).resolve().parent.parent
    data = Path(os.environ.get("NAPARI_ASIST_DATA", here.parent / "shared" / "data"))
    for name, kind in REAL:
        _print_real(data / name, kind)
    _print_rendered()
    return 0


def _print_real(folder: Path, kind: SimulatorKind) -> None:
    name = f"{folder.name} 01"
    missing = [
        part
        for part in ("01", "01_GT/TRA", "01_ST/SEG")
        if not (folder / part).is_dir()
    ]
    if missing:
        print(f"{name:<24}  skipped: {folder} has no {', '.join(missing)}")
        return
    video = open_video(folder / "01")
    began = perf_counter()
    estimate = estimate_simulator(video.frames, kind)
    seconds = perf_counter() - began
    truth = Truth(
        {
            int(file.stem.removeprefix("man_track")) - video.first_frame: _places(
                tifffile.imread(file)
            )
            for file in sorted((folder / "01_GT" / "TRA").glob("man_track*.tif"))
        },
        _radii(
            [tifffile.imread(file) for file in (folder / "01_ST/SEG").glob("*.tif")]
        ),
    )
    _print_row(name, estimate, truth, seconds)


def _print_rendered() -> None:
    video = simulate_video(NUCLEI, 0)
    camera = MicroscopeSettings(brightness=BrightnessSettings(quantiles=(60, 300, 900)))
    frames = render_video(video, camera, 0)
    truth = _truth(video)
    for border in (VISIBLE_BORDER, HALF_MAXIMUM):
        began = perf_counter()
        estimate = estimate_simulator(frames, "nuclei", border=border)
        name = f"rendered, border {border:g}"
        _print_row(name, estimate, truth, perf_counter() - began)
    true = {
        "appear": 0.0,
        "disappear": 0.0,
        "divide": NUCLEI.mitoses / sum(map(len, truth.places.values())),
    }
    rates = estimate.statistics.rates
    found = (rates.appearing, rates.disappearing, rates.dividing)
    print("rendered, % of the objects per frame: ", end="")
    print(
        "; ".join(
            f"{name} {seen.text(2, 100)}, true {100 * rate:.2f}"
            for (name, rate), seen in zip(true.items(), found, strict=True)
        )
    )


def _truth(video: LabelVideo) -> Truth:
    places = {time: _places(frame) for time, frame in enumerate(video.labels)}
    return Truth(places, _radii(video.labels))


def _places(labels: NDArray[Any]) -> dict[int, NDArray[np.float64]]:
    from scipy.ndimage import center_of_mass

    found = np.unique(labels[labels > 0])
    centers = center_of_mass(labels > 0, labels, found)
    return {
        int(label): np.array(place) for label, place in zip(found, centers, strict=True)
    }


def _radii(frames: Sequence[NDArray[Any]] | NDArray[Any]) -> NDArray[np.float64]:
    """Return the radii of objects clear of the border, as used by the estimate."""
    radii = []
    for labels in frames:
        areas = np.bincount(labels.ravel())
        border = [labels[0], labels[-1], labels[:, 0], labels[:, -1]]
        areas[np.concatenate(border)] = 0
        areas[0] = 0
        radii.append(np.sqrt(areas[areas > 0] / np.pi))
    return np.concatenate(radii)


def _print_row(name: str, estimate: Estimate, truth: Truth, seconds: float) -> None:
    counts = []
    for time, seen_here in zip(estimate.times, estimate.detections, strict=True):
        y, x = np.array(list(truth.places[int(time)].values())).T
        counts.append(
            (
                _inside(seen_here["y"], seen_here["x"], estimate.field_size),
                _inside(y, x, estimate.field_size),
            )
        )
    found, true = np.median(counts, axis=0)
    error = np.median([one / other - 1 for one, other in counts])
    columns = [f"{found:.0f} of {true:.0f} {100 * error:+.1f} %"]
    for seen, real in (
        (estimate.statistics.radius.value, float(np.median(truth.radii))),
        (estimate.displacement, truth.displacement),
    ):
        columns.append(f"{seen:.2f} of {real:.2f} {100 * (seen / real - 1):+.1f} %")
    print(
        f"{name:<24}{columns[0]:>18}{columns[1]:>24}{columns[2]:>24}{seconds:>7.0f} s",
        flush=True,
    )


def _inside(
    y: NDArray[np.float64], x: NDArray[np.float64], field: tuple[int, int]
) -> int:
    rows = (y > MARGIN) & (y < field[0] - MARGIN - 1)
    columns = (x > MARGIN) & (x < field[1] - MARGIN - 1)
    return int((rows & columns).sum())


if __name__ == "__main__":
    sys.exit(main())
