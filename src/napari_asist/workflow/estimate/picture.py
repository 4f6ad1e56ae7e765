"""A picture of an estimate: the frames, the detections and the estimated values."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from napari_asist.files import save_picture
from napari_asist.resampling import resampled, standard_shape
from napari_asist.scaling import (
    IntensityScaling,
    ScalingSettings,
    background_of,
    fit_scaling,
)
from napari_asist.workflow.joined_frames import joined
from napari_asist.workflow.overview import track_color

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure

    from napari_asist.estimation.estimate import Estimate
    from napari_asist.video import Video

SHOWN = 3
"""Number of frames shown; only these are in memory."""

ACROSS, PLOTS = 15.0, 6.6
"""Width of the picture and height of its plots in inches."""

LOWEST, HIGHEST = 2.4, 8.0
"""Minimum and maximum height of a frame in inches."""

INK, FILL, MARK = "#1b3a4b", "#4c9aa8", "#d1495b"


def write_estimate_picture(
    estimate: "Estimate",
    videos: "Sequence[Video]",
    path: Path,
    settings: ScalingSettings | None = None,
) -> None:
    """Draw frames with the measured outlines, and plots of the estimates.

    The local background, which is subtracted before networks see a frame, is shown for
    the most crowded of these frames. Regions that are no measurement are hatched.

    Parameters
    ----------
    estimate : Estimate
    videos : sequence of Video
        The analyzed videos, as `prepared` returns them.
    path : Path
        PNG file to write.
    settings : ScalingSettings, optional
        Scaling used for the networks; lengths are in standard px.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    frames = joined(videos)
    recorded = [
        (time, video.hidden) for video in videos for time in video.recorded_times
    ]
    times = estimate.times
    chosen = np.linspace(0, len(times) - 1, SHOWN).round().astype(int)
    chosen = np.unique(chosen)
    height, width = estimate.field_size
    panel = ACROSS / SHOWN
    tall = min(max(panel * height / width, LOWEST), HIGHEST)
    figure = Figure(figsize=(ACROSS, 2 * tall + panel + PLOTS), dpi=110)
    figure.set_layout_engine("constrained", w_pad=0.08, h_pad=0.06)
    FigureCanvasAgg(figure)
    parts: Any = figure.subfigures(3, 1, height_ratios=(tall + panel, tall, PLOTS))
    above, middle, below = parts
    grid = above.subplots(
        2, len(chosen), squeeze=False, height_ratios=(tall, panel * 0.97)
    )
    settings = settings or ScalingSettings()
    window = round(settings.background_window / estimate.factor)
    scaling = fit_scaling(frames, settings.changed(background_window=window))
    for row, (whole, near) in zip(chosen, grid.T, strict=True):
        frame = np.asarray(frames[int(times[row])])
        objects = estimate.outlines(frame)
        image = scaling.apply(frame)
        number, hidden = recorded[int(times[row])]
        for axes in (whole, near):
            _show(axes, image)
            _hatch(axes, hidden)
        whole.add_collection(_outlines(objects, 0.6))
        near.add_collection(_outlines(objects, 1.2))
        whole.set_title(f"frame {number}: {estimate.counts[row]} objects")
        _zoom(whole, near, estimate)
    crowded = int(chosen[np.argmax(estimate.counts[chosen])])
    time = int(times[crowded])
    title = f"frame {recorded[time][0]} as recorded"
    _background(middle, estimate, frames[time], title, settings, scaling)
    _plots(below, estimate)
    save_picture(figure, path)


