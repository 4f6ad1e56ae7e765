"""Check a CTC folder and report every fault with its frame and label."""

import re
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.ctc.layout import (
    HIGHEST_LABEL,
    LEAST_DIGITS,
    TrackFolder,
    find_track_folder,
)
from napari_asist.ctc.read import READERS, parse_track_lines, read_lines
from napari_asist.errors import AsistError
from napari_asist.events import Finished, Progress, Started, Work, result_of
from napari_asist.labels import Fault, find_faults_in, track_table
from napari_asist.tiff import read_image

STAGE = "validate"
IMAGE_SUFFIXES = {".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp"}


def validate_ctc(folder: Path) -> list[Fault]:
    """Check a CTC result or ground truth folder against the challenge's rules.

    Parameters
    ----------
    folder : Path
        A ``01_RES`` folder, a ``01_GT`` folder or its ``TRA`` folder.

    Returns
    -------
    list of Fault
        All faults; empty if the folder is valid. Frames are numbered as the files are.

    Raises
    ------
    AsistError
        The folder does not exist or is not a CTC folder.
    """
    return result_of(validating(folder))


def validating(folder: Path) -> Work[list[Fault]]:
    """Do the same as `validate_ctc`, and report progress in frames."""
    found = find_track_folder(folder)
    began = time.monotonic()
    yield Started(STAGE, len(found.frames))
    contents: list[_Content] = []
    with ThreadPoolExecutor(READERS) as readers:
        for content in readers.map(_inspect, found.frames.values()):
            contents.append(content)
            yield Progress(STAGE, len(contents), len(found.frames))
    faults = [*_file_faults(found), *_content_faults(found, contents)]
    yield Finished(STAGE, time.monotonic() - began)
    return faults


def _file_faults(found: TrackFolder) -> Iterator[Fault]:
    for number in found.missing():
        yield Fault("its image file is missing", number)
    images = [
        path
        for path in sorted(found.folder.iterdir())
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
    ]
    widths = set()
    for path in images:
        match = re.fullmatch(rf"{found.prefix}(\d+)\.tif", path.name)
        if not match:
            yield Fault(f"{path.name} does not belong to the folder")
            continue
        widths.add(len(match[1]))
        if found.frames[int(match[1])] != path:
            other = found.frames[int(match[1])].name
            yield Fault(f"has two files, {path.name} and {other}", int(match[1]))
    if min(widths) < LEAST_DIGITS:
        yield Fault(f"frame numbers in file names need at least {LEAST_DIGITS} digits")
    if len(widths) > 1:
        yield Fault("frame numbers in file names differ in their number of digits")


def _content_faults(
    found: TrackFolder, contents: Sequence["_Content"]
) -> Iterator[Fault]:
    rows: list[tuple[int, int, int, int]] = []
    try:
        rows, malformed = parse_track_lines(read_lines(found.table))
    except AsistError as error:
        yield Fault(str(error).removesuffix("."))
    else:
        for number, line in malformed:
            yield Fault(
                f"{found.table.name}, line {number}: {line!r} is not a track; a track "
                "has four integers: label, first frame, last frame, parent"
            )
        if not rows:
            yield Fault(f"{found.table.name} lists no tracks: the result is empty")
    for row in rows:
        if row[0] > HIGHEST_LABEL:
            yield Fault(f"is above {HIGHEST_LABEL}", label=row[0])
    present = yield from _image_faults(found, contents)
    yield from find_faults_in(present, track_table(rows), found.numbers)


@dataclass(frozen=True)
class _Content:
    """What the checks need to know about one image."""

    shape: tuple[int, ...] = ()
    labels: NDArray[np.int64] | None = None
    fault: str = ""


def _image_faults(
    found: TrackFolder, contents: Sequence[_Content]
) -> Generator[Fault, None, dict[int, NDArray[np.int64]]]:
    shapes = Counter(content.shape for content in contents if content.shape)
    usual = shapes.most_common(1)[0][0] if shapes else ()
    present = {}
    for number, content in zip(found.frames, contents, strict=True):
        if content.fault:
            yield Fault(content.fault, number)
        if content.shape and content.shape != usual:
            yield Fault(f"has the shape {content.shape}, not {usual}", number)
        if content.labels is not None:
            present[number] = content.labels
    return present


def _inspect(path: Path) -> _Content:
    try:
        image = read_image(path)
    except AsistError as error:
        return _Content(fault=str(error).removesuffix("."))
    if image.dtype.kind not in "ui":
        return _Content(image.shape, None, f"has {image.dtype} values, not uint16")
    faults = []
    if image.dtype != np.uint16:
        faults.append(f"has {image.dtype} values, not uint16")
    if image.ndim != 2:
        faults.append(f"has the shape {image.shape}; a frame must be one 2D image")
    found = np.unique(image)
    return _Content(image.shape, found[found != 0].astype(np.int64), "; ".join(faults))
