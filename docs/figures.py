"""Draw the figures of docs/depth.md from frames of the virtual microscope.

Run it from the checkout: ``python docs/figures.py``. It trains a small depth network,
which takes a few minutes on two cores; ``--only scenes`` and ``--only borders`` do not.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from napari_asist.depth.maps import Maps, load_depth_model
from napari_asist.depth.scenes import SceneSource
from napari_asist.depth.settings import DepthSettings, SceneSettings
from napari_asist.depth.train import train_depth
from napari_asist.estimation.borders import REACH
from napari_asist.estimation.drawn_borders import DrawnBorder, redrawn
from napari_asist.evaluation import evaluate_videos
from napari_asist.events import StopFlag, result_of
from napari_asist.labels import LabelVideo
from napari_asist.microscope.render import exposures, render_video
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.resampling import STANDARD_RADIUS
from napari_asist.scaling import IntensityScaling, fit_scaling
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.tracking.depth.grid import Grid
from napari_asist.tracking.depth.objects import segment
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.depth.track import track_maps
from napari_asist.workflow.overview import draw_outlines, draw_paths

IMAGES = Path(__file__).parent / "images"
STEPS = 1200
NUCLEI = NucleiSettings(
    videos=1,
    frames=16,
    height=192,
    width=192,
    objects=22,
    appearing=0,
    disappearing=0,
    mitoses=4,
    overlap=0.75,
    clustering=0.8,
    radius_mean=STANDARD_RADIUS,
    elongation=0.25,
    plate=0.5,
    border=None,
)
MICROSCOPE = MicroscopeSettings.model_validate(
    {"brightness": {"quantiles": (60, 100, 160, 240, 340, 500, 900)}}
)
TRACKING = DepthTrackingSettings()


def main(arguments: list[str] | None = None) -> int:
    """Draw all figures, or only one.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=IMAGES, metavar="DIR")
    parser.add_argument("--only", choices=tuple(FIGURES), metavar="NAME")
    options = parser.parse_args(arguments)
    for name, draw in FIGURES.items():
        if options.only in (None, name):
            figure = draw()
            path = options.out / f"{name}.png"
            figure.savefig(path, metadata={"Software": "napari-asist"})
    return 0


def draw_depth() -> Figure:
    """Draw the steps of the engine for one frame."""
    truth = simulate_video(NUCLEI, 5)
    frames = render_video(truth, MICROSCOPE, 5)
    scaling = fit_scaling(frames)
    maps, tracked = tracked_frames(frames, scaling)
    print(evaluate_videos(truth, tracked))
    time = len(frames) // 2
    said = maps[time]
    objects = segment(said, Grid(NUCLEI.field, NUCLEI.field, STANDARD_RADIUS), TRACKING)
    figure, axes = panels(2, 3)
    image = np.clip(scaling.apply(frames[time]), -1, 1)
    show(axes[0], image, "frame")
    probability = 1 / (1 + np.exp(-said.foreground))
    show(axes[1], probability, "foreground", cmap="magma")
    show(axes[2], said.depth, "depth and its maxima", cmap="viridis")
    y, x = objects.peaks.T / 2
    axes[2].plot(x, y, "o", color="white", markersize=3)
    show(axes[3], image, "displacement to previous frame")
    arrows(axes[3], said, objects.labels, objects.peaks)
    show(axes[4], image, "objects")
    draw_outlines(axes[4], objects.labels)
    show(axes[5], image, "tracks")
    draw_outlines(axes[5], tracked.labels[time])
    draw_paths(axes[5], tracked, time)
    return figure


def tracked_frames(
    frames: NDArray[np.uint16], scaling: IntensityScaling
) -> tuple[list[Maps], LabelVideo]:
    """Train a network on fresh scenes and track frames with it.

    Parameters
    ----------
    frames : ndarray of uint16, shape (T, Y, X)
    scaling : IntensityScaling

    Returns
    -------
    maps, tracked : list of Maps, LabelVideo
    """
    scenes = SceneSettings(side=256, frames=4)
    settings = DepthSettings(steps=STEPS, patch=128, batch=4, scenes=scenes)
    source = scene_source(scaling, settings.scenes)
    with tempfile.TemporaryDirectory() as folder:
        work = train_depth(source.scene, settings, Path(folder), 0, StopFlag())
        result_of(work, print_note)
        model = load_depth_model(Path(folder))
        maps = list(model.maps(frames, scaling))
    work = track_maps(maps, len(maps), NUCLEI.field, STANDARD_RADIUS, TRACKING)
    return maps, result_of(work)