def _show(axes: "Axes", image: NDArray[np.float32]) -> None:
    """Show an image with values from -1 to 1, filling the axes."""
    axes.imshow(image, cmap="gray", vmin=-1, vmax=1)
    axes.autoscale(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.title.set_fontsize(10)
    axes.title.set_color(INK)


def _hatch(axes: "Axes", hidden: NDArray[np.bool_] | None) -> None:
    """Hatch what is no measurement."""
    if hidden is not None and hidden.any():
        filled = axes.contourf(
            hidden, levels=[0.5, 1.5], colors="none", hatches=["////"]
        )
        filled.set_edgecolor(MARK)
        filled.set_linewidth(0)


def _background(
    figure: Any,
    estimate: "Estimate",
    frame: NDArray[np.generic],
    title: str,
    settings: ScalingSettings,
    scaling: IntensityScaling,
) -> None:
    """Show a frame, its background in the same gray levels, and a profile of both.

    The background is computed as for the networks, in the frame at the standard scale.
    """
    recorded = np.asarray(frame, np.float32)
    image = resampled(recorded, standard_shape(recorded.shape, estimate.factor))
    found = background_of(image, settings.background_window)
    background = resampled(found, (recorded.shape[0], recorded.shape[1]))
    low, high = background.min(), background.max()
    whole, alone, section = figure.subplots(1, 3)
    # The background's darkest part is as dark as that of the frames above.
    _show(whole, scaling.of_counts(recorded - low))
    whole.set_title(title)
    _show(alone, scaling.of_counts(background - low))
    span = " to ".join(dict.fromkeys(f"{level:.4g}" for level in (low, high)))
    alone.set_title(f"its local background, {span} counts")
    row = _crowded_row(estimate.outlines(recorded), estimate.inscribed_radius)
    for axes in (whole, alone):
        axes.axhline(row, color=MARK, linewidth=1, linestyle="--")
    section.plot(recorded[row], color=FILL, linewidth=0.8, label="frame")
    section.plot(background[row], color=MARK, linewidth=1.6, label="local background")
    section.set_xlim(0, recorded.shape[1] - 1)
    section.set_xlabel("x (px)")
    section.legend(frameon=False, fontsize=8, labelcolor=INK)
    _dress(section, "counts along the dashed line")


def _crowded_row(objects: NDArray[np.int32], radius: float) -> int:
    """Return the row with the most objects, where the background may be too high."""
    covered = np.count_nonzero(objects, axis=1).astype(float)
    return int(gaussian_filter1d(covered, radius, mode="constant").argmax())


def _zoom(whole: "Axes", near: "Axes", estimate: "Estimate") -> None:
    """Show the densest part of the field enlarged, and mark it in the whole frame."""
    from matplotlib.patches import Rectangle

    height, width = estimate.field_size
    density = estimate.statistics.density_map
    side = min(height, width, max(2 * height / 5, 12 * estimate.inscribed_radius))
    corner = []
    for place, cells, length in zip(
        np.unravel_index(density.argmax(), density.shape),
        density.shape,
        (height, width),
        strict=True,
    ):
        middle = (place + 0.5) * length / cells
        corner.append(float(np.clip(middle - side / 2, 0, length - side)))
    top, left = corner
    near.set_xlim(left, left + side)
    near.set_ylim(top + side, top)
    whole.add_patch(
        Rectangle((left, top), side, side, fill=False, edgecolor="white", linestyle=":")
    )


def _outlines(objects: NDArray[np.int32], line: float) -> "LineCollection":
    from matplotlib.collections import LineCollection
    from scipy.ndimage import find_objects
    from skimage.measure import find_contours

    lines, colors = [], []
    for number, box in enumerate(find_objects(objects), 1):
        mask = np.pad(objects[box] == number, 1).astype(float)
        for path in find_contours(mask, 0.5):  # type: ignore[no-untyped-call]
            lines.append(path[:, ::-1] + (box[1].start - 1, box[0].start - 1))
            colors.append(track_color(number))
    return LineCollection(lines, colors=colors, linewidths=line)


def _plots(figure: Any, estimate: "Estimate") -> None:
    grid = figure.add_gridspec(2, 4)
    _counts(figure.add_subplot(grid[0, 0]), estimate)
    whole = np.concatenate(estimate.detections)
    whole = whole[whole["whole"]] if whole["whole"].any() else whole
    measured = estimate.statistics
    sizes = figure.add_subplot(grid[0, 1])
    if estimate.settings.elongated:
        _histogram(sizes, whole["length"], "length (px)", measured.length.value)
    else:
        _histogram(sizes, whole["radius"], "radius (px)", measured.radius.value)
    aspect = whole["length"] / whole["width"]
    shapes = figure.add_subplot(grid[0, 2])
    _histogram(shapes, aspect, "aspect ratio", measured.elongation.value)
    light = np.concatenate(estimate.detections)["brightness"]
    brightness = figure.add_subplot(grid[0, 3])
    middle = measured.brightness[5].value
    _histogram(brightness, light, "brightness (counts)", middle, logarithmic=True)
    _rose(figure.add_subplot(grid[1, 0], projection="polar"), whole["angle"])
    _density(figure, figure.add_subplot(grid[1, 1]), estimate)
    words = figure.add_subplot(grid[1, 2:])
    words.set_axis_off()
    words.text(
        0,
        1,
        estimate.summary(),
        family="monospace",
        fontsize=8.5,
        va="top",
        color=INK,
        linespacing=1.4,
    )


def _counts(axes: "Axes", estimate: "Estimate") -> None:
    axes.plot(estimate.times, estimate.counts, "o", color=FILL, markersize=4)
    axes.axhline(estimate.statistics.count.value, color=MARK, linewidth=1.2)
    axes.set_ylim(0, 1.1 * max(int(estimate.counts.max()), 1))
    axes.set_xlabel("frame")
    _dress(axes, "objects per frame")


def _histogram(
    axes: "Axes",
    values: NDArray[np.float64],
    name: str,
    middle: float,
    logarithmic: bool = False,
) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    # The top 1 % would squeeze all other values together.
    low, high = np.quantile(values, (0.005, 0.995))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    if logarithmic:
        low = max(low, 1e-3 * high)
        edges = np.geomspace(low, high, 31)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        edges = np.linspace(low, high, 31)
    axes.hist(values, edges.tolist(), color=FILL, edgecolor="white", linewidth=0.4)
    axes.axvline(middle, color=MARK, linewidth=1.2)
    axes.set_xlabel(name)
    axes.set_yticks([])
    _dress(axes, name.split(" (")[0])


def _rose(axes: Any, angles: NDArray[np.float64]) -> None:
    """Draw directions twice, because an axis has two; angles increase downward."""
    counts, edges = np.histogram(angles, 18, (0, 180))
    middles = np.radians((edges[1:] + edges[:-1]) / 2)
    both = np.concatenate([middles, middles + np.pi])
    axes.bar(
        both,
        np.tile(counts, 2),
        width=np.radians(10),
        color=FILL,
        edgecolor="white",
        linewidth=0.4,
    )
    axes.set_theta_direction(-1)
    axes.set_yticks([])
    axes.set_xticks(np.radians(np.arange(0, 360, 45)))
    axes.tick_params(labelsize=8, colors=INK, pad=0)
    axes.spines["polar"].set_visible(False)
    axes.set_title("direction of the long axis", fontsize=10, color=INK, loc="left")


def _density(figure: "Figure", axes: "Axes", estimate: "Estimate") -> None:
    height, width = estimate.field_size
    density = estimate.statistics.density_map
    shown = axes.imshow(
        density, cmap="viridis", vmin=0, extent=(0, width, height, 0), aspect="equal"
    )
    bar = figure.colorbar(shown, ax=axes, shrink=0.6)
    bar.ax.tick_params(labelsize=8)
    axes.set_xticks([0, width])
    axes.set_yticks([0, height])
    _dress(axes, "density over the field (mean 1)")


def _dress(axes: "Axes", title: str) -> None:
    axes.set_title(title, fontsize=10, color=INK, loc="left")
    axes.tick_params(labelsize=8, colors=INK)
    axes.xaxis.label.set_fontsize(9)
    axes.spines[["top", "right"]].set_visible(False)
