"""Files: what kind they are before they are read, and how they are replaced."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from napari_asist.errors import AsistError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEAD = 1 << 16
"""Bytes from which the kind of a file is recognized."""


def require_file(path: Path) -> None:
    """Raise an error if something other than a regular file is at a path.

    Opening a pipe waits for another program, and a device may never end.

    Parameters
    ----------
    path : Path
        Need not exist.

    Raises
    ------
    AsistError
        It is a folder, a pipe or a device.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # reported by whoever opens it
    if stat.S_ISREG(mode):
        return
    kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
    raise AsistError(f"{path} is {kind}, not a file; choose a file.")


ASIDE = ".asist-aside"
"""End of the name of a file that is being written."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name a file or folder in errors about a full disk, which do not have a name.

    Parameters
    ----------
    path : Path
        What is written.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            error.filename = str(path)
        raise


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Write a file under another name, and rename it when it is complete.

    A killed process leaves the earlier file. Links are replaced, never followed.

    Parameters
    ----------
    path : Path

    Yields
    ------
    Path
        ``.NAME.asist-aside``, which does not exist yet: no file of anybody else has
        such a name.
    """
    aside = aside_of(path)
    aside.unlink(missing_ok=True)
    try:
        with naming(path):
            yield aside
            aside.replace(path)
    except OSError as error:
        if error.filename == str(aside):
            error.filename = str(path)  # the name that users know
        raise
    finally:
        aside.unlink(missing_ok=True)


def aside_of(path: Path) -> Path:
    """Return the name under which a file is written until it is complete."""
    return path.with_name(f".{path.name}{ASIDE}")


def refuse_missing_folder(path: Path) -> None:
    """Raise an error if a file cannot be written because of its folder.

    Parameters
    ----------
    path : Path
        Need not exist.

    Raises
    ------
    AsistError
        The folder does not exist, or is not writable.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise AsistError(f"{folder} does not exist; create the folder first.")
    if not os.access(folder, os.W_OK):
        raise AsistError(f"{folder} is not writable; choose another folder.")


def refuse_other_file(path: Path, is_ours: Callable[[bytes], bool], kind: str) -> None:
    """Raise an error if a file that would be replaced is somebody's own.

    Parameters
    ----------
    path : Path
        Need not exist.
    is_ours : callable
        Takes the first 64 kB of the file; returns whether napari-asist wrote it.
    kind : str
        What it should be, such as ``a recipe``.

    Raises
    ------
    AsistError
        It is a file of somebody else, or not a file.
    """
    if not path.exists():
        return
    require_file(path)
    with path.open("rb") as file:
        start = file.read(HEAD)
    if start and not is_ours(start):
        raise AsistError(
            f"{path} exists and is not {kind} that napari-asist wrote; choose another "
            "name, so that it is not overwritten."
        )


def is_own_picture(start: bytes) -> bool:
    """Return whether a file is a PNG picture that napari-asist drew.

    Parameters
    ----------
    start : bytes
        The first 64 kB of the file.
    """
    return start.startswith(b"\x89PNG") and b"Software\0napari-asist" in start


def save_picture(figure: "Figure", path: Path) -> None:
    """Write a figure as a PNG picture that is known to be ours.

    Parameters
    ----------
    figure : matplotlib Figure
    path : Path
    """
    with written_aside(path) as aside:
        figure.savefig(aside, format="png", metadata={"Software": "napari-asist"})


def refuse_link(path: Path) -> None:
    """Raise an error if a path, to which something will be written, is a link.

    Parameters
    ----------
    path : Path
        Need not exist.

    Raises
    ------
    AsistError
        It is a link.
    """
    if path.is_symlink():
        raise AsistError(
            f"{path} is a link to another file, which would be changed; delete the "
            "link, or choose another folder."
        )
