"""Open TIFF files, and raise one clear error if a file is damaged."""

import logging
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tifffile
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.files import require_file

YCBCR = 6
"""Value of the tag PhotometricInterpretation: colors may have fewer pixels."""

# Our own messages replace tifffile's log, and appear only once.
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
        The file is missing, empty, truncated, damaged or not a TIFF file.
    """
    if not path.exists():
        raise AsistError(f"{path} does not exist; check its name.")
    require_file(path)
    if not path.stat().st_size:
        raise AsistError(f"{path} is empty; copy or export it again.")
    try:
        # tifffile would guess the pages of ScanImage files, and lose some.
        tiff = tifffile.TiffFile(path, is_scanimage=False)
    except (tifffile.TiffFileError, struct.error) as error:
        raise AsistError(
            f"{path} is not a readable TIFF file ({error}); export the video as TIFF."
        ) from error
    try:
        with tiff:
            yield tiff
    except AsistError:
        raise
    except Exception as error:  # each codec raises its own for damaged files
        raise AsistError(
            f"{path} cannot be read and may be damaged: "
            f"{' '.join(str(error).split()) or type(error).__name__}."
        ) from error


def read_image(path: Path) -> NDArray[Any]:
    """Read a whole TIFF file, in the machine's byte order."""
    with open_tiff(path) as tiff:
        refuse_circles(tiff, path)
        for page in tiff.pages:
            _refuse_absent_pixels(page.aspage(), path)
        return in_native_order(tiff.asarray())


def in_native_order(image: NDArray[Any]) -> NDArray[Any]:
    """Return the same values in the machine's byte order, copied only if necessary."""
    return image.astype(image.dtype.newbyteorder("="), copy=False)


def refuse_damage(tiff: tifffile.TiffFile, path: Path) -> None:
    """Raise an error if a file's pages, pixels or tag values are not all in it.

    tifffile reads such a file as a video with fewer frames, other axes or zeros.
    """
    size = path.stat().st_size
    ends = [_end_of_tags(tiff, tiff.pages.first.offset)]
    for page in (one.aspage() for one in tiff.pages):
        _refuse_absent_pixels(page, path)
        ends += map(sum, zip(page.dataoffsets, page.databytecounts, strict=True))
        if page.is_contiguous and page.photometric != YCBCR:
            ends.append(page.dataoffsets[0] + page.nbytes)
    last = tiff.pages[len(tiff.pages) - 1]
    if max(ends) > size or _next_page(tiff, last.offset) != 0:
        raise AsistError(
            f"{path} is truncated: it ends before its last frame; copy or export it "
            "again."
        )


def refuse_circles(tiff: tifffile.TiffFile, path: Path) -> None:
    """Raise an error if pages follow each other in a circle, which never ends.

    Needed before all pages of a file are looked at, not to read a single one.
    """
    size = path.stat().st_size
    seen: set[int] = set()
    page = tiff.pages.first.offset
    while 0 < page < size:
        if page in seen:
            raise AsistError(
                f"{path} is damaged: its pages follow each other in a circle; copy or "
                "export it again."
            )
        seen.add(page)
        try:
            page = _next_page(tiff, page)
        except struct.error:
            return  # cut short


def _refuse_absent_pixels(page: tifffile.TiffPage, path: Path) -> None:
    """Raise an error if a page has no pixels, or lacks some of its strips or tiles.

    tifffile reads absent ones as zeros, and those at byte 0 from the file's header.
    """
    if not page.size:
        raise AsistError(
            f"{path} contains an image without pixels "
            f"({page.imagelength} × {page.imagewidth}); export it again."
        )
    header = page.parent.tiff.offsetsize * 2
    if len(page.dataoffsets) < math.prod(page.chunked) or any(
        offset < header for offset in page.dataoffsets
    ):
        raise AsistError(
            f"{path} is damaged: an image lacks a part of its pixels; copy or export "
            "it again."
        )


def _number_of_tags(tiff: tifffile.TiffFile, page: int) -> int:
    handle = tiff.filehandle
    handle.seek(page)
    (tags,) = struct.unpack(tiff.tiff.tagnoformat, handle.read(tiff.tiff.tagnosize))
    return int(tags)


def _next_page(tiff: tifffile.TiffFile, page: int) -> int:
    """Return the offset of the next page, stored after the tags; 0 for none."""
    layout, handle = tiff.tiff, tiff.filehandle
    tags = _number_of_tags(tiff, page)
    handle.seek(page + layout.tagnosize + tags * layout.tagsize)
    (following,) = struct.unpack(layout.offsetformat, handle.read(layout.offsetsize))
    return int(following)


def _end_of_tags(tiff: tifffile.TiffFile, page: int) -> int:
    """Return where the values of a page's tags end; long ones are stored elsewhere."""
    layout, handle = tiff.tiff, tiff.filehandle
    end = 0
    for _ in range(_number_of_tags(tiff, page)):
        head = handle.read(layout.tagsize)
        _, kind = struct.unpack(layout.tagformat1, head[:4])
        count, value = struct.unpack(layout.tagformat2, head[4:])
        size = count * struct.calcsize(tifffile.TIFF.DATA_FORMATS.get(kind, "0s"))
        if size > layout.tagoffsetthreshold:
            end = max(end, struct.unpack(layout.offsetformat, value)[0] + size)
    return end
