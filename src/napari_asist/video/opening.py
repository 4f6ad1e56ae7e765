"""Opening a video, whatever form it has on disk."""

from pathlib import Path

from napari_asist.errors import AsistError
from napari_asist.video.folder import TIFF_SUFFIXES, frame_paths, open_frame_folder
from napari_asist.video.stack import Plane, open_stack, stack_channels
from napari_asist.video.video import Video, lazy_frames


def open_video(path: Path, channel: int | None = None) -> Video:
    """Open a microscope video without reading its pixels.

    Parameters
    ----------
    path : Path
        A TIFF stack, an OME-TIFF, an ImageJ TIFF, a folder with one TIFF file a frame
        (in the order of the numbers in their names), or a sequence folder of the Cell
        Tracking Challenge (``t000.tif`` …).
    channel : int, optional
        From 0; needed where the video has several, also red, green and blue.

    Returns
    -------
    Video

    Raises
    ------
    AsistError
        The path cannot be opened as a 2D video of one channel.
    """
    path = Path(path)
    first_frame = 0
    if path.is_dir():
        stack, first_frame = open_frame_folder(path, channel)
    elif path.exists() and path.suffix.lower() not in TIFF_SUFFIXES:
        raise AsistError(f"{path} is not a TIFF file; export the video as TIFF.")
    else:
        stack = open_stack(path, channel)
    return Video(
        lazy_frames(
            stack.planes, Plane.read, stack.shape, stack.dtype, str(path), first_frame
        ),
        # 01 for the folder 01, cells for cells.ome.tif
        path.name if path.is_dir() else path.name.split(".")[0],
        path,
        first_frame,
        stack.pixel_size,
        stack.frame_interval,
    )


def channel_names_of(path: Path) -> list[str]:
    """Return the names of a video's channels, empty ones where the file tells none.

    Parameters
    ----------
    path : Path
        As for `open_video`.

    Returns
    -------
    list of str
        As long as there are channels to choose from.

    Raises
    ------
    AsistError
        The path cannot be opened as a 2D video.
    """
    return stack_channels(frame_paths(path)[0] if path.is_dir() else path)
