"""Refine a whole video: deform, clean, repair over time, paint."""

import time as clock
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.events import Finished, Note, Progress, Started, Work
from napari_asist.labels import LabelVideo, dtype_with, labels_in
from napari_asist.mapped import blank_video, each_frame, release
from napari_asist.refinement.deformation_cache import deformed_frames
from napari_asist.refinement.finish_frame import FrameJob, finish, repaired_frame
from napari_asist.refinement.outlines import DrawnOutlines
from napari_asist.refinement.repair import (
    blinking_labels,
    repaired_tracks,
)
from napari_asist.refinement.report import RefinementReport, Tally
from napari_asist.refinement.settings import RefinementSettings
from napari_asist.refinement.workers import FrameWorkers

STAGE = "refine"


@dataclass(frozen=True, eq=False)
class Refined:
    """A training video: synthetic frames and labels that fit them.

    Parameters
    ----------
    video : LabelVideo
        Valid.
    images : ndarray of float32, shape (T, Y, X)
        Without unlabeled objects.
    report : RefinementReport
    """

    video: LabelVideo
    images: NDArray[np.float32]
    report: RefinementReport


def refine_video(
    video: LabelVideo,
    images: NDArray[np.float32],
    masks: NDArray[np.bool_],
    settings: RefinementSettings,
    seed: int,
    workers: FrameWorkers | None = None,
    cache: Path | None = None,
    outlines: DrawnOutlines | None = None,
) -> Work[Refined]:
    """Fit simulated labels to the synthetic frames made from them.

    The labels are deformed and tested frame by frame (instance test), then repaired
    over time; only then are uncovered objects painted over, so that a label restored by
    the repair keeps its object in the frame.

    Parameters
    ----------
    video : LabelVideo
        Simulated labels; valid.
    images : ndarray of float32, shape (T, Y, X)
        Synthetic frames, -1 to 1.
    masks : ndarray of bool, shape (T, Y, X)
        The objects that the synthetic frames show.
    settings : RefinementSettings
    seed : int
        For the noise that is painted.
    workers : FrameWorkers, optional
        Workers for the frames; by default this process. ``settings.scheduler`` is only
        used when creating them.
    cache : Path, optional
        Folder for deformed frames, so that a killed run resumes. Refined labels and
        frames are also files in it (see `napari_asist.mapped`), and memory holds only
        the frames in progress if `video`, `images` and `masks` are such files. Without
        it, everything is in memory.
    outlines : DrawnOutlines, optional
        Redraws outlines where people draw them; used if ``settings.outlines`` is set.

    Returns
    -------
    Refined
        Returned by the generator; see `napari_asist.events`.

    Raises
    ------
    AsistError
        If the video is invalid or the three differ in shape, a process was killed, or
        the scheduler does not respond.
    """
    _check(video, images, masks)
    workers = workers or FrameWorkers()
    start = clock.monotonic()
    total = len(video)
    shape, dtype = video.labels.shape, video.labels.dtype
    yield Started(STAGE, total)
    deformed = blank_video(shape, dtype, cache and cache / "deformed.raw")
    kept: list[NDArray[np.int64]] = []
    frames = deformed_frames(video.labels, masks, settings, workers, cache)
    for time, frame in enumerate(frames):
        deformed[time] = frame
        release(deformed)
        shown = repaired_frame(frame, frame, masks[time], (), settings)
        kept.append(labels_in(shown))
        yield Progress(STAGE, time + 1, total)

    yield Note(STAGE, f"Cleaning and repairing the labels of {total} frames.")
    blinking = blinking_labels(kept, settings.longest_repair if settings.repair else 0)
    present = list(kept)
    for time, back in blinking.items():
        repaired = repaired_frame(
            video.labels[time], deformed[time], masks[time], back, settings
        )
        present[time] = labels_in(repaired)
    tracks, parts = repaired_tracks(present, video.tracks)

    yield Started(STAGE, total)
    wide = dtype_with(parts, dtype)
    refined = blank_video(shape, wide, cache and cache / "labels.raw")
    painted = blank_video(shape, images.dtype, cache and cache / "images.raw")
    tally = Tally()
    synthetic = zip(
        each_frame(video.labels),
        each_frame(deformed),
        each_frame(images),
        each_frame(masks),
        strict=True,
    )
    jobs = (
        (
            FrameJob(time, *frame, blinking.get(time, ()), parts, wide),
            settings,
            seed,
            outlines,
        )
        for time, frame in enumerate(synthetic)
    )
    for time, done in enumerate(workers.results(finish, jobs)):
        refined[time], painted[time] = done.labels, done.image
        release(refined)
        release(painted)
        tally.add(done.before, done.after, done.repainted_components)
        yield Progress(STAGE, time + 1, total)
    report = tally.report(kept, present, video.tracks, tracks)
    yield from report.notes(STAGE)
    yield Finished(STAGE, clock.monotonic() - start)
    return Refined(LabelVideo(refined, tracks, video.first_frame), painted, report)


def _check(
    video: LabelVideo,
    images: NDArray[np.float32],
    masks: NDArray[np.bool_],
) -> None:
    video.checked()
    if not video.labels.shape == images.shape == masks.shape:
        raise AsistError(
            f"Labels {video.labels.shape}, frames {images.shape} and masks "
            f"{masks.shape} differ in shape; use those of one synthetic video."
        )
