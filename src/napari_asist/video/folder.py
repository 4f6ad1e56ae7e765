"""A folder of images, one per frame."""

import re
from collections import Counter
from pathlib import Path

from napari_asist.errors import AsistError
from napari_asist.video.stack import Stack, open_stack

TIFF_SUFFIXES = {".tif", ".tiff"}
OTHER_IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".nd2", ".czi", ".lif", ".avi"}


def open_frame_folder(folder: Path, channel: int | None = None) -> tuple[Stack, int]:
    """Find the frames in a folder of TIFF files, one image per file.

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
    stacks = [_one_frame(path, channel) for path in paths]
    first = stacks[0]
    for path, stack in zip(paths, stacks, strict=True):
        if (stack.shape, stack.dtype) != (first.shape, first.dtype):
            raise AsistError(
                f"{path} is {_described(stack)}, but {paths[0].name} is "
                f"{_described(first)}; all frames of a video must have the same shape "
                "and data type."
            )
    planes = [stack.planes[0] for stack in stacks]
    whole = Stack(
        planes, first.shape, first.dtype, first.pixel_size, first.frame_interval
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


def _described(stack: Stack) -> str:
    return f"{stack.shape[0]} × {stack.shape[1]} of {stack.dtype}"


def frame_paths(folder: Path) -> list[Path]:
    """Return the TIFF files of a folder in the order of the numbers in their names.

    Raises
    ------
    AsistError
        The folder has no frames, or other files as well.
    """
    files = [
        path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".")
    ]
    if any(path.name in ("res_track.txt", "man_track.txt") for path in files):
        raise AsistError(
            f"{folder} contains labels, not a video; choose the folder with the raw "
            "frames."
        )
    if others := [path for path in files if path.suffix.lower() in OTHER_IMAGES]:
        raise AsistError(
            f"{folder} also contains {min(others).name}; keep only the TIFF frames of "
            "one video in the folder, and convert other formats to TIFF."
        )
    frames = [path for path in files if path.suffix.lower() in TIFF_SUFFIXES]
    if not frames:
        raise AsistError(f"{folder} contains no TIFF files{_suggestion(folder)}.")
    _refuse_mixture(folder, frames)
    return sorted(frames, key=lambda path: (_numbers(path), path.name))


def _suggestion(folder: Path) -> str:
    sequences = sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and any(path.glob("*.tif"))
    )
    return f"; choose one of its folders: {', '.join(sequences)}" if sequences else ""


def _refuse_mixture(folder: Path, frames: list[Path]) -> None:
    patterns = Counter(re.sub(r"\d+", "#", path.name) for path in frames)
    if len(patterns) > 1:
        (usual, _), (other, _) = patterns.most_common()[:2]
        raise AsistError(
            f"{folder} contains more than one kind of image ({usual} and {other}); "
            "keep only the frames of one video in the folder."
        )
    columns = list(zip(*(_numbers(path) for path in frames), strict=True))
    counts = [len(set(column)) for column in columns if len(set(column)) > 1]
    if len(counts) > 1 and len(frames) == _product(counts):
        raise AsistError(
            f"{folder} contains files that differ in {len(counts)} numbers, such as "
            "frame and channel; keep only the files of one channel and position."
        )


def _product(counts: list[int]) -> int:
    product = 1
    for count in counts:
        product *= count
    return product


def _numbers(path: Path) -> tuple[int, ...]:
    # By value, so that frame 10 comes after frame 9.
    return tuple(int(digits) for digits in re.findall(r"\d+", path.name))


def _first_frame(paths: list[Path]) -> int:
    if not re.fullmatch(r"t\d+\.tiff?", paths[0].name):
        return 0
    first = _numbers(paths[0])[0]
    for number, path in enumerate(paths, first):
        if _numbers(path)[0] != number:
            raise AsistError(
                f"{paths[0].parent} has no frame {number}; restore the file or "
                "renumber the frames."
            )
    return first
