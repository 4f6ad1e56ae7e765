"""A classifier that distinguishes crops of real frames from synthetic ones.

It is a logistic regression on features of a crop's light: quantiles, bands of texture
inside and around the object, slopes, the profile around the center. Crops of one time
point of either video are classified by a model trained on the other time points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_asist.events import each_unless_stopped
from napari_asist.scaling import IntensityScaling
from napari_asist.synthesis.report.detected import ObservedFrames

SIDE = 4.0
"""Side of a crop in typical radii."""

LEAST_SIDE = 8
MOST_CROPS = 100
"""Number of crops per time point and video; more would add little."""

FEWEST_CROPS = 10
"""Minimum number of crops per time point for a result."""

BANDS = (0.0, 0.7, 1.4, 2.8, 5.6)
"""Sigmas of the Gaussians that bound the bands, in pixels: where the camera's noise,
the optics and the texture differ."""

QUANTILES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
RINGS = 6
SHRINKAGE = 3.0
"""Weight of the squared coefficients relative to the loss of all crops."""

FARTHEST = 4.0
"""Standard deviations at which features are clipped."""

ROUNDS = 25

Crops = NDArray[np.float32]
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClassifiedCrops:
    """How well real crops are distinguished from synthetic ones.

    Parameters
    ----------
    accuracy : float
        Fraction of the held-out crops that are classified correctly; .5 is chance. Not
        a number if there are too few crops.
    by : str
        The most distinctive feature; empty if unknown.
    real, synthetic : ndarray of float32, shape (n, Y, X)
        Crops from -1 to 1; those classified with most certainty come first.
    sure_real, sure_synthetic : ndarray of float64, shape (n,)
        Probability of the true class by the classifier.
    """

    accuracy: float
    by: str
    real: Crops
    synthetic: Crops
    sure_real: Values
    sure_synthetic: Values


def classified_crops(
    real: ObservedFrames,
    synthetic: ObservedFrames,
    scaling: IntensityScaling,
    seed: int = 0,
) -> ClassifiedCrops:
    """Train and test a classifier of crops of real and of synthetic frames.

    Parameters
    ----------
    real, synthetic : ObservedFrames
        With the same typical radius and scaling.
    scaling : IntensityScaling
        Scale of the crops, clipped at both ends.
    seed : int
        Determines which crops are used if there are many.

    Returns
    -------
    ClassifiedCrops
    """
    rng = np.random.default_rng(seed)
    crops = [_crops(observed, scaling) for observed in (real, synthetic)]
    folds = [
        (one, other)
        for one, other in zip(*crops, strict=False)
        if min(len(one), len(other)) >= FEWEST_CROPS
    ]
    if len(folds) < 2:
        nothing, unsure = np.zeros((0, 1, 1), np.float32), np.zeros(0)
        return ClassifiedCrops(np.nan, "", nothing, nothing, unsure, unsure)
    even = [_as_many(pair, rng) for pair in folds]
    fold = np.concatenate([np.full(2 * len(one), n) for n, (one, _) in enumerate(even)])
    is_synthetic = np.concatenate([np.repeat([0.0, 1.0], len(one)) for one, _ in even])
    stack = np.concatenate([part for pair in even for part in pair])
    names, values = crop_features(stack)
    logit = np.empty(len(stack))
    for number in range(len(even)):
        held_out = fold == number
        logit[held_out] = _logits(
            values[~held_out], is_synthetic[~held_out], values[held_out]
        )
    is_right = (logit > 0) == (is_synthetic == 1)
    sure = 1 / (
        1 + np.exp(-np.clip(np.where(is_synthetic == 1, logit, -logit), -50, 50))
    )
    order = np.argsort(-sure, kind="stable")
    first, second = (order[is_synthetic[order] == kind] for kind in (0, 1))
    return ClassifiedCrops(
        float(is_right.mean()),
        names[_most_apart(values[is_synthetic == 0], values[is_synthetic == 1])],
        stack[first],
        stack[second],
        sure[first],
        sure[second],
    )


def crop_features(crops: Crops) -> tuple[list[str], Values]:
    """Return features of the light in crops.

    Parameters
    ----------
    crops : ndarray of float32, shape (n, Y, X)
        Around objects.

    Returns
    -------
    names : list of str
        What each feature describes, in words.
    values : ndarray of float64, shape (n, number of features)
    """
    side = crops.shape[1]
    middle = (side - 1) / 2
    rows, columns = np.indices(crops.shape[1:])
    away = np.hypot(rows - middle, columns - middle) / (side / 2)
    inside, around = away < 0.35, away > 0.75
    found: list[tuple[str, Values]] = [
        ("brightness", row) for row in np.quantile(crops, QUANTILES, axis=(1, 2))
    ]
    blurred = [_blurred(crops, sigma) for sigma in BANDS]
    for number, (fine, coarse) in enumerate(pairwise(blurred)):
        band = fine - coarse
        kind = "noise and fine texture" if number < 2 else "coarse texture"
        for place, where in ((inside, "in the objects"), (around, "around them")):
            part = band[:, place]
            deviation = part.std(axis=1) + 1e-4
            found.append((f"{kind} {where}", np.log(deviation)))
            bent = ((part - part.mean(axis=1)[:, None]) ** 3).mean(axis=1)
            found.append((f"{kind} {where}", np.cbrt(bent) / deviation))
    slope = np.hypot(*np.gradient(blurred[1], axis=(1, 2)))
    found += [("edges", row) for row in np.quantile(slope, (0.5, 0.9, 0.99), (1, 2))]
    rings = np.minimum((away * RINGS).astype(int), RINGS)
    found += [
        ("the profile of objects", crops[:, rings == ring].mean(axis=1))
        for ring in range(RINGS)
    ]
    return [name for name, _ in found], np.stack(
        [np.asarray(value, np.float64) for _, value in found], axis=1
    )


def _crops(observed: ObservedFrames, scaling: IntensityScaling) -> list[Crops]:
    """Return the crops at each time, around objects far enough inside."""
    half = max(LEAST_SIDE, round(SIDE * observed.radius)) // 2
    found = []
    for moment in observed.moments():
        parts = [np.zeros((0, 2 * half, 2 * half), np.float32)]
        for frame in moment.tolist():
            image = np.clip(scaling.of_counts(observed.counts[frame]), -1, 1)
            for place in observed.detections[frame]:
                top, left = (
                    round(float(place["y"])) - half,
                    round(float(place["x"])) - half,
                )
                bottom, right = top + 2 * half, left + 2 * half
                if (
                    min(top, left) >= 0
                    and bottom <= len(image)
                    and right <= len(image.T)
                ):
                    parts.append(image[None, top:bottom, left:right])
        found.append(np.concatenate(parts))
    return found


def _as_many(pair: Sequence[Crops], rng: np.random.Generator) -> tuple[Crops, Crops]:
    count = min(MOST_CROPS, *map(len, pair))
    one, other = (part[rng.permutation(len(part))[:count]] for part in pair)
    return one, other


def _blurred(crops: Crops, sigma: float) -> Crops:
    return gaussian_filter(crops, (0, sigma, sigma)) if sigma else crops


def _most_apart(one: Values, other: Values) -> int:
    """Return the feature whose means differ by the most standard deviations."""
    deviation = np.sqrt((one.var(axis=0) + other.var(axis=0)) / 2) + 1e-6
    return int(np.argmax(np.abs(one.mean(axis=0) - other.mean(axis=0)) / deviation))


def _logits(known: Values, is_synthetic: Values, unknown: Values) -> Values:
    """Train on known crops, and return the logits of others."""
    mean, deviation = known.mean(axis=0), known.std(axis=0) + 1e-6
    learned, others = (
        _expanded((part - mean) / deviation) for part in (known, unknown)
    )
    return np.asarray(others @ _coefficients(learned, is_synthetic))


def _expanded(values: Values) -> Values:
    """Add squares: features that vary too little or too much have the same mean."""
    cut = np.clip(values, -FARTHEST, FARTHEST)
    return np.concatenate([cut, (cut**2 - 1) / 2, np.ones((len(cut), 1))], axis=1)


def _coefficients(values: Values, wanted: Values) -> Values:
    """Return the coefficients of a logistic regression, by Newton's method."""
    weights = np.zeros(values.shape[1])
    shrinkage = np.full(len(weights), SHRINKAGE)
    shrinkage[-1] = 1e-6
    for _ in each_unless_stopped(range(ROUNDS)):
        probable = 1 / (1 + np.exp(-np.clip(values @ weights, -30, 30)))
        slope = values.T @ (probable - wanted) + shrinkage * weights
        curve = (values.T * (probable * (1 - probable))) @ values + np.diag(shrinkage)
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return weights
