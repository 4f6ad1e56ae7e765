"""A folder of images, one per frame."""

import re
from pathlib import Path

from napari_asist.errors import AsistError
from napari_asist.video.frame_names import channels_in_names, ordered_frames
from napari_asist.video.stack import Stack, open_stack

TIFF_SUFFIXES = {".tif", ".tiff"}
OTHER_IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".nd2", ".czi", ".lif", ".avi"}


def open_frame_folder(folder: Path, channel: int | None = None) -> tuple[Stack, int]:
    """Find the frames in a folder of TIFF files, one image per file.

    Their order is that of the times in their names; see `ordered_frames`.

    Parameters
    ----------
    folder : Path
    channel : int, optional
        Starting at 0; required if the files have several.

    Returns
    -------
    stack : Stack
    first_frame : int
        The number of the first file if files are named ``t000.tif`` …, otherwise 0.

    Raises
    ------
    AsistError
        The folder contains other files, or frames that do not match each other.
    """
    paths = frame_paths(folder)
    by_name = channels_in_names(paths)
    named = ordered_frames(paths, channel if by_name else None)
    paths = named.paths
    stacks = [_one_frame(path, None if by_name else channel) for path in paths]
    first = stacks[0]
    for path, stack in zip(paths, stacks, strict=True):
        if stack.planes[0].kind != first.planes[0].kind:
            raise AsistError(
                f"{path} is {stack.planes[0].kind}, but {paths[0].name} is "
                f"{first.planes[0].kind}; all frames of a video must have the same "
                "shape and data type."
            )
    planes = [stack.planes[0] for stack in stacks]
    whole = Stack(
        planes,
        first.shape,
        first.dtype,
        first.pixel_size,
        first.frame_interval or named.interval,
    )
    return whole, _first_frame(paths)


def _one_frame(path: Path, channel: int | None) -> Stack:
    stack = open_stack(path, channel)
    if len(stack.planes) > 1:
        raise AsistError(
            f"{path} has {len(stack.planes)} images; in a folder of frames each file "
            "must be one 2D image. To open a stack, choose the file itself."
        )
    return stack


def frame_paths(folder: Path) -> list[Path]:
    """Return the TIFF files of a folder, in no particular order.

    Raises
    ------
    AsistError
        The folder has no frames, has other files as well, or links that lead nowhere.
    """
    files = [
        path
        for path in folder.iterdir()
        if not path.is_dir() and not path.name.startswith(".")
    ]
    if any(
        path.name in ("res_track.txt", "man_track.txt")
        or path.name.startswith("man_seg")
        for path in files
    ):
        raise AsistError(
            f"{folder} contains labels, not a video; choose the folder with the raw "
            "frames."
        )
    if others := [path for path in files if path.suffix.lower() in OTHER_IMAGES]:
        raise AsistError(
            f"{folder} also contains {min(others).name}; keep only the TIFF frames of "
            "one video in the folder, and convert other formats to TIFF."
        )
    frames = [path for path in files if _is_tiff(path)]
    if not frames:
        raise AsistError(f"{folder} contains no TIFF files{_suggestion(folder)}.")
    if lost := sorted(path for path in frames if not path.exists()):
        raise AsistError(
            f"{lost[0]} is a link to {lost[0].readlink()}, which does not exist; "
            "restore that file, or copy the frames instead of linking them."
        )
    return frames


def _is_tiff(path: Path) -> bool:
    return path.suffix.lower() in TIFF_SUFFIXES


def _suggestion(folder: Path) -> str:
    """Return what to do instead of choosing a folder without frames."""
    counts = {
        inner.name: sum(_is_tiff(path) for path in inner.iterdir())
        for inner in sorted(folder.glob("*/"))
    }
    names = [name for name, count in counts.items() if count]
    if not names:
        return "; choose a folder with the frames of a video, or export it as TIFF"
    if len(names) > 1 and max(counts.values()) == 1:
        return (
            f", but folders with one each, such as {names[0]}; copy the files into one "
            "folder, named t000.tif, t001.tif and so on in the order of time"
        )
    return f"; choose one of its folders: {', '.join(names)}"


def _first_frame(paths: list[Path]) -> int:
    number = re.fullmatch(r"t(\d+)\.tiff?", paths[0].name)
    return int(number[1]) if number else 0
