"""Number fields: a box with arrows, a slider, lists of numbers."""

import math
from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QValidator, QWheelEvent
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QWidget,
)

from napari_asist.plugin.forms.facts import FieldFacts

NARROW = 122

ARROWS = 68
"""Width in pixels of a number's arrows and margins in napari's style."""

STEPS = 1000

SHORTEST = 24
"""Minimum width of a slider in pixels."""

DIGITS = 3
"""Significant digits of a number chosen with a slider."""

DECADES = 100
"""Ratio of the bounds from which a range counts as spanning decades."""


class NumberField(QAbstractSpinBox):
    """A number with its unit; typed text is kept, and the model validates it.

    Qt's own boxes round to a fixed number of decimals and reset values that are out of
    bounds. A form would then change values, and erase typing errors before they can be
    explained.
    """

    changed = Signal()

    def __init__(self, facts: FieldFacts, is_whole: bool) -> None:
        super().__init__()
        self.facts, self.is_whole = facts, is_whole
        self.setToolTip(facts.tooltip())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().textEdited.connect(lambda: self.changed.emit())
        self.editingFinished.connect(self._add_unit)

    def value(self) -> int | float | str:
        """Return the number, or the text if it is not a number."""
        return parsed(self.text().removesuffix(self.facts.unit))

    def set_value(self, value: Any) -> None:
        """Show a number, without emitting a signal."""
        self.lineEdit().setText(f"{written(value)} {self.facts.unit}".rstrip())
        self.lineEdit().setCursorPosition(0)

    def stepBy(self, steps: int) -> None:  # noqa: N802 - Qt's name
        """Go up or down, within the bounds."""
        before = self.value()
        if isinstance(before, str):
            return
        size, digits = (1.0, 0) if self.is_whole else step_size(before, steps)
        if self.facts.multiple_of:
            size = self.facts.multiple_of
            before -= before % size
        after = round(before + steps * size, digits)
        after = min(max(after, self.facts.low), self.facts.high)
        if self.facts.allows(after) and after != before:
            self.set_value(int(after) if self.is_whole else after)
            self.changed.emit()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:  # noqa: N802
        """Return which arrows have an effect."""
        flags, value = QAbstractSpinBox.StepEnabledFlag, self.value()
        enabled = flags.StepNone
        if not isinstance(value, str):
            if value < self.facts.high:
                enabled |= flags.StepUpEnabled
            if value > self.facts.low:
                enabled |= flags.StepDownEnabled
        return enabled

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Accept any text; the model reports what is wrong with it."""
        return QValidator.State.Acceptable, text, position

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to the scroll area: scrolling past changes no value."""
        event.ignore()

    def keep_narrow(self) -> None:
        """Be only as wide as most numbers, to leave room for a slider."""
        fixed, vertical = QSizePolicy.Policy.Fixed, self.sizePolicy().verticalPolicy()
        self.setSizePolicy(fixed, vertical)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Request room for most numbers with their unit, in the current font.

        The font is not known earlier: napari sets it when the widget is shown.
        """
        text = f"0.000 {self.facts.unit}".rstrip()
        width = self.fontMetrics().horizontalAdvance(text) + ARROWS
        return QSize(max(width, NARROW), super().sizeHint().height())

    def _add_unit(self) -> None:
        if not isinstance(self.value(), str):
            self.set_value(self.value())


class NumberListField(QLineEdit):
    """Any number of numbers, separated by commas."""

    changed = Signal()

    def __init__(self, facts: FieldFacts) -> None:
        super().__init__()
        unit = f" In {facts.unit}." if facts.unit else ""
        self.setToolTip(f"{facts.tooltip()}{unit} Separate the numbers with commas.")
        self.textEdited.connect(lambda: self.changed.emit())

    def value(self) -> tuple[int | float | str, ...]:
        """Return the numbers, with texts where there are none."""
        parts = self.text().replace(";", ",").split(",")
        return tuple(parsed(part) for part in parts if part.strip())

    def set_value(self, value: Sequence[float]) -> None:
        """Show numbers, without emitting a signal."""
        self.setText(", ".join(written(number) for number in value))
        self.setCursorPosition(0)


class NumberTupleField(QWidget):
    """A fixed count of numbers, side by side."""

    changed = Signal()

    def __init__(self, fields: Sequence[NumberField]) -> None:
        super().__init__()
        self._fields = fields
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for field in fields:
            layout.addWidget(field)
            field.changed.connect(lambda: self.changed.emit())

    def value(self) -> tuple[int | float | str, ...]:
        """Return the numbers, with texts where there are none."""
        return tuple(field.value() for field in self._fields)

    def set_value(self, value: Sequence[float]) -> None:
        """Show numbers, without emitting a signal."""
        for field, number in zip(self._fields, value, strict=True):
            field.set_value(number)


def parsed(text: str) -> int | float | str:
    """Return the number in a text, or the text itself; decimal commas are accepted."""
    text = text.strip().replace(",", ".")
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def written(value: Any) -> str:
    """Return a number as text, with all its significant digits and no others."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def step_size(value: float, steps: int) -> tuple[float, int]:
    """Return a tenth of a number's order of magnitude, and its decimals.

    When stepping toward 0, a power of ten counts as the order below it; otherwise one
    step down from 10 would be ten times the step up from 9.
    """
    size = abs(value) * (1 - 1e-9 if value * steps < 0 else 1)
    order = math.floor(math.log10(size)) if value else 0
    return 10.0 ** (order - 1), 1 - order


class NumberSlider(QSlider):
    """Drags a number within its bounds, and follows it when it changes elsewhere.

    Parameters
    ----------
    field : NumberField
        Its facts have both bounds.
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

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Request the minimum width, so that the number has priority."""
        return QSize(SHORTEST, super().sizeHint().height())

    def follow(self) -> None:
        """Move to the position of the number."""
        value = self._field.value()
        if isinstance(value, str) or not math.isfinite(value):
            return
        blocked = self.blockSignals(True)
        self.setValue(round(STEPS * place_of(value, self._field.facts)))
        self.blockSignals(blocked)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the scroll area: scrolling past changes no value."""
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
    """Return a field as a row: numbers on the right, next to a slider if bounded."""
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


def number_at(place: float, facts: FieldFacts, is_whole: bool) -> int | float:
    """Return the number at a position of a slider.

    Parameters
    ----------
    place : float
        0 to 1.
    facts : FieldFacts
        Ranges that span decades are logarithmic; those that start at 0 are linear in
        their lowest thousandth.
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
    if not facts.allows(number):  # a bound that is itself excluded
        inwards = 1 if number == low else -1
        return number_at(place + inwards / STEPS, facts, is_whole)
    return int(number) if is_whole else number


def place_of(number: float, facts: FieldFacts) -> float:
    """Return the position of a number on a slider, from 0 to 1; see `number_at`."""
    low, high, base = facts.low, facts.high, _base(facts)
    number = min(max(number, low), high)
    if base:
        return math.log1p((number - low) / base) / math.log1p((high - low) / base)
    return (number - low) / (high - low)


def _base(facts: FieldFacts) -> float:
    """Return the number from which a slider is logarithmic, 0 if it is linear."""
    if facts.low > 0:
        return facts.low if facts.high >= DECADES * facts.low else 0.0
    return facts.high / STEPS if facts.low == 0 and facts.high >= DECADES else 0.0
