"""Shows a run in napari: the video, its labels and tracks, what it trained on."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import napari
from napari.layers import Layer

from napari_asist.ctc import read_ctc
from napari_asist.errors import AsistError
from napari_asist.plugin.layers import LayerData, image_layer, label_layers
from napari_asist.video import Video, open_video
from napari_asist.workflow.run import recorded_videos


def view_run(run: Path, viewer: napari.Viewer | None = None) -> napari.Viewer:
    """Open a run in napari.

    The caller starts napari's event loop with ``napari.run()``.

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
    layers = [*_training_layers(run / "training"), *_result_layers(run)]
    if not layers:
        raise AsistError(f"{run} has nothing to show yet; run it first.")
    return layers


def _training_layers(training: Path) -> Iterator[LayerData]:
    truth = training / "01_GT"
    if not truth.is_dir():
        return
    synthetic = open_video(training / "01")
    yield image_layer(synthetic, "synthetic video", visible=False)
    yield label_layers(read_ctc(truth), "refined labels", visible=False)[0]


def _result_layers(run: Path) -> Iterator[LayerData]:
    paths, channel = recorded_videos(run)
    for number, path in enumerate(paths, 1):
        shown = {"visible": number == 1}
        video = _opened(path, channel)
        if video is not None:
            yield image_layer(video, video.name, **shown)
        result = run / "result" / f"{number:02d}_RES"
        if result.is_dir():
            pixel_size = video.pixel_size if video else None
            yield from label_layers(read_ctc(result), result.name, pixel_size, **shown)


def _opened(path: Path, channel: int | None) -> Video | None:
    """Open a video, or warn: it may have been moved since the run."""
    try:
        return open_video(path, channel)
    except AsistError as error:
        warnings.warn(f"The run's video is not shown: {error}", stacklevel=2)
        return None
