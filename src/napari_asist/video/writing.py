"""Write a video frame by frame, so that it is never completely in memory."""

import time as clock
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.events import Finished, Progress, Started, Work
from napari_asist.files import aside_of
from napari_asist.video.metadata import written_origin
from napari_asist.video.video import Video

STAGE = "write video"
CLASSIC_TIFF = 4 * 1000**3
"""Bytes of pixels above which a file needs the offsets of BigTIFF."""


def write_video(video: Video, path: Path) -> Work[None]:
    """Write a video as OME-TIFF with its pixel size, frame interval and origin.

    The file is written under another name and renamed, so that it is either complete or
    absent. 64-bit integers and 16-bit floats, which the format lacks, become 64-bit and
    32-bit floats.

    Parameters
    ----------
    video : Video
    path : Path
        In an existing folder.

    Raises
    ------
    AsistError
        A pixel is NaN or infinite, or the file cannot be written.
    """
    dtype = _stored(video.frames.dtype)
    aside = aside_of(path)
    started = clock.monotonic()
    yield Started(STAGE, len(video))
    try:
        offset = _make_room(video, dtype, aside)
        with aside.open("r+b") as file:
            file.seek(offset)
            for time in range(len(video)):
                file.write(_checked(video, time, dtype).data)
                yield Progress(STAGE, time + 1, len(video))
        aside.replace(path)
    except OSError as error:
        raise AsistError(
            f"{path} cannot be written ({error.strerror or error}); free some space or "
            "choose another folder."
        ) from error
    finally:
        aside.unlink(missing_ok=True)
    yield Finished(STAGE, clock.monotonic() - started)


def _make_room(video: Video, dtype: np.dtype[Any], path: Path) -> int:
    """Write a file without its pixels, and return the offset at which they begin."""
    is_big = video.frames.size * dtype.itemsize > CLASSIC_TIFF
    with tifffile.TiffWriter(path, bigtiff=is_big, ome=True) as tiff:
        written = tiff.write(
            shape=video.frames.shape,
            dtype=dtype,
            photometric="minisblack",
            metadata=_metadata(video),
            returnoffset=True,
        )
    assert written is not None
    return int(written[0])


def _metadata(video: Video) -> dict[str, Any]:
    metadata: dict[str, Any] = {"axes": "TYX", "Name": video.name}
    if video.pixel_size is not None:
        for axis in "XY":
            metadata[f"PhysicalSize{axis}"] = video.pixel_size
            metadata[f"PhysicalSize{axis}Unit"] = "µm"
    if video.frame_interval is not None:
        metadata |= {"TimeIncrement": video.frame_interval, "TimeIncrementUnit": "s"}
    return metadata | written_origin(video.made_from, video.first_frame)


def _stored(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.kind not in "uifb":
        raise AsistError(
            f"The video has {dtype} values; real intensities are required."
        )
    if dtype.kind == "b":
        return np.dtype("u1")
    if dtype.itemsize == 8:
        return np.dtype("f8")
    return np.dtype("f4") if dtype == np.float16 else dtype.newbyteorder("=")


def _checked(video: Video, time: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    frame = video.frame(time)
    if not np.isfinite(frame).all():
        raise AsistError(
            f"{video.name}, frame {video.first_frame + time}: some pixels are NaN or "
            "infinite; replace them with numbers, or omit the frame."
        )
    return np.ascontiguousarray(frame, dtype)
