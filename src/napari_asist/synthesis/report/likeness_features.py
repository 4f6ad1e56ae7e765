"""Features in which synthetic frames must resemble real ones, with remedies."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.synthesis.report.object_look import (
    ACROSS,
    AppearanceTable,
    ObjectAppearance,
)

CLEAR = 8.0
"""Brightness over the noise above which outlines and texture are visible."""

FEWEST = 5
"""Minimum number of objects for measuring outline, texture and border."""

LEAST_IRREGULAR = 0.01
OUTSIDE = ACROSS.index(0.0)
"""The first value of a profile that is outside the border."""

UNIT, SCENE = 100**2, 512**2
"""Areas per which objects and pairs are counted, in px."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureThresholds:
    """Thresholds for sorting objects in both real and synthetic frames.

    Parameters
    ----------
    clear : float
        Counts above which an object is well above the noise.
    dim, bright : float
        Counts between which a third of the real objects are.
    """

    clear: float
    dim: float
    bright: float

    @classmethod
    def of(cls, real: ObjectAppearance) -> "FeatureThresholds":
        """Derive the thresholds from the real video.

        If few objects are clear, half of them count as clear.
        """
        levels = real.table["brightness"]
        if not len(levels):
            return cls(0, 0, 0)
        dim, middle, bright = np.quantile(levels, (1 / 3, 1 / 2, 2 / 3))
        noise = float(np.median(real.noise))
        return cls(min(CLEAR * noise, float(middle)), float(dim), float(bright))


@dataclass(frozen=True)
class Advice:
    """What to change for simulated and rendered frames, and for trained engines.

    Parameters
    ----------
    low, high : str
        If the synthetic value is too low, and if it is too high.
    trained_low, trained_high : str
        The same if a network draws the frames, if different.
    """

    low: str
    high: str
    trained_low: str = ""
    trained_high: str = ""

    def sentence(self, is_low: bool, is_trained: bool) -> str:
        """Return the advice."""
        rendered = self.low if is_low else self.high
        trained = self.trained_low if is_low else self.trained_high
        return trained or rendered if is_trained else rendered


@dataclass(frozen=True)
class Feature:
    """A property by which frames are compared.

    Parameters
    ----------
    name : str
        Its name in files.
    title, meaning : str
        Its text in tables.
    measured : callable
        Returns one or more numbers of an `ObjectAppearance`, not a number if unknown;
        logarithms if ``is_ratio``.
    tolerance : float
        Difference between synthetic and real values that is always accepted.
    advice : Advice
    is_ratio : bool
        Whether values are compared by their ratio.
    weight : float
        Weight in the summary value.
    direction_from : int
        First of the values that determine whether synthetic frames have too little or
        too much.
    """

    name: str
    title: str
    meaning: str
    measured: Callable[[ObjectAppearance, FeatureThresholds], Values]
    tolerance: float
    advice: Advice
    is_ratio: bool = True
    weight: float = 1.0
    direction_from: int = 0


