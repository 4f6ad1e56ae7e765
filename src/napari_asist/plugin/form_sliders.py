"""Sliders beside the numbers of a form."""

import math

from qtpy.QtCore import Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QHBoxLayout, QSlider, QWidget

from napari_asist.plugin.form_facts import Facts
from napari_asist.plugin.form_numbers import NumberField

STEPS = 1000
SHORTEST = 40
DIGITS = 3
"""Significant digits of a number that a slider gives."""

DECADES = 100
"""The range spans decades where its ends are that far apart."""


class NumberSlider(QSlider):
    """Drags a number within its bounds, and follows it when it is changed otherwise.

    Parameters
    ----------
    field : NumberField
        Its facts state both bounds.
    """

    def __init__(self, field: NumberField) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._field = field
        self.setRange(0, STEPS)
        self.setMinimumWidth(SHORTEST)
        self.setToolTip(field.facts.tooltip())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._take)
        field.lineEdit().textChanged.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Go to where the number is."""
        value = self._field.value()
        if isinstance(value, str) or not math.isfinite(value):
            return
        blocked = self.blockSignals(True)
        self.setValue(round(STEPS * place_of(value, self._field.facts)))
        self.blockSignals(blocked)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the scroll area: passing by must change nothing."""
        event.ignore()

    def _take(self, step: int) -> None:
        number = number_at(step / STEPS, self._field.facts, self._field.is_whole)
        if number == self._field.value():
            return
        # The number's own text must not move the slider from under the mouse.
        self._field.lineEdit().textChanged.disconnect(self.follow)
        self._field.set_value(number)
        self._field.lineEdit().textChanged.connect(self.follow)
        self._field.changed.emit()


def beside_slider(field: QWidget) -> QWidget:
    """Return a field as a row: numbers to the right, those with bounds by a slider."""
    if not isinstance(field, NumberField):
        return field
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    if field.facts.is_bounded:
        layout.addWidget(NumberSlider(field), stretch=1)
    else:
        layout.addStretch(1)
    layout.addWidget(field)
    field.keep_narrow()
    return row


def number_at(place: float, facts: Facts, is_whole: bool) -> int | float:
    """Return the number at a place of a slider.

    Parameters
    ----------
    place : float
        0 to 1.
    facts : Facts
        Ranges that span decades are logarithmic; those that begin with 0 are linear
        in their lowest thousandth.
    is_whole : bool
    """
    low, high, base = facts.low, facts.high, _base(facts)
    if base:
        number = low + base * math.expm1(place * math.log1p((high - low) / base))
    else:
        number = low + place * (high - low)
    unit = facts.multiple_of or (1.0 if is_whole else 0.0)
    if unit:
        number = unit * round(number / unit)
    elif number:
        number = round(number, DIGITS - 1 - math.floor(math.log10(abs(number))))
    number = min(max(number, low), high)
    if not facts.allows(number):  # an end that is itself out of bounds
        inwards = 1 if number == low else -1
        return number_at(place + inwards / STEPS, facts, is_whole)
    return int(number) if is_whole else number


def place_of(number: float, facts: Facts) -> float:
    """Return the place of a number on a slider, from 0 to 1; see `number_at`."""
    low, high, base = facts.low, facts.high, _base(facts)
    number = min(max(number, low), high)
    if base:
        return math.log1p((number - low) / base) / math.log1p((high - low) / base)
    return (number - low) / (high - low)


def _base(facts: Facts) -> float:
    """Return the number from which a slider is logarithmic, 0 where it is linear."""
    if facts.low > 0:
        return facts.low if facts.high >= DECADES * facts.low else 0.0
    return facts.high / STEPS if facts.low == 0 and facts.high >= DECADES else 0.0
