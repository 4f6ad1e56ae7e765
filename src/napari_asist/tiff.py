"""TIFF files opened so that a damaged one gives one clear sentence."""

import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tifffile
from numpy.typing import NDArray

from napari_asist.errors import AsistError

# What tifffile has to say about a file, we say ourselves and only once.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


@contextmanager
def open_tiff(path: Path) -> Iterator[tifffile.TiffFile]:
    """Open a TIFF file for reading.

    Parameters
    ----------
    path : Path

    Raises
    ------
    AsistError
        The file is missing, empty, cut short, damaged or no TIFF file.
    """
    if not path.exists():
        raise AsistError(f"{path} does not exist; check its name.")
    if path.is_file() and not path.stat().st_size:
        raise AsistError(f"{path} is empty; copy or export it again.")
    try:
        with tifffile.TiffFile(path) as tiff:
            yield tiff
    except AsistError:
        raise
    except tifffile.TiffFileError as error:
        raise AsistError(
            f"{path} is not a readable TIFF file ({error}); export the video as TIFF."
        ) from error
    except Exception as error:  # damaged files raise whatever their codec raises
        raise AsistError(
            f"{path} cannot be read, it may be damaged: "
            f"{' '.join(str(error).split()) or type(error).__name__}."
        ) from error


def read_image(path: Path) -> NDArray[Any]:
    """Read a whole TIFF file, in the machine's byte order."""
    with open_tiff(path) as tiff:
        return in_native_order(tiff.asarray())


def in_native_order(image: NDArray[Any]) -> NDArray[Any]:
    """Return the same values in the machine's byte order, copied only if need be."""
    return image.astype(image.dtype.newbyteorder("="), copy=False)


def refuse_if_cut_short(tiff: tifffile.TiffFile, path: Path) -> None:
    """Raise when a file's pages or their pixels lie beyond its end.

    tifffile reads such a file as a video of fewer frames.
    """
    size = path.stat().st_size
    last = tiff.pages[len(tiff.pages) - 1]
    complete = _next_page_offset(tiff, last.offset) == 0
    for page in tiff.pages:
        ends = zip(page.dataoffsets, page.databytecounts, strict=True)
        complete &= all(offset + count <= size for offset, count in ends)
    if not complete:
        raise AsistError(
            f"{path} is cut short: it ends before its last frame; copy or export it "
            "again."
        )


def _next_page_offset(tiff: tifffile.TiffFile, offset: int) -> int:
    # A page's tags are followed by the place of the next page, 0 after the last.
    layout, handle = tiff.tiff, tiff.filehandle
    handle.seek(offset)
    (tags,) = struct.unpack(layout.tagnoformat, handle.read(layout.tagnosize))
    handle.seek(offset + layout.tagnosize + tags * layout.tagsize)
    (following,) = struct.unpack(layout.offsetformat, handle.read(layout.offsetsize))
    return int(following)
