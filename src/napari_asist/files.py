"""Check what kind of file a path is, before anything waits for it."""

import stat
from pathlib import Path

from napari_asist.errors import AsistError


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
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # reported by whoever opens it
    if stat.S_ISREG(mode):
        return
    kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
    raise AsistError(f"{path} is {kind}, not a file; choose a file.")
