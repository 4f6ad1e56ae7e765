"""Files of a CTC folder."""

import re
from dataclasses import dataclass
from pathlib import Path

from napari_asist.errors import AsistError

HIGHEST_LABEL = 65_535
"""The challenge stores labels as unsigned 16-bit integers."""

LEAST_DIGITS = 3
"""``mask000.tif``: frame numbers have three digits, or more if needed."""

RESULT_SUFFIX = "_RES"


def result_name(number: int = 1) -> str:
    """Return the name of a result folder: ``01_RES`` for the first video."""
    return f"{number:02d}{RESULT_SUFFIX}"


@dataclass(frozen=True)
class TrackFolder:
    """A folder with one label image per frame and a track table.

    Parameters
    ----------
    folder : Path
    prefix : str
        Prefix of the image names: ``mask`` or ``man_track``.
    frames : dict of int to Path
        The images by frame number, ascending.
    table : Path
        The text file of the tracks; it may be missing.
    """

    folder: Path
    prefix: str
    frames: dict[int, Path]
    table: Path

    @property
    def numbers(self) -> range:
        """All frame numbers from the first file to the last."""
        return range(min(self.frames), max(self.frames) + 1)

    def missing(self) -> list[int]:
        """Return those of `numbers` that have no file."""
        return [number for number in self.numbers if number not in self.frames]


def find_track_folder(folder: Path) -> TrackFolder:
    """Find the label images and the track table in a result or ground truth folder.

    Parameters
    ----------
    folder : Path
        A ``01_RES`` folder, a ``01_GT`` folder, its ``TRA`` folder, or the text file
        in one of them.

    Raises
    ------
    AsistError
        The folder does not exist or has no such images.
    """
    folder = Path(folder)
    if folder.is_file() and folder.name in ("res_track.txt", "man_track.txt"):
        folder = folder.parent
    if not folder.is_dir():
        raise AsistError(
            f"{folder} is not a folder; choose a CTC folder such as 01_RES."
        )
    if found := search_track_folder(folder):
        return found
    raise AsistError(
        f"{folder} has no tracked labels: neither mask000.tif … nor "
        "man_track000.tif … was found in it or in TRA."
    )


def search_track_folder(folder: Path) -> TrackFolder | None:
    """Like `find_track_folder`, but return None if there are no such images."""
    for place, prefix, table in (
        (folder, "mask", "res_track.txt"),
        (folder, "man_track", "man_track.txt"),
        (folder / "TRA", "man_track", "man_track.txt"),
    ):
        if frames := find_frames(place, prefix):
            return TrackFolder(place, prefix, frames, place / table)
    return None


def find_frames(folder: Path, prefix: str) -> dict[int, Path]:
    """Find ``<prefix><number>.tif`` in a folder.

    Returns
    -------
    dict of int to Path
        By frame number, ascending; empty if the folder does not exist.
    """
    if not folder.is_dir():
        return {}
    named = re.compile(rf"{re.escape(prefix)}(\d+)\.tif")
    numbered = (
        (int(match[1]), path)
        for path in sorted(folder.iterdir())
        if (match := named.fullmatch(path.name))
    )
    return dict(sorted(numbered, key=lambda pair: pair[0]))


def frame_name(prefix: str, number: int, last: int) -> str:
    """Return the file name of a frame, with as many digits as the last frame needs.

    Examples
    --------
    >>> frame_name("mask", 7, last=91)
    'mask007.tif'
    """
    digits = max(LEAST_DIGITS, len(str(last)))
    return f"{prefix}{number:0{digits}d}.tif"
