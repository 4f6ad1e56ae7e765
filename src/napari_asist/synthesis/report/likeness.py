"""How like real frames synthetic ones are, told without labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_asist.scaling import IntensityScaling
from napari_asist.synthesis.report.crop_classifier import ToldApart, told_apart
from napari_asist.synthesis.report.detected import Observed
from napari_asist.synthesis.report.likeness_features import (
    FEATURES,
    Feature,
    Values,
    Yardstick,
)
from napari_asist.synthesis.report.object_look import Look, look_of

CHANCE, HIGHEST_ACCURACY = 0.5, 0.75
"""Accuracy of the classifier where frames are alike, and the highest accepted."""

CLASSIFIER_WEIGHT = 2.0
"""Of the classifier in the summary figure; it sees what no feature has a name for."""

MOST = 3.0
"""Deviation that counts as much as any larger one in the summary figure."""

LARGEST_DISTANCE = 1.0

BY_NAME = {feature.name: feature for feature in FEATURES}


@dataclass(frozen=True)
class Comparison:
    """What one feature is in synthetic frames and in real ones.

    Parameters
    ----------
    name : str
        Of a feature in `FEATURES`.
    found, real : tuple of float
        Its values; not a number where there are too few objects to tell.
    reach : float
        How far they may lie apart: the feature's tolerance, and how far the moments of
        the real video lie from all of it in the mean. A logarithm where values are
        compared by their ratio.
    """

    name: str
    found: tuple[float, ...]
    real: tuple[float, ...]
    reach: float

    @property
    def feature(self) -> Feature:
        """What is compared."""
        return BY_NAME[self.name]

    @property
    def apart(self) -> float:
        """Mean absolute difference, of logarithms where values are ratios."""
        return _mean(np.abs(self._differences()))

    @property
    def deviation(self) -> float:
        """How far values lie apart as a part of what is accepted; 1 is the limit."""
        return self.apart / self.reach

    @property
    def is_good(self) -> bool:
        """Whether the values are accepted; what is not known is."""
        return not self.deviation > 1

    @property
    def is_low(self) -> bool:
        """Whether the synthetic values are lower than the real ones, on the whole."""
        return _mean(self._differences()[self.feature.told_from :]) < 0

    def found_text(self) -> str:
        """Say what was found."""
        if np.isnan(self.apart):
            return "not known"
        if not self.feature.is_ratio:
            return f"{self.apart:.3f} apart"
        return ", ".join(f"{value:.3g}" for value in self.found)

    def accepted_text(self) -> str:
        """Say what is accepted; nothing where it is not known."""
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
        """Say what to change where values are not accepted, else nothing.

        Parameters
        ----------
        is_trained : bool
            Whether a network has drawn the frames.
        """
        if self.is_good:
            return ""
        feature = self.feature
        return (
            f"{feature.title[0].upper()}{feature.title[1:]}: {self.found_text()}; "
            f"accepted is {self.accepted_text()}: "
            f"{feature.cure.sentence(self.is_low, is_trained)}."
        )

    def _differences(self) -> Values:
        found, real = np.array(self.found), np.array(self.real)
        apart = np.log(found / real) if self.feature.is_ratio else found - real
        return np.asarray(apart)


@dataclass(frozen=True)
class Likeness:
    """How like real frames synthetic ones are.

    Parameters
    ----------
    comparisons : tuple of Comparison
        In the order of `FEATURES`.
    accuracy : float
        Part of held-out crops that a classifier takes for what they are; .5 is chance,
        and not a number where there are too few objects.
    by : str
        What tells crops apart most.
    """

    comparisons: tuple[Comparison, ...]
    accuracy: float
    by: str

    @property
    def distance(self) -> float:
        """The summary figure: the weighted mean deviation of features and classifier.

        0 where synthetic frames are like real ones, 1 where all lies at the limit of
        what is accepted, `MOST` at most; not a number where nothing is known.
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
    def is_told_apart(self) -> bool:
        """Whether the classifier is right more often than is accepted."""
        return self.accuracy > HIGHEST_ACCURACY

    def advice(self, is_trained: bool) -> list[str]:
        """Return a sentence for each thing that is not accepted.

        Parameters
        ----------
        is_trained : bool
            Whether a network has drawn the frames.
        """
        told = [part.advice(is_trained) for part in self.comparisons]
        if self.is_told_apart:
            told.append(
                f"A classifier tells {self.accuracy:.0%} of crops apart (chance is "
                f"{CHANCE:.0%}, accepted at most {HIGHEST_ACCURACY:.0%}), most by "
                f"{self.by}: look at the crops that give synthetic frames away."
            )
        return [sentence for sentence in told if sentence]


def compared_frames(
    real: Observed, synthetic: Observed, scaling: IntensityScaling
) -> tuple[Likeness, ToldApart]:
    """Compare synthetic frames with real ones, all measured by the same code.

    Parameters
    ----------
    real, synthetic : Observed
        As many frames at as many moments, with the same typical radius.
    scaling : IntensityScaling
        The networks' scale.

    Returns
    -------
    likeness : Likeness
    crops : ToldApart
        Those that the classifier was tried on.
    """
    crops = told_apart(real, synthetic, scaling)
    seen = look_of(real), look_of(synthetic)
    comparisons = compared_looks(*seen)
    return Likeness(comparisons, crops.accuracy, crops.by), crops


def compared_looks(real: Look, synthetic: Look) -> tuple[Comparison, ...]:
    """Compare all features.

    Parameters
    ----------
    real, synthetic : Look
    """
    yardstick = Yardstick.of(real)
    moments = [real.at(frames) for frames in real.moments]
    return tuple(
        _compared(feature, real, synthetic, moments, yardstick) for feature in FEATURES
    )


def _compared(
    feature: Feature,
    real: Look,
    synthetic: Look,
    moments: Sequence[Look],
    yardstick: Yardstick,
) -> Comparison:
    values = feature.measured(real, yardstick)
    found = feature.measured(synthetic, yardstick)
    spread = [
        _mean(np.abs(feature.measured(moment, yardstick) - values))
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
    """Return the mean of what is known."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan
