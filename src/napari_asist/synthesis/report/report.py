"""The label-free report: quality of synthetic frames as training frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.events import each_unless_stopped
from napari_asist.labels import LabelVideo, presence
from napari_asist.scaling import IntensityScaling
from napari_asist.synthesis.report.agreement import FrameAgreement, frame_agreement
from napari_asist.synthesis.report.detected import (
    ObservedFrames,
    histogram_distance,
    observe,
)
from napari_asist.synthesis.report.likeness import Likeness

SMALLEST_RATIO, LARGEST_RATIO = 0.95, 1.05
"""Range of the ratio of visible area to label area in which borders match the labels.
An error
of one pixel in the radius costs a nucleus of 10 px up to 0.2 of its overlap."""

Verdict = Literal["accept", "too small", "too large", "unknown"]


@dataclass(frozen=True, eq=False)
class CycledPairs:
    """Images and annotations, and their cycled versions.

    Parameters
    ----------
    images, cycled_images : ndarray of float32, shape (N, Y, X)
        Real frames x and B(A(x)), -1 to 1.
    annotations, cycled_annotations : ndarray of float32, shape (N, Y, X)
        Annotation frames y and A(B(y)), -1 to 1.
    """

    images: NDArray[np.float32]
    cycled_images: NDArray[np.float32]
    annotations: NDArray[np.float32]
    cycled_annotations: NDArray[np.float32]

    @property
    def images_lost(self) -> float:
        """Mean absolute difference of the images."""
        return float(np.abs(self.images - self.cycled_images).mean())

    @property
    def annotations_lost(self) -> float:
        """Mean absolute difference of the annotations."""
        return float(np.abs(self.annotations - self.cycled_annotations).mean())


@dataclass(frozen=True)
class SynthesisReport:
    """Quality of synthetic frames, measured without labels of the real video.

    Parameters
    ----------
    step : int
        Training steps so far; 0 if nothing is trained.
    annotated : int
        Number of annotations in all frames.
    shown : float
        Fraction of the annotations with a visible object.
    jaccard : float
        Mean overlap (Jaccard index) of the visible objects with their labels; not a
        number if no object is clear of the noise.
    stray : float
        Fraction of the drawn area without an annotation.
    border : float
        Fraction of an object's own maximum at which the annotations' outlines should
        be; the median if it depends on the brightness.
    visible, visible_lower, visible_upper : float
        Area of drawn objects above that fraction of their maximum, over their labels'
        area: median and quartiles; not a number if no object is well above the noise.
    half_maximum : float
        The same median at half of the maximum.
    dimmest, dimmest_real, brightest, brightest_real : float
        The objects' 10 % and 90 % quantiles of brightness, in counts over the
        background, in the synthetic frames and in the real ones.
    noise, noise_real : float
        Standard deviation of the background, in counts.
    histogram_distance : float
        Wasserstein distance of the intensities on the networks' scale, 0 to 2.
    count_mismatch : float
        Objects detected in the synthetic frames over those annotated, minus 1.
    density_mismatch : float
        Objects per area in the synthetic frames over those in the real ones, minus 1.
    flicker, flicker_real : float
        Median relative change of an object's brightness from frame to frame.
    mask_dice : float or None
        Dice index of the mask generator's masks with the annotations.
    cycle_images, cycle_annotations : float or None
        Mean absolute difference of cycled images, and of cycled annotations.
    likeness : Likeness or None
        Similarity of other synthetic frames to real ones.
    """

    step: int
    annotated: int
    shown: float
    jaccard: float
    stray: float
    border: float
    visible: float
    visible_lower: float
    visible_upper: float
    half_maximum: float
    dimmest: float
    dimmest_real: float
    brightest: float
    brightest_real: float
    noise: float
    noise_real: float
    histogram_distance: float
    count_mismatch: float
    density_mismatch: float
    flicker: float
    flicker_real: float
    mask_dice: float | None = None
    cycle_images: float | None = None
    cycle_annotations: float | None = None
    likeness: Likeness | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether the drawn borders match the labels' borders."""
        if np.isnan(self.visible):
            return "unknown"
        if self.visible < SMALLEST_RATIO:
            return "too small"
        return "too large" if self.visible > LARGEST_RATIO else "accept"


