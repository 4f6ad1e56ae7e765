"""Deforming the frames of a video: in order, over processes, and resumable."""

import hashlib
import os
import threading
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.labels import LabelArray
from napari_asist.refinement.deform import deform
from napari_asist.refinement.settings import RefinementSettings

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
    workers: int = 1,
    cache: Path | None = None,
) -> Iterator[LabelArray]:
    """Yield the deformed labels of each frame, in the frames' order.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)
    masks : ndarray of bool, shape (T, Y, X)
    settings : RefinementSettings
    workers : int
        Processes; 1 works in this process. Twice as many frames are in flight.
    cache : Path, optional
        Folder that keeps each finished frame, so that a killed run goes on.

    Raises
    ------
    AsistError
        A process died.
    """
    jobs = (
        (
            frame,
            mask,
            settings,
            cache and frame_file(cache, time, frame, mask, settings),
        )
        for time, (frame, mask) in enumerate(zip(labels, masks, strict=True))
    )
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
    if workers == 1:
        yield from (deform_cached(*job) for job in jobs)
        return
    waiting: deque[Future[LabelArray]] = deque()
    # A forked child would inherit the locks of running threads.
    with ProcessPoolExecutor(
        workers, get_context("spawn"), _prepare_process
    ) as executor:
        try:
            for job in jobs:
                waiting.append(executor.submit(deform_cached, *job))
                if len(waiting) == 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise AsistError(
                "A process that deformed labels was killed, often for want of memory; "
                "run again with fewer workers."
            ) from error
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _prepare_process() -> None:
    # Two processes of one thread do more frames than one process of two.
    os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent was killed, else it would wait forever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def frame_file(
    cache: Path,
    time: int,
    labels: LabelArray,
    mask: NDArray[np.bool_],
    settings: RefinementSettings,
) -> Path:
    """Name the file of a frame after all that its deformation depends on."""
    digest = hashlib.sha256(settings.model_dump_json(exclude=CLEANING_FIELDS).encode())
    digest.update(np.ascontiguousarray(labels).tobytes())
    digest.update(np.packbits(mask).tobytes())
    return cache / f"frame{time:04d}-{digest.hexdigest()[:16]}.npz"


def deform_cached(
    labels: LabelArray,
    mask: NDArray[np.bool_],
    settings: RefinementSettings,
    file: Path | None,
) -> LabelArray:
    """Deform one frame, or read it from its file where there is a whole one."""
    kept = _read(file) if file is not None else None
    if kept is not None:
        return kept
    deformed = deform(labels, mask, settings)
    if file is not None:
        aside = file.with_name(f".{os.getpid()}-{file.name}")
        np.savez_compressed(aside, labels=deformed)
        aside.replace(file)
    return deformed


def _read(file: Path) -> LabelArray | None:
    try:
        with np.load(file, allow_pickle=False) as stored:
            labels: LabelArray = stored["labels"]
            return labels
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return None  # there is none, or one that the disk lost a part of