def print_note(event: object) -> None:
    """Print the messages of the training, but not its progress."""
    if message := getattr(event, "message", None):
        print(message)


def scene_source(scaling: IntensityScaling, scenes: SceneSettings) -> SceneSource:
    """Return a source of scenes around the virtual microscope's own settings."""
    border = DrawnBorder(None, scaling.softness)
    return SceneSource(NUCLEI, MICROSCOPE, scaling, border, scenes, 1)


def draw_scenes() -> Figure:
    """Draw the first scenes of a training run, each with its outlines."""
    frames = render_video(simulate_video(NUCLEI, 5), MICROSCOPE, 5)
    source = scene_source(fit_scaling(frames), SceneSettings(side=256, frames=3))
    figure, axes = panels(2, 4)
    for number, part in enumerate(axes):
        images, labels = source.labeled(number)
        show(part, np.clip(images[1], -1, 1), f"scene {number}")
        draw_outlines(part, labels.labels[1])
    return figure


def draw_borders() -> Figure:
    """Draw one nucleus, dim to bright, with both definitions of its border."""
    levels = (60, 200, 800, 3000)
    rows, columns = np.indices((48, 48)) - 23.5
    disc = rows**2 + columns**2 < STANDARD_RADIUS**2
    video = LabelVideo(disc[None].astype(np.uint16))
    figure, axes = panels(1, len(levels) + 1)
    softness = 60.0
    for part, level in zip(axes, levels, strict=False):
        microscope = MicroscopeSettings.model_validate(
            {
                "brightness": {"quantiles": (level, level)},
                "unevenness": 0,
                "texture": 0.08,
            }
        )
        exposure = next(iter(exposures(video, microscope, 0, reach=REACH)))
        counts = exposure.counts - microscope.offset - microscope.background
        shown = np.arcsinh(counts / softness)
        show(part, shown, f"{level} counts", limits=(-0.5, np.arcsinh(3000 / softness)))
        for border, color in ((0.5, "tab:cyan"), (None, "tab:orange")):
            labels = redrawn(
                exposure.even, video.labels[0], DrawnBorder(border, softness)
            )
            part.contour(labels > 0, [0.5], colors=[color], linewidths=1.2)
    relative = np.geomspace(0.3, 100, 200)
    curve = axes[-1]
    parts = DrawnBorder(None, 1.0).parts(relative)
    curve.semilogx(relative, parts, color="tab:orange", label="as people draw")
    curve.axhline(0.5, color="tab:cyan", label="half maximum")
    curve.set(
        xlabel="level / softness of the scale",
        ylabel="border / level",
        ylim=(0, 0.6),
    )
    curve.legend(fontsize=7)
    return figure


def arrows(
    axes: Axes, said: Maps, labels: NDArray[np.int32], peaks: NDArray[np.int64]
) -> None:
    """Draw each object's mean displacement to the previous frame, times five."""
    places = []
    halved = labels[::2, ::2]
    for label, (y, x) in enumerate(peaks.tolist(), 1):
        inside = halved == label
        if inside.any():
            rows, columns = np.nonzero(inside)
            place = 2 * rows.mean() + 0.5, 2 * columns.mean() + 0.5
            ends = said.offset[:, inside] + np.stack([2 * rows, 2 * columns]) + 0.5
            way = ends.mean(axis=1) - place
            places.append((x, y, *way[::-1]))
    axes.quiver(
        *np.transpose(places), color="yellow", angles="xy", scale_units="xy", scale=0.2
    )


def panels(rows: int, columns: int) -> tuple[Figure, list[Axes]]:
    """Return a figure and its axes, row by row."""
    size = (2.6 * columns, 2.8 * rows)
    figure = Figure(figsize=size, dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(rows, columns, squeeze=False).ravel())


def show(
    axes: Axes,
    image: NDArray[np.floating],
    title: str,
    cmap: str = "gray",
    limits: tuple[float, float] | None = None,
) -> None:
    """Show an image without ticks."""
    low, high = limits or (float(image.min()), float(image.max()))
    axes.imshow(image, cmap=cmap, vmin=low, vmax=high)
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])


FIGURES: dict[str, Callable[[], Figure]] = {
    "depth": draw_depth,
    "scenes": draw_scenes,
    "borders": draw_borders,
}

if __name__ == "__main__":
    sys.exit(main())