def report_synthesis(
    images: NDArray[np.float32],
    annotation: LabelVideo,
    real: ObservedFrames,
    scaling: IntensityScaling,
    step: int = 0,
    masks: NDArray[np.bool_] | None = None,
    cycled: CycledPairs | None = None,
    border: float | DrawnBorder = 0.5,
    likeness: Likeness | None = None,
) -> SynthesisReport:
    """Measure synthetic frames against their annotations and the real video.

    Parameters
    ----------
    images : ndarray of float32, shape (T, Y, X)
        Synthetic frames, -1 to 1; they are successive.
    annotation : LabelVideo
        The annotation they were drawn from.
    real : ObservedFrames
        The real video, by `observe_video` with the same scaling; measured once for all
        reports.
    scaling : IntensityScaling
    step : int
        Training steps so far.
    masks : ndarray of bool, shape (T, Y, X), optional
        Masks that the mask generator draws for the synthetic frames.
    cycled : CycledPairs, optional
        Cycled images and annotations.
    border : float or DrawnBorder
        Fraction of an object's own maximum at which the annotations' outlines should
        be; set by the simulator's settings, see `drawn_border`.
    likeness : Likeness, optional
        For frames of several videos, from
        `napari_asist.synthesis.report.likeness.compared_frames`.

    Returns
    -------
    SynthesisReport

    Raises
    ------
    AsistError
        If frames and annotations differ in shape.
    """
    labels = annotation.labels
    if images.shape != labels.shape:
        raise AsistError(
            f"Synthetic frames {images.shape} and annotations {labels.shape} differ in "
            "shape; use those of one video."
        )
    drawn = observe(images, scaling, real.radius or None, real.saddle)
    noise = max(drawn.noise, real.noise)
    frames = [
        frame_agreement(counts, image, frame, found, noise, border)
        for counts, image, frame, found in zip(
            each_unless_stopped(drawn.counts),
            images,
            labels,
            drawn.detections,
            strict=True,
        )
    ]
    annotated = sum(map(len, presence(labels)))
    ratio = np.concatenate([frame.ratio for frame in frames])
    half = np.concatenate([frame.half for frame in frames])
    parts = np.concatenate([frame.parts for frame in frames])
    quartiles = np.quantile(ratio, (0.25, 0.5, 0.75)) if len(ratio) else [np.nan] * 3
    return SynthesisReport(
        step=step,
        annotated=annotated,
        shown=_mean([frame.shown for frame in frames], 1.0),
        jaccard=_mean([frame.jaccard for frame in frames], np.nan),
        stray=_stray(frames),
        border=_stated(border, parts),
        visible=float(quartiles[1]),
        visible_lower=float(quartiles[0]),
        visible_upper=float(quartiles[2]),
        half_maximum=_median(half),
        dimmest=drawn.brightness(0.1),
        dimmest_real=real.brightness(0.1),
        brightest=drawn.brightness(0.9),
        brightest_real=real.brightness(0.9),
        noise=drawn.noise,
        noise_real=real.noise,
        histogram_distance=histogram_distance(drawn, real),
        count_mismatch=_mismatch(sum(map(len, drawn.detections)), annotated),
        density_mismatch=_mismatch(drawn.density, real.density),
        flicker=drawn.flicker(),
        flicker_real=real.flicker(),
        mask_dice=None if masks is None else _dice(masks, labels > 0),
        cycle_images=cycled.images_lost if cycled else None,
        cycle_annotations=cycled.annotations_lost if cycled else None,
        likeness=likeness,
    )


def _mean(parts: Sequence[NDArray[np.generic]], otherwise: float) -> float:
    pooled = np.concatenate([part.astype(np.float64) for part in parts])
    return float(pooled.mean()) if len(pooled) else otherwise


def _stated(border: float | DrawnBorder, parts: NDArray[np.float64]) -> float:
    stated = border.part if isinstance(border, DrawnBorder) else border
    return _median(parts) if stated is None else stated


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if len(values) else np.nan


def _stray(frames: Sequence[FrameAgreement]) -> float:
    drawn = sum(frame.drawn_area for frame in frames)
    return sum(frame.stray_area for frame in frames) / drawn if drawn else 0.0


def _mismatch(found: float, expected: float) -> float:
    return found / expected - 1 if expected else 0.0


def _dice(masks: NDArray[np.bool_], objects: NDArray[np.bool_]) -> float:
    total = int(masks.sum()) + int(objects.sum())
    return 2 * int((masks & objects).sum()) / total if total else 1.0
