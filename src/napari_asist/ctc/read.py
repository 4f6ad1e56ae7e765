"""Reading of CTC folders."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from napari_asist.ctc.layout import HIGHEST_LABEL, TrackFolder, find_track_folder
from napari_asist.errors import AsistError
from napari_asist.files import require_file
from napari_asist.labels import LabelArray, LabelVideo, TrackTable, track_table
from napari_asist.mapped import blank_video, release
from napari_asist.tiff import read_image

READERS = 4
MOST = 2**24 - 1
"""Largest label or frame number: tables have a row for each number, used or not."""


def read_ctc(folder: Path, file: Path | None = None) -> LabelVideo:
    """Read a CTC result or ground truth folder.

    The rules for tracks are not checked here; see the video's `faults`.

    Parameters
    ----------
    folder : Path
        A ``01_RES`` folder, a ``01_GT`` folder, its ``TRA`` folder, or the text file
        in one of them.
    file : Path, optional
        File for the labels of a long video, which are then memory-mapped; see
        `napari_asist.mapped`.

    Returns
    -------
    LabelVideo
        Labels in the files' own unsigned dtype; ``first_frame`` is the number of the
        first file, and the track table counts from it.

    Raises
    ------
    AsistError
        A frame or the text file is missing or cannot be read.
    """
    found = find_track_folder(folder)
    if missing := found.missing():
        raise AsistError(
            f"{found.folder} has no image of frame {missing[0]}; restore the file or "
            "renumber the frames."
        )
    labels = _stack(found, file)
    tracks = read_track_table(found.table)
    if not len(tracks) and labels.any():
        raise AsistError(
            f"{found.table} lists no tracks, although the images contain labels; run "
            "napari-asist validate on the folder."
        )
    first = found.numbers.start
    tracks["begin"] -= first
    tracks["end"] -= first
    return LabelVideo(labels, tracks, first)


def _stack(found: TrackFolder, file: Path | None) -> LabelArray:
    paths = list(found.frames.values())
    if file is not None:
        return _filed(_of_one_shape(paths, map(read_mask, paths)), len(paths), file)
    with ThreadPoolExecutor(READERS) as readers:
        return np.stack(list(_of_one_shape(paths, readers.map(read_mask, paths))))


def _of_one_shape(
    paths: Iterable[Path], masks: Iterable[LabelArray]
) -> Iterator[LabelArray]:
    shape = None
    for path, mask in zip(paths, masks, strict=True):
        shape = shape or mask.shape
        if mask.shape != shape:
            raise AsistError(
                f"{path} has the shape {mask.shape}, the frames before it "
                f"{shape}; all frames of a video must have the same shape."
            )
        yield mask


def _filed(masks: Iterator[LabelArray], count: int, file: Path) -> LabelArray:
    """Write masks to a file one by one, wide enough for any CTC label."""
    labels = np.empty(0, np.uint16)
    for time, mask in enumerate(masks):
        if not time:
            labels = blank_video((count, *mask.shape), np.uint16, file)
        if mask.max(initial=0) > HIGHEST_LABEL:
            raise AsistError(
                f"Frame {time} has the label {mask.max()}; a CTC folder can have "
                f"labels up to {HIGHEST_LABEL}."
            )
        labels[time] = mask
        release(labels)
    return labels


def read_mask(path: Path) -> LabelArray:
    """Read the label image of one frame.

    Returns
    -------
    ndarray of unsigned int, shape (Y, X)

    Raises
    ------
    AsistError
        The file is damaged, is not a single 2D image or does not contain labels.
    """
    image = read_image(path)
    if image.ndim != 2:
        raise AsistError(
            f"{path} has the shape {image.shape}; only 2D label images can be read."
        )
    if image.size and image.dtype.kind in "iu" and int(image.max()) > MOST:
        raise AsistError(
            f"{path} has the label {image.max():,}; renumber the labels so that none "
            f"is above {MOST:,}."
        )
    if image.dtype.kind == "i" and image.min(initial=0) >= 0:
        unsigned: LabelArray = image.astype(image.dtype.str.replace("i", "u"))
        return unsigned
    if image.dtype.kind != "u":
        raise AsistError(
            f"{path} has {image.dtype} values; labels must be unsigned integers."
        )
    return image


def read_track_table(path: Path) -> TrackTable:
    """Read ``res_track.txt`` or ``man_track.txt``.

    Returns
    -------
    structured ndarray of `TRACK_DTYPE`
        Frames are numbered as in the file.

    Raises
    ------
    AsistError
        The file is missing, or a line is not ``label begin end parent``.
    """
    rows, malformed = parse_track_lines(read_lines(path))
    if malformed:
        number, line = malformed[0]
        raise AsistError(
            f"{path}, line {number}: {line!r} is not a track; a track has four "
            "integers: label, first frame, last frame, parent."
        )
    if large := [row for row in rows if max(row) > MOST]:
        raise AsistError(
            f"{path} has the number {max(large[0]):,}; renumber labels and frames so "
            f"that none is above {MOST:,}."
        )
    return track_table(rows)


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file, or raise a clear error."""
    require_file(path)
    try:
        return path.read_text("utf-8-sig", errors="replace").splitlines()
    except FileNotFoundError:
        raise AsistError(f"{path} is missing; it should list the tracks.") from None
    except OSError as error:
        raise AsistError(f"{path} cannot be read: {error.strerror}.") from error


def parse_track_lines(
    lines: Iterable[str],
) -> tuple[list[tuple[int, int, int, int]], list[tuple[int, str]]]:
    """Parse lines of four integers.

    Returns
    -------
    rows : list of (label, begin, end, parent)
    malformed : list of (line number from 1, line)
        Called with every other line; blank lines are skipped.
    """
    rows: list[tuple[int, int, int, int]] = []
    malformed: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        fields = line.split()
        try:
            label, begin, end, parent = map(np.int64, fields)
        except (ValueError, OverflowError):
            if fields:
                malformed.append((number, line))
        else:
            rows.append((int(label), int(begin), int(end), int(parent)))
    return rows, malformed
