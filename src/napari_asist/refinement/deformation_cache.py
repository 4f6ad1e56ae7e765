"""Deform the frames of a video, and keep them on disk for resuming a killed run."""

import hashlib
import os
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray
from napari_asist.mapped import each_frame
from napari_asist.refinement.deform import deform
from napari_asist.refinement.settings import COMPUTING_FIELDS, RefinementSettings
from napari_asist.refinement.workers import FinishedJob, FrameWorkers

CLEANING_FIELDS = {
    "cleaning",
    "instance_coverage",
    "component_coverage",
    "feather",
    "background_dilation",
    "minimum_area",
    "repair",
    "longest_repair",
}


def deformed_frames(
    labels: LabelArray,
    masks: NDArray[np.bool_],
    settings: RefinementSettings,
    workers: FrameWorkers,
    cache: Path | None = None,
) -> Iterator[LabelArray]:
    """Yield the deformed labels of each frame, in the frames' order.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)
    masks : ndarray of bool, shape (T, Y, X)
    settings : RefinementSettings
    workers : FrameWorkers
        Workers that deform the frames.
    cache : Path, optional
        Folder for the finished frames. Only this process writes to it, so the workers
        of a cluster do not need access.
    """
    # Files of the frames in progress; None if a frame was read from its file.
    files: deque[Path | None] = deque()

    def jobs() -> Iterator[
        tuple[LabelArray, NDArray[np.bool_], RefinementSettings]
        | FinishedJob[LabelArray]
    ]:
        frames = zip(each_frame(labels), each_frame(masks), strict=True)
        for time, (frame, mask) in enumerate(frames):
            file = cache and cache_file(cache, time, frame, mask, settings)
            kept = _read(file) if file else None
            files.append(file if kept is None else None)
            yield (frame, mask, settings) if kept is None else FinishedJob(kept)

    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
    for deformed in workers.results(deform, jobs()):
        if file := files.popleft():
            _write(file, deformed)
        yield deformed


def cache_file(
    cache: Path,
    time: int,
    labels: LabelArray,
    mask: NDArray[np.bool_],
    settings: RefinementSettings,
) -> Path:
    """Derive a frame's file name from everything that its deformation depends on."""
    irrelevant = CLEANING_FIELDS.union(COMPUTING_FIELDS)
    digest = hashlib.sha256(settings.model_dump_json(exclude=irrelevant).encode())
    digest.update(np.ascontiguousarray(labels).tobytes())
    digest.update(np.packbits(mask).tobytes())
    return cache / f"frame{time:04d}-{digest.hexdigest()[:16]}.npz"


def _write(file: Path, labels: LabelArray) -> None:
    aside = file.with_name(f".{os.getpid()}-{file.name}")
    np.savez_compressed(aside, labels=labels)
    aside.replace(file)


def _read(file: Path) -> LabelArray | None:
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            labels: LabelArray = stored["labels"]
            return labels
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return None  # it is missing or damaged