def _density(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    return np.log([UNIT * (len(look.table) + 0.5) / max(look.area, 1)])


def _size(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    return _log_quantiles(_whole(look)["radius"], (0.1, 0.5, 0.9))


def _elongation(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    return _log_quantiles(_whole(look)["elongation"], (0.5, 0.9))


def _irregularity(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    # Below that, pixelation dominates.
    found = np.maximum(
        _clear_singles(look, thresholds)["irregularity"], LEAST_IRREGULAR
    )
    return _log_quantiles(found, (0.5, 0.9))


def _touching(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    # Half a pair, because there may be none.
    return np.log([SCENE * (look.touching.sum() + 0.5) / max(look.area, 1)])


def _neighbors(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    ratio = look.table["neighbor"]
    return _log_quantiles(ratio[np.isfinite(ratio)], (0.5, 0.9))


def _brightness(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    return _log_quantiles(look.table["brightness"], (0.5, 0.9))


def _dimmest(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    noise = max(float(np.median(look.noise)), 1e-6)
    return _log_quantiles(look.table["brightness"] / noise, (0.1,))


def _noise(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    return np.log([max(float(np.median(look.noise)), 1e-6)])


def _texture(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    table = _clear_singles(look, thresholds)["texture"]
    if len(table) < FEWEST:
        return np.full(table.shape[1], np.nan)
    return np.asarray(np.log(np.maximum(_medians(table), 1e-4)))


def _edge(
    low: str, high: str
) -> Callable[[ObjectAppearance, FeatureThresholds], Values]:
    """Return the profile across the border of objects between two brightnesses."""

    def measured(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
        singles = _singles(look)
        level = singles["brightness"]
        used = level >= getattr(thresholds, low) if low else np.ones(len(level), bool)
        if high:
            used &= level < getattr(thresholds, high)
        table = singles[used]["profile"]
        if len(table) < FEWEST:
            return np.full(table.shape[1], np.nan)
        return _medians(table)

    return measured


def _rim(look: ObjectAppearance, thresholds: FeatureThresholds) -> Values:
    rim = int(look.table["at_rim"].sum())
    inner = len(look.table) - rim
    area = look.rim_area
    at_rim, inside = (
        (rim + 0.5) / max(area, 1),
        (inner + 0.5) / max(look.area - area, 1),
    )
    return np.log([at_rim / inside])


def _whole(look: ObjectAppearance) -> AppearanceTable:
    return np.asarray(look.table[look.table["whole"]])


def _singles(look: ObjectAppearance) -> AppearanceTable:
    return np.asarray(look.table[look.table["whole"] & look.table["single"]])


def _clear_singles(
    look: ObjectAppearance, thresholds: FeatureThresholds
) -> AppearanceTable:
    singles = _singles(look)
    return singles[singles["brightness"] >= thresholds.clear]


def _log_quantiles(values: Values, levels: tuple[float, ...]) -> Values:
    if len(values) < FEWEST:
        return np.full(len(levels), np.nan)
    return np.asarray(np.log(np.maximum(np.quantile(values, levels), 1e-4)))


def _medians(table: Values) -> Values:
    """Return the median of each column's known values; columns may be empty."""
    return np.array(
        [
            np.median(column[known]) if (known := np.isfinite(column)).any() else np.nan
            for column in table.T
        ]
    )


def _by(factor: float) -> float:
    return float(np.log(factor))


_BRIGHTNESS = Advice(
    "raise brightness.quantiles in synthesis/microscope.json",
    "lower brightness.quantiles in synthesis/microscope.json",
    "use the encoding brightness and raise simulation.brightness.quantiles",
    "use the encoding brightness and lower simulation.brightness.quantiles",
)
_EDGE = Advice(
    "raise psf_sigma or halo in synthesis/microscope.json",
    "lower psf_sigma or halo in synthesis/microscope.json",
    "train longer, or use the renderer",
    "train longer, or use the renderer",
)
_EDGE_MEANING = (
    "Mean difference of the light across the border, of the {} third of the objects "
    "that touch no other, as a fraction of their mean."
)

FEATURES = (
    Feature(
        "density",
        "objects in 100 × 100 px",
        "Detected objects per area.",
        _density,
        _by(1.25),
        Advice(
            "raise simulation.objects",
            "lower simulation.objects, or estimate.crowding if crowding is not "
            "intended",
        ),
    ),
    Feature(
        "touching",
        "touching pairs in 512 × 512 px",
        "Pairs of detected objects with at most two pixels between them.",
        _touching,
        _by(1.5),
        Advice(
            "lower simulation.overlap or raise simulation.clustering",
            "raise simulation.overlap or lower simulation.clustering",
        ),
    ),
    Feature(
        "neighbors",
        "brightness ratio of neighbors",
        "Brightness ratio of each object and its nearest neighbor, brighter over "
        "dimmer: median and 90 % quantile.",
        _neighbors,
        _by(1.25),
        Advice(
            "widen brightness.quantiles in synthesis/microscope.json",
            "narrow brightness.quantiles in synthesis/microscope.json",
            "use the encoding brightness, or widen simulation.brightness.quantiles",
            "narrow simulation.brightness.quantiles",
        ),
    ),
    Feature(
        "rim",
        "density at the rim",
        "Objects per area within a typical diameter of the frame's edge, relative to "
        "the center.",
        _rim,
        _by(1.5),
        Advice("raise simulation.rim", "lower simulation.rim"),
    ),
    Feature(
        "size",
        "radius (10, 50, 90 %)",
        "Quantiles of the radius of objects away from the frame's edge, in px.",
        _size,
        _by(1.1),
        Advice(
            "raise the simulator's sizes (radius_mean, or stick_width and length_mean)",
            "lower the simulator's sizes (radius_mean, or stick_width and length_mean)",
        ),
    ),
    Feature(
        "elongation",
        "length over width (50, 90 %)",
        "Quantiles of the aspect ratio of objects away from the frame's edge.",
        _elongation,
        _by(1.1),
        Advice(
            "raise simulation.elongation, or length_mean of sticks",
            "lower simulation.elongation, or length_mean of sticks",
        ),
    ),
    Feature(
        "irregularity",
        "outline irregularity (50, 90 %)",
        "Fraction of the area of isolated objects that is outside the ellipse of equal "
        "area and moments.",
        _irregularity,
        _by(1.25),
        Advice(
            "use simulation.shape star, or raise its irregularity",
            "lower the irregularity of simulation.shape",
        ),
    ),
    Feature(
        "dimmest",
        "dimmest tenth over the noise",
        "10 % quantile of the objects' brightness over the noise.",
        _dimmest,
        _by(1.3),
        Advice(
            "raise the first of brightness.quantiles in synthesis/microscope.json",
            "lower the first of brightness.quantiles in synthesis/microscope.json",
            "train longer, or lower synthesis.noise",
            "use the encoding brightness, or train longer",
        ),
    ),
    Feature(
        "brightness",
        "brightness (50, 90 %)",
        "Quantiles of the objects' brightness, in counts.",
        _brightness,
        _by(1.25),
        _BRIGHTNESS,
    ),
    Feature(
        "noise",
        "noise",
        "Standard deviation of the background, in counts.",
        _noise,
        _by(1.2),
        Advice(
            "raise read_noise, or clouds, in synthesis/microscope.json",
            "lower read_noise, unevenness or clouds in synthesis/microscope.json",
            "raise synthesis.noise",
            "lower synthesis.noise",
        ),
    ),
    Feature(
        "texture",
        "texture, fine to coarse",
        "Standard deviation of three bands of texture inside isolated objects, as a "
        "fraction of their brightness.",
        _texture,
        _by(1.15),
        Advice(
            "raise texture, or change texture_scale, in synthesis/microscope.json",
            "lower texture or read_noise, or change texture_scale, in "
            "synthesis/microscope.json",
            "raise synthesis.noise, or train longer",
            "lower synthesis.noise, or train longer",
        ),
    ),
    *(
        Feature(
            f"edge_{name}",
            f"edges of {name} objects",
            _EDGE_MEANING.format(third),
            _edge(low, high),
            0.03,
            _EDGE,
            is_ratio=False,
            weight=1 / 3,
            direction_from=OUTSIDE,
        )
        for name, third, low, high in (
            ("dim", "dimmest", "", "dim"),
            ("middling", "middle", "dim", "bright"),
            ("bright", "brightest", "bright", ""),
        )
    ),
)
"""In the order in which they are displayed."""
