"""Shows a run in napari: the video, its labels and tracks, what it trained on."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import napari
from napari.layers import Layer

from napari_asist.ctc import read_ctc
from napari_asist.errors import AsistError
from napari_asist.plugin.layers.label_layers import label_layers
from napari_asist.plugin.layers.metadata import LayerData
from napari_asist.plugin.layers.video_layers import image_layer
from napari_asist.resampling import STANDARD_RADIUS, scale_factor
from napari_asist.video import Video, open_video
from napari_asist.workflow.run_folder.record import recorded_videos
from napari_asist.workflow.scale import kept_radius


def show_run(run: Path) -> None:
    """Open a run in a window of its own and wait until that is closed."""
    view_run(run)
    napari.run()


def view_run(run: Path, viewer: napari.Viewer | None = None) -> napari.Viewer:
    """Add the layers of a run to a viewer.

    Parameters
    ----------
    run : Path
        The run folder; the run need not have ended.
    viewer : napari.Viewer, optional
        Where to show it; left out, in a new viewer.

    Raises
    ------
    AsistError
        The folder is no run, or a run that has nothing to show yet.
    """
    layers = run_layers(run)
    viewer = viewer or napari.Viewer()
    viewer.title = f"napari-asist: {run}"
    for data in layers:
        viewer.add_layer(Layer.create(*data))
    viewer.dims.set_current_step(0, 0)
    return viewer


def run_layers(run: Path) -> list[LayerData]:
    """Return the layers of a run, from the bottom to the top.

    Hidden below are the first training video and its refined labels, then come the
    videos, each with its labels and tracks; the first of them is visible.

    Parameters
    ----------
    run : Path

    Raises
    ------
    AsistError
        The folder is no run, or a run that has nothing to show yet.
    """
    paths, channel = recorded_videos(run)
    videos = [_opened(path, channel) for path in paths]
    # Synthetic videos show what the resampled frames of those do that they imitate.
    sizes = [video.pixel_size for video in videos if video and video.pixel_size]
    pixel_size = sizes[0] if sizes else None
    factor = scale_factor(kept_radius(run) or STANDARD_RADIUS)
    layers = list(
        _training_layers(run / "training", pixel_size and pixel_size / factor)
    )
    for number, video in enumerate(videos, 1):
        result = run / "result" / f"{number:02d}_RES"
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
        yield from label_layers(
            read_ctc(result), result.name, pixel_size, visible=visible
        )


def _opened(path: Path, channel: int | None) -> Video | None:
    """Open a video, or warn: it may have been moved since the run."""
    try:
        return open_video(path, channel)
    except AsistError as error:
        warnings.warn(f"The run's video is not shown: {error}", stacklevel=2)
        return None
