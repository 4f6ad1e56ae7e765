"""One picture of a run: video, synthetic frames with their labels, tracks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.files import save_picture
from napari_asist.labels import LabelVideo
from napari_asist.scaling import fit_scaling

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from napari_asist.video import Video

COLUMNS = 4
TAIL = 12
"""Number of past frames over which a track is drawn."""


def write_overview(run: Path, path: Path, columns: int = COLUMNS) -> None:
    """Draw several frames of a run's first video, one per column.

    Rows are the video's frames, synthetic training frames with the outlines of their
    refined labels, and the outlines and paths of the tracks over the video.

    Parameters
    ----------
    run : Path
        A finished run folder.
    path : Path
        PNG file to write.
    columns : int
        Number of frames.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from napari_asist.ctc import read_ctc, result_name
    from napari_asist.video import open_video
    from napari_asist.workflow.run_folder.record import recorded_videos
    from napari_asist.workflow.run_folder.training_data import read_training_video

    paths, channel = recorded_videos(run)
    video = open_video(paths[0], channel)
    tracked = read_ctc(run / "result" / result_name())
    synthetic, refined = read_training_video(run / "training" / "01_GT")
    times = _spread(len(video), columns)
    figure = Figure(figsize=(3 * len(times), 9.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(3, len(times), squeeze=False)
    frames = _scaled(video, times)
    for column, (time, image) in enumerate(zip(times, frames, strict=True)):
        axes = grid[:, column]
        _show(axes[0], image, f"frame {time + video.first_frame}")
        other = _spread(len(synthetic), columns)[column]
        _show(axes[1], synthetic[other], f"synthetic frame {other}")
        draw_outlines(axes[1], refined.labels[other])
        _show(axes[2], image, f"tracks, frame {time + video.first_frame}")
        draw_outlines(axes[2], tracked.labels[time])
        draw_paths(axes[2], tracked, time)
    names = ("microscope video", "synthetic video", "result")
    for axes, name in zip(grid[:, 0], names, strict=True):
        axes.set_ylabel(name)
    save_picture(figure, path)


def track_color(label: int) -> tuple[float, float, float]:
    """Return a bright color that neighboring labels rarely share."""
    from matplotlib.colors import hsv_to_rgb

    # Steps of the golden ratio spread hues evenly for any number of labels.
    red, green, blue = hsv_to_rgb((label * 0.618034 % 1, 0.75, 1.0)).tolist()
    return red, green, blue


def _spread(length: int, count: int) -> list[int]:
    ends = np.linspace(0, length - 1, count).round().astype(int)
    times: list[int] = ends.tolist()
    return times


def _scaled(video: "Video", times: list[int]) -> list[NDArray[np.float32]]:
    scaling = fit_scaling(video.frames)
    return [scaling.apply(video.frame(time)) for time in times]


def _show(axes: "Axes", image: NDArray[np.float32], title: str) -> None:
    axes.imshow(image, cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])


def draw_outlines(axes: "Axes", labels: NDArray[np.integer]) -> None:
    """Draw each object's outline in its track's color.

    Parameters
    ----------
    axes : Axes
    labels : ndarray of int, shape (Y, X)
    """
    for label in np.unique(labels[labels > 0]).tolist():
        axes.contour(
            labels == label, [0.5], colors=[track_color(label)], linewidths=0.8
        )


def draw_paths(axes: "Axes", tracked: LabelVideo, time: int) -> None:
    """Draw the paths of a frame's objects, `TAIL` frames back.

    Parameters
    ----------
    axes : Axes
    tracked : LabelVideo
    time : int
    """
    from scipy.ndimage import center_of_mass

    present = np.unique(tracked.labels[time])
    points: dict[int, list[Any]] = {
        label: [] for label in present[present > 0].tolist()
    }
    for frame in tracked.labels[max(0, time - TAIL) : time + 1]:
        found = np.intersect1d(frame, list(points))
        for label, center in zip(
            found.tolist(), center_of_mass(frame > 0, frame, found), strict=True
        ):
            points[label].append(center)
    for label, path in points.items():
        y, x = np.transpose(path)
        axes.plot(x, y, color=track_color(label), linewidth=1.2)
