"""Finish a frame once it is known which labels blink."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from napari_asist.labels import LabelArray, LaterPart
from napari_asist.refinement.clean import keep_shown, repaint_uncovered
from napari_asist.refinement.outlines import DrawnOutlines
from napari_asist.refinement.repair import put_back, renamed
from napari_asist.refinement.report import FrameAgreement, frame_agreement
from napari_asist.refinement.settings import RefinementSettings


@dataclass(frozen=True, eq=False)
class FrameJob:
    """A frame, and information about it from the whole video.

    Parameters
    ----------
    time : int
    simulated, deformed : ndarray of unsigned int, shape (Y, X)
        Labels before and after deformation.
    image : ndarray of float32, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)
    blinking : sequence of int
        Labels to restore.
    parts : sequence of LaterPart
        Labels in the video that get new numbers.
    dtype : data type
        Data type of the video's refined labels.
    """

    time: int
    simulated: LabelArray
    deformed: LabelArray
    image: NDArray[np.float32]
    mask: NDArray[np.bool_]
    blinking: Sequence[int]
    parts: Sequence[LaterPart]
    dtype: DTypeLike


@dataclass(frozen=True, eq=False)
class FinishedFrame:
    """A frame of a training video.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    image : ndarray of float32, shape (Y, X)
    before, after : FrameAgreement
        Simulated labels with the mask; refined labels, before their outlines are
        redrawn, with the mask without the repainted regions.
    repainted_components : int
    """

    labels: LabelArray
    image: NDArray[np.float32]
    before: FrameAgreement
    after: FrameAgreement
    repainted_components: int


def finish(
    job: FrameJob,
    settings: RefinementSettings,
    seed: int,
    outlines: DrawnOutlines | None = None,
) -> FinishedFrame:
    """Clean a frame, restore labels that would blink, and only then paint.

    Parameters
    ----------
    job : FrameJob
    settings : RefinementSettings
    seed : int
        For the noise that is painted in the video.
    outlines : DrawnOutlines, optional
        Redraws the outlines at the end, if the settings request it.
    """
    labels = repaired_frame(
        job.simulated, job.deformed, job.mask, job.blinking, settings
    )
    labels = renamed(labels.astype(job.dtype), job.time, job.parts)
    image, remaining, components = job.image, job.mask, 0
    if settings.cleaning:
        # Each frame has its own random stream, independent of earlier frames.
        rng = np.random.default_rng((seed, job.time))
        image, region, components = repaint_uncovered(
            labels, job.image, job.mask, settings, rng
        )
        remaining = job.mask & ~region
    agreement = frame_agreement(labels, remaining)
    if settings.outlines and outlines is not None:
        labels = outlines.drawn(image, labels)
    return FinishedFrame(
        labels,
        image,
        frame_agreement(job.simulated, job.mask),
        agreement,
        components,
    )


def repaired_frame(
    simulated: LabelArray,
    deformed: LabelArray,
    mask: NDArray[np.bool_],
    blinking: Iterable[int],
    settings: RefinementSettings,
) -> LabelArray:
    """Return the labels present in the mask, and those that would blink.

    Parameters
    ----------
    simulated, deformed : ndarray of unsigned int, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)
    blinking : iterable of int
    settings : RefinementSettings
    """
    shown = deformed.copy()
    if settings.cleaning:
        shown = keep_shown(deformed, mask, settings)
    if blinking := list(blinking):
        put_back(shown, _with_undeformed(deformed, simulated), blinking)
    return shown


def _with_undeformed(deformed: LabelArray, simulated: LabelArray) -> LabelArray:
    """Add the undeformed shapes of labels lost by the deformation."""
    both = deformed.copy()
    lost = np.isin(simulated, np.setdiff1d(simulated, deformed))
    free = lost & (both == 0)
    both[free] = simulated[free]
    return both
