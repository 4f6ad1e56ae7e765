"""Detect whether data or settings have changed."""

import hashlib
import time as clock
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.events import Finished, Progress, Started, Work, each_unless_stopped
from napari_asist.threads import read_ahead

NOT_OUTPUT = {"record.json", "checkpoint.safetensors", "losses.csv", "samples"}
"""Files and folders of a stage that no later stage reads."""


def hash_folder(folder: Path) -> str:
    """Hash the names and contents of a stage's outputs.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    total = hashlib.sha256()
    for path in each_unless_stopped(sorted(folder.rglob("*"))):
        name = path.relative_to(folder)
        if path.is_file() and not NOT_OUTPUT.intersection(name.parts):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            total.update(f"{name.as_posix()} {digest}\n".encode())
    return total.hexdigest()


def hash_frames(
    frames: NDArray[np.generic], name: str, kept: NDArray[np.generic] | None = None
) -> Work[str]:
    """Hash the pixels of a video, regardless of file format.

    Parameters
    ----------
    frames : array, shape (T, Y, X)
        Numpy or dask; read frame by frame.
    name : str
        Name of the video, for the events.
    kept : array, optional
        Of the same shape and dtype; the frames are written to it.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    stage = f"read {name}"
    total = hashlib.sha256(f"{frames.shape} {frames.dtype}".encode())
    started = clock.monotonic()
    yield Started(stage, len(frames))
    for time, frame in enumerate(read_ahead(frames)):
        total.update(np.ascontiguousarray(frame).data)
        if kept is not None:
            kept[time] = frame
        yield Progress(stage, time + 1, len(frames))
    yield Finished(stage, clock.monotonic() - started)
    return total.hexdigest()


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield the dotted name, old value and new value of everything that differs."""
    for key in [*old, *(key for key in new if key not in old)]:
        name = f"{prefix}{key}"
        before, after = old.get(key), new.get(key)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from differences(before, after, f"{name}.")
        elif before != after:
            yield name, before, after
