"""Refinement of a whole video: deform, clean, repair over time."""

import time as clock
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.events import Finished, Note, Progress, Started, Work
from napari_asist.labels import LabelArray, LabelVideo, presence
from napari_asist.refinement.clean import keep_shown, repaint_uncovered
from napari_asist.refinement.frames import deformed_frames
from napari_asist.refinement.repair import repair
from napari_asist.refinement.report import RefinementReport, agreement
from napari_asist.refinement.settings import RefinementSettings

STAGE = "refine"


@dataclass(frozen=True, eq=False)
class Refined:
    """A training video: synthetic frames and labels that fit them.

    Parameters
    ----------
    video : LabelVideo
        Valid.
    images : ndarray of float32, shape (T, Y, X)
        Without objects that carry no label.
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
    workers: int = 1,
    cache: Path | None = None,
) -> Work[Refined]:
    """Fit simulated labels to the synthetic frames made from them.

    The labels are deformed and put to the instance test frame by frame, then
    repaired over time; only then are uncovered objects painted over, so that a label
    that the repair gives back keeps what the frame shows of its object.

    Parameters
    ----------
    video : LabelVideo
        Simulated labels; valid.
    images : ndarray of float32, shape (T, Y, X)
        Synthetic frames, -1 to 1.
    masks : ndarray of bool, shape (T, Y, X)
        What the synthetic frames show.
    settings : RefinementSettings
    seed : int
        Of the noise that is painted.
    workers : int
        Processes that deform frames.
    cache : Path, optional
        Folder that keeps deformed frames, so that a killed run goes on.

    Returns
    -------
    Refined
        By the generator; see `napari_asist.events`.

    Raises
    ------
    AsistError
        The video is not valid, or the three differ in shape.
    """
    _check(video, images, masks, workers)
    start = clock.monotonic()
    total = len(video)
    yield Started(STAGE, total)
    deformed = np.zeros_like(video.labels)
    frames = deformed_frames(video.labels, masks, settings, workers, cache)
    for time, frame in enumerate(frames):
        deformed[time] = frame
        yield Progress(STAGE, time + 1, total)
    yield Note(STAGE, f"Cleaning and repairing the labels of {total} frames.")
    shown = _shown(deformed, masks, settings)
    originals = LabelVideo(
        _with_undeformed(deformed, video.labels), video.tracks, video.first_frame
    )
    longest = settings.longest_repair if settings.repair else 0
    repaired = repair(
        LabelVideo(shown, video.tracks, video.first_frame), originals, longest
    )
    painted, remaining, components = _repainted(
        repaired.labels, images, masks, settings, seed
    )
    kept = _count(shown)
    report = RefinementReport(
        labels_before=_count(video.labels),
        labels_kept=kept,
        labels_restored=_count(repaired.labels) - kept,
        tracks_before=len(video.tracks),
        tracks_after=len(repaired.tracks),
        before=agreement(video.labels, masks),
        after=agreement(repaired.labels, remaining),
        repainted_components=components,
    )
    yield from report.notes(STAGE)
    yield Finished(STAGE, clock.monotonic() - start)
    return Refined(repaired, painted, report)


def _check(
    video: LabelVideo,
    images: NDArray[np.float32],
    masks: NDArray[np.bool_],
    workers: int,
) -> None:
    video.checked()
    if not video.labels.shape == images.shape == masks.shape:
        raise AsistError(
            f"Labels {video.labels.shape}, frames {images.shape} and masks "
            f"{masks.shape} differ in shape; give those of one synthetic video."
        )
    if workers < 1:
        raise AsistError(f"workers = {workers}: give at least 1.")


def _shown(
    deformed: LabelArray, masks: NDArray[np.bool_], settings: RefinementSettings
) -> LabelArray:
    if not settings.cleaning:
        return deformed
    shown = np.empty_like(deformed)
    for time, (frame, mask) in enumerate(zip(deformed, masks, strict=True)):
        shown[time] = keep_shown(frame, mask, settings)
    return shown


def _with_undeformed(deformed: LabelArray, labels: LabelArray) -> LabelArray:
    """Add the undeformed shapes of the labels that deformation lost in a frame."""
    both = deformed.copy()
    for frame, simulated in zip(both, labels, strict=True):
        lost = np.isin(simulated, np.setdiff1d(simulated, frame))
        frame[lost & (frame == 0)] = simulated[lost & (frame == 0)]
    return both


def _repainted(
    labels: LabelArray,
    images: NDArray[np.float32],
    masks: NDArray[np.bool_],
    settings: RefinementSettings,
    seed: int,
) -> tuple[NDArray[np.float32], NDArray[np.bool_], tuple[int, ...]]:
    """Return frames, masks less what was repainted, and how many components were."""
    if not settings.cleaning:
        return images, masks, (0,) * len(images)
    painted, remaining = images.copy(), masks.copy()
    components: list[int] = []
    for time, frame in enumerate(labels):
        # Each frame has its own stream, whatever the frames before it drew.
        rng = np.random.default_rng((seed, time))
        painted[time], region, count = repaint_uncovered(
            frame, images[time], masks[time], settings, rng
        )
        remaining[time] &= ~region
        components.append(count)
    return painted, remaining, tuple(components)


def _count(labels: LabelArray) -> int:
    return sum(len(found) for found in presence(labels))
