"""Which folders napari-asist may write to: new ones, empty ones, and its own."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from napari_asist.errors import AsistError
from napari_asist.files import HEAD, naming, refuse_link
from napari_asist.workflow.recipe import is_recipe
from napari_asist.workflow.run_folder.folder import RECIPE, make_folder
from napari_asist.workflow.run_folder.lock import LOCK, locked
from napari_asist.workflow.run_folder.record import RECORD, versions, write_json

MARKER = ".napari-asist"
"""File that marks a folder as made by napari-asist."""

OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini", LOCK, MARKER}
"""Files that a folder may have although nobody put anything into it. A process that was
killed before it wrote anything leaves a lock."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Create a folder or take an own one, mark it, and lock it for this process.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    AsistError
        The folder has contents that napari-asist did not make, or links to files, is in
        use by another process, or cannot be created.
    """
    marker = folder / MARKER
    refuse_other_folder(folder)
    _refuse_linked_files(folder)
    make_folder(folder)
    with naming(folder), locked(folder):
        if not marker.exists():
            write_json(marker, {"program": "napari-asist", "versions": versions()})
        yield


def _refuse_linked_files(folder: Path) -> None:
    """Raise an error if files of a folder are links: what they lead to would change.

    Folders of finished stages may be links; nothing is written to them.
    """
    for place, _, names in os.walk(folder):
        for name in names:
            refuse_link(Path(place) / name)


def refuse_other_folder(folder: Path) -> None:
    """Raise an error if a folder is not new, empty, or made by napari-asist.

    Parameters
    ----------
    folder : Path
        Is not created or changed.

    Raises
    ------
    AsistError
        Names a file that somebody else put there.
    """
    if folder.exists() and not folder.is_dir():
        raise AsistError(f"{folder} is a file; choose a folder to write to.")
    try:
        if not folder.is_dir() or is_ours(folder):
            return
        names = sorted({path.name for path in folder.iterdir()} - OF_THE_SYSTEM)
    except OSError as error:
        raise AsistError(
            f"{folder} cannot be read ({error.strerror or error}); choose another "
            "folder."
        ) from error
    if names:
        shown = min(names, key=lambda name: (name.startswith("."), name))
        raise AsistError(
            f"{folder} contains files that napari-asist did not make, such as {shown}; "
            "choose a new or an empty folder, so that none of your files are changed."
        )


def is_ours(folder: Path) -> bool:
    """Return whether napari-asist made a folder: it is marked or has our records.

    Earlier versions did not mark folders, but left a record of a run, a run card, or
    the settings of simulated videos. Stages of a run may have been copied to a folder.
    """
    marker = folder / MARKER
    if marker.is_file() and not marker.is_symlink():
        return True
    return (
        _has_record(folder)
        or _has_only_stages(folder)
        or _read(folder / "run_card.json").get("program") == "napari-asist"
        or _has_simulated_videos(folder)
        or (folder / "truth" / "made-with.txt").is_file()
    )


def _has_record(folder: Path) -> bool:
    return "napari-asist" in _read(folder / RECORD).get("versions", ())


def _has_only_stages(folder: Path) -> bool:
    stages = [path for path in folder.iterdir() if path.name not in OF_THE_SYSTEM]
    return bool(stages) and all(map(_has_record, stages))


def _has_simulated_videos(folder: Path) -> bool:
    if not any(folder.glob("*_GT")):
        return False
    recipe = folder / RECIPE
    try:
        start = recipe.read_bytes()[:HEAD] if recipe.is_file() else b""
    except OSError:
        return False
    return is_recipe(start) or set(_read(folder / "preset.json")) == {"preset", "seed"}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
