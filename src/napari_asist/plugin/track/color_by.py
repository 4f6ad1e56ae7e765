"""Choice of what the layers of a result are colored by, with its range."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from napari_asist.measurement.scale import number_text
from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.result.feature_colors import SHADES, shades
from napari_asist.plugin.result.result_layers import ResultLayers
from napari_asist.plugin.track.measurements import ResultFacts

TRACK = "track"

AREA, SPEED, GENERATION, SURE = "mean area", "mean speed", "generation", "sure"

OUTSIDE = 2
"""Percent of the tracks on each side that may be beyond the colors, so that one track
does not decide the colors of all others."""

BAR_WIDTH, BAR_HEIGHT = 80, 10


@dataclass(frozen=True, eq=False)
class Feature:
    """One number of each track, and the numbers with the first and the last color.

    Parameters
    ----------
    values : ndarray of float64, shape (number of tracks,)
        NaN if unknown.
    unit : str
    """

    values: NDArray[np.float64]
    unit: str = ""

    @property
    def known(self) -> NDArray[np.float64]:
        """The values that are known."""
        return np.asarray(self.values[~np.isnan(self.values)])

    @property
    def ends(self) -> tuple[float, float]:
        """The numbers with the first and the last color."""
        low, high = np.percentile(self.known, (OUTSIDE, 100 - OUTSIDE))
        if low == high:
            low, high = self.known.min(), self.known.max()
        return float(low), float(high)


class ColorBy(QWidget):
    """A list of what to color by; below it, the colors of the lowest and the highest.

    Parameters
    ----------
    result : ResultLayers
    """

    def __init__(self, result: ResultLayers) -> None:
        super().__init__()
        self._result = result
        self._facts: ResultFacts | None = None
        self.choice = ChoiceField(
            [TRACK],
            "What the colors of labels and tracks show. By track, neighbors always "
            "differ in color.",
        )
        self.legend = QWidget()
        self.low, self.bar, self.high = QLabel(), QLabel(), QLabel()
        self._lay_out()
        self.choice.activated.connect(self._choose)

    def _lay_out(self) -> None:
        self.bar.setPixmap(_bar())
        legend = QHBoxLayout(self.legend)
        legend.setContentsMargins(0, 0, 0, 0)
        for label in (self.low, self.bar, self.high):
            legend.addWidget(label)
        legend.addStretch()
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("color by", self.choice)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(form)
        layout.addWidget(self.legend)
        self.legend.hide()

    def set_facts(self, facts: ResultFacts | None) -> None:
        """Follow the measurements of another or a corrected result."""
        self._facts = facts
        features = self._features()
        if self.choice.count() != len(features) + 1:
            self.choice.clear()
            self.choice.addItems([TRACK, *features])
        if self._result.colors.feature in features:
            self._show(self._result.colors.feature)
        else:
            self._show(TRACK)

    def _choose(self) -> None:
        self._show(self.choice.value())
        self._result.recolored.emit()

    def _show(self, name: str) -> None:
        colors, facts = self._result.colors, self._facts
        self.choice.set_value(name)
        self.legend.setVisible(name != TRACK)
        if facts is None:
            return  # nothing is measured yet; the layers stay as they are
        if name == TRACK:
            colors.restore()
            return
        feature = self._features()[name]
        labels = facts.tracks["label"].tolist()
        values = dict(zip(labels, feature.values.tolist(), strict=True))
        colors.choose(name, values, *feature.ends)
        colors.paint(self._result.labels, self._result.tracks)
        self._explain(feature)

    def _explain(self, feature: Feature) -> None:
        low, high = feature.ends
        below = "≤ " if feature.known.min() < low else ""
        above = "≥ " if feature.known.max() > high else ""
        gray = "; gray: unknown" if len(feature.known) < len(feature.values) else ""
        self.low.setText(f"{below}{number_text(low)}")
        self.high.setText(f"{above}{number_text(high)} {feature.unit}".strip() + gray)

    def _features(self) -> dict[str, Feature]:
        """Return what is known of at least one track."""
        facts = self._facts
        if facts is None:
            return {}
        tracks, scale = facts.tracks, facts.scale
        found = {
            AREA: Feature(tracks["area"] * scale.area_factor, scale.area_unit),
            SPEED: Feature(tracks["speed"] * scale.speed_factor, scale.speed_unit),
            GENERATION: Feature(facts.lineages["generation"].astype(float)),
            SURE: Feature(tracks["confidence"]),
        }
        return {name: one for name, one in found.items() if len(one.known)}


def _bar() -> QPixmap:
    """Return the colors from the lowest to the highest, from left to right."""
    row = (shades()[:SHADES] * 255).round().astype(np.uint8).tobytes()
    image = QImage(row, SHADES, 1, 3 * SHADES, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image).scaled(
        BAR_WIDTH, BAR_HEIGHT, Qt.AspectRatioMode.IgnoreAspectRatio
    )
