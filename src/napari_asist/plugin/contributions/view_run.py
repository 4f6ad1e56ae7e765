"""Show a run in napari: the video, its labels and tracks, and its training data."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import napari
from napari.layers import Layer

from napari_asist.ctc import read_ctc, result_name
from napari_asist.errors import AsistError
from napari_asist.plugin.layers.label_layers import label_layers
from napari_asist.plugin.layers.metadata import LayerData
from napari_asist.plugin.layers.video_layers import image_layer
from napari_asist.proofreading import read_journal
from napari_asist.resampling import STANDARD_RADIUS, scale_factor
from napari_asist.video import Video, open_video
from napari_asist.workflow.run_folder.record import recorded_videos
from napari_asist.workflow.scale import kept_radius


def show_run(run: Path) -> None:
    """Open a run in its own window and wait until it is closed."""
    view_run(run)
    napari.run()


def view_run(run: Path, viewer: napari.Viewer | None = None) -> napari.Viewer:
    """Add the layers of a run to a viewer.

    Parameters
    ----------
    run : Path
        The run folder; the run need not be finished.
    viewer : napari.Viewer, optional
        Where to show it; a new viewer by default.

    Raises
    ------
    AsistError
        The folder is not a run, or the run has nothing to show yet.
    """
    layers = run_layers(run)
    viewer = viewer or napari.Viewer()
    viewer.title = f"napari-asist: {run}"
    for data in layers:
        viewer.add_layer(Layer.create(*data))
    viewer.dims.set_current_step(0, 0)
    return viewer


def run_layers(run: Path) -> list[LayerData]:
    """Return the layers of a run, from bottom to top.

    The first training video and its refined labels are at the bottom and hidden. Above
    them is each video with its labels and tracks. Only the first video is visible.

    Parameters
    ----------
    run : Path

    Raises
    ------
    AsistError
        The folder is not a run, or the run has nothing to show yet.
    """
    paths, channel = recorded_videos(run)
    videos = [_opened(path, channel) for path in paths]
    # Synthetic videos have the same scale as the resampled frames that they imitate.
    sizes = [video.pixel_size for video in videos if video and video.pixel_size]
    pixel_size = sizes[0] if sizes else None
    factor = scale_factor(kept_radius(run) or STANDARD_RADIUS)
    layers = list(
        _training_layers(run / "training", pixel_size and pixel_size / factor)
    )
    for number, video in enumerate(videos, 1):
        result = run / "result" / result_name(number)
        layers.extend(_video_layers(video, channel, result, pixel_size, number == 1))
    if not layers:
        raise AsistError(f"{run} has nothing to show yet; run it first.")
    return layers


def _training_layers(training: Path, pixel_size: float | None) -> Iterator[LayerData]:
    truth = training / "01_GT"
    if not truth.is_dir():
        return
    synthetic = replace(open_video(training / "01"), pixel_size=pixel_size)
    yield image_layer(synthetic, "synthetic video", visible=False)
    labels = label_layers(read_ctc(truth), "refined labels", pixel_size, visible=False)
    yield labels[0]


def _video_layers(
    video: Video | None,
    channel: int | None,
    result: Path,
    pixel_size: float | None,
    visible: bool,
) -> Iterator[LayerData]:
    if video is not None:
        pixel_size = video.pixel_size or pixel_size
        video = replace(video, pixel_size=pixel_size)
        yield image_layer(video, video.name, channel, visible=visible)
    if result.is_dir():
        labels = read_ctc(result)
        journal = read_journal(labels, result)
        yield from label_layers(
            labels, result.name, pixel_size, journal, visible=visible
        )


def _opened(path: Path, channel: int | None) -> Video | None:
    """Open a video, or warn if it cannot be opened; it may have moved since the run."""
    try:
        return open_video(path, channel)
    except AsistError as error:
        warnings.warn(f"The run's video cannot be shown: {error}", stacklevel=2)
        return None
