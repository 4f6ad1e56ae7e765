"""Measure how similar synthetic frames are to real ones, without labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_asist.scaling import IntensityScaling
from napari_asist.synthesis.report.crop_classifier import (
    ClassifiedCrops,
    classified_crops,
)
from napari_asist.synthesis.report.detected import ObservedFrames
from napari_asist.synthesis.report.likeness_features import (
    FEATURES,
    Feature,
    FeatureThresholds,
    Values,
)
from napari_asist.synthesis.report.object_look import ObjectAppearance, appearance_of

CHANCE, HIGHEST_ACCURACY = 0.5, 0.75
"""Accuracy of the classifier for equal frames, and the highest accepted accuracy."""

CLASSIFIER_WEIGHT = 2.0
"""Weight of the classifier in the summary value; it detects unnamed differences."""

MOST = 3.0
"""Deviation above which values are clipped in the summary value."""

LARGEST_DISTANCE = 1.0

BY_NAME = {feature.name: feature for feature in FEATURES}


@dataclass(frozen=True)
class Comparison:
    """Values of one feature in synthetic and real frames.

    Parameters
    ----------
    name : str
        Name of a feature in `FEATURES`.
    found, real : tuple of float
        Its values; not a number if there are too few objects.
    reach : float
        Accepted difference: the feature's tolerance, plus the mean difference of the
        real video's separate times from the whole video. A logarithm if values are
        compared by their ratio.
    """

    name: str
    found: tuple[float, ...]
    real: tuple[float, ...]
    reach: float

    @property
    def feature(self) -> Feature:
        """The feature that is compared."""
        return BY_NAME[self.name]

    @property
    def apart(self) -> float:
        """Mean absolute difference, of logarithms for ratios."""
        return _mean(np.abs(self._differences()))

    @property
    def deviation(self) -> float:
        """Difference of the values relative to the accepted one; 1 is the limit."""
        return self.apart / self.reach

    @property
    def is_good(self) -> bool:
        """Whether the values are accepted; unknown values are."""
        return not self.deviation > 1

    @property
    def is_low(self) -> bool:
        """Whether the synthetic values are lower than the real ones overall."""
        return _mean(self._differences()[self.feature.direction_from :]) < 0

    def found_text(self) -> str:
        """Describe the synthetic values."""
        if np.isnan(self.apart):
            return "unknown"
        if not self.feature.is_ratio:
            return f"{self.apart:.3f} apart"
        return ", ".join(f"{value:.3g}" for value in self.found)

    def accepted_text(self) -> str:
        """Describe the accepted values; empty if unknown."""
        if np.isnan(self.apart):
            return ""
        if not self.feature.is_ratio:
            return f"at most {self.reach:.3f}"
        factor = float(np.exp(self.reach))
        if len(self.real) == 1:
            return f"{self.real[0] / factor:.3g} to {self.real[0] * factor:.3g}"
        values = ", ".join(f"{value:.3g}" for value in self.real)
        return f"{values} (×÷ {factor:.2f})"

    def advice(self, is_trained: bool) -> str:
        """Yield what to change if values are not accepted.

        Parameters
        ----------
        is_trained : bool
            Whether a network drew the frames.
        """
        if self.is_good:
            return ""
        feature = self.feature
        return (
            f"{feature.title[0].upper()}{feature.title[1:]}: {self.found_text()}; "
            f"accepted: {self.accepted_text()}; "
            f"{feature.advice.sentence(self.is_low, is_trained)}."
        )

    def _differences(self) -> Values:
        found, real = np.array(self.found), np.array(self.real)
        apart = np.log(found / real) if self.feature.is_ratio else found - real
        return np.asarray(apart)


@dataclass(frozen=True)
class Likeness:
    """Similarity of synthetic frames to real ones.

    Parameters
    ----------
    comparisons : tuple of Comparison
        In the order of `FEATURES`.
    accuracy : float
        Fraction of held-out crops that a classifier identifies correctly; .5 is chance;
        not a number if there are too few objects.
    by : str
        The most distinctive feature of the crops.
    """

    comparisons: tuple[Comparison, ...]
    accuracy: float
    by: str

    @property
    def distance(self) -> float:
        """The summary value: the weighted mean deviation of features and classifier.

        0 if synthetic frames equal real ones, 1 if everything is at the limit of what
        is accepted, at most `MOST`; not a number if nothing is known.
        """
        parts = [(part.deviation, part.feature.weight) for part in self.comparisons]
        excess = (self.accuracy - CHANCE) / (HIGHEST_ACCURACY - CHANCE)
        parts.append((excess, CLASSIFIER_WEIGHT))
        known = [
            (min(max(v, 0), MOST), weight) for v, weight in parts if np.isfinite(v)
        ]
        total = sum(weight for _, weight in known)
        return (
            sum(value * weight for value, weight in known) / total if total else np.nan
        )

    @property
    def is_distinguished(self) -> bool:
        """Whether the classifier's accuracy is higher than accepted."""
        return self.accuracy > HIGHEST_ACCURACY

    def advice(self, is_trained: bool) -> list[str]:
        """Return a sentence for each value that is not accepted.

        Parameters
        ----------
        is_trained : bool
            Whether a network drew the frames.
        """
        sentences = [part.advice(is_trained) for part in self.comparisons]
        if self.is_distinguished:
            sentences.append(
                f"A classifier identifies {self.accuracy:.0%} of crops as real or "
                f"synthetic (chance is {CHANCE:.0%}, accepted is at most "
                f"{HIGHEST_ACCURACY:.0%}), mostly by {self.by}: check the crops that "
                "reveal synthetic frames."
            )
        return [sentence for sentence in sentences if sentence]


def compared_frames(
    real: ObservedFrames, synthetic: ObservedFrames, scaling: IntensityScaling
) -> tuple[Likeness, ClassifiedCrops]:
    """Compare synthetic frames with real ones, measured by the same code.

    Parameters
    ----------
    real, synthetic : ObservedFrames
        With equal numbers of frames and times, and the same typical radius.
    scaling : IntensityScaling
        The networks' scale.

    Returns
    -------
    likeness : Likeness
    crops : ClassifiedCrops
        Those on which the classifier was tested.
    """
    crops = classified_crops(real, synthetic, scaling)
    looks = appearance_of(real), appearance_of(synthetic)
    comparisons = compared_appearances(*looks)
    return Likeness(comparisons, crops.accuracy, crops.by), crops


def compared_appearances(
    real: ObjectAppearance, synthetic: ObjectAppearance
) -> tuple[Comparison, ...]:
    """Compare all features.

    Parameters
    ----------
    real, synthetic : ObjectAppearance
    """
    thresholds = FeatureThresholds.of(real)
    moments = [real.at(frames) for frames in real.moments]
    return tuple(
        _compared(feature, real, synthetic, moments, thresholds) for feature in FEATURES
    )


def _compared(
    feature: Feature,
    real: ObjectAppearance,
    synthetic: ObjectAppearance,
    moments: Sequence[ObjectAppearance],
    thresholds: FeatureThresholds,
) -> Comparison:
    values = feature.measured(real, thresholds)
    found = feature.measured(synthetic, thresholds)
    spread = [
        _mean(np.abs(feature.measured(moment, thresholds) - values))
        for moment in moments
    ]
    known = [width for width in spread if width == width]
    reach = feature.tolerance + (float(np.mean(known)) if known else 0.0)
    if feature.is_ratio:
        values, found = np.exp(values), np.exp(found)
    return Comparison(feature.name, _plain(found), _plain(values), reach)


def _plain(values: Values) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _mean(values: Values) -> float:
    """Return the mean of the known values."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan
