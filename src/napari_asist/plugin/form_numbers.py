"""Numbers in a form: a box with arrows, and lists of numbers."""

import math
from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QValidator, QWheelEvent
from qtpy.QtWidgets import QAbstractSpinBox, QHBoxLayout, QLineEdit, QWidget

from napari_asist.plugin.form_facts import Facts

NARROW = 122
ARROWS = 68
"""Pixels of a number's arrows and margins, as napari draws them."""


class NumberField(QAbstractSpinBox):
    """A number with its unit; what was typed stays, the model judges it.

    Qt's own boxes round to so many decimals and put back what is out of bounds, so a
    value would not survive the form, nor a typing error long enough to be explained.
    """

    changed = Signal()

    def __init__(self, facts: Facts, is_whole: bool) -> None:
        super().__init__()
        self.facts, self.is_whole = facts, is_whole
        self.setToolTip(facts.tooltip())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().textEdited.connect(lambda: self.changed.emit())
        self.editingFinished.connect(self._add_unit)

    def value(self) -> int | float | str:
        """Return the number, or the text where it is none."""
        return parsed(self.text().removesuffix(self.facts.unit))

    def set_value(self, value: Any) -> None:
        """Show a number, without a signal."""
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
        """Tell which arrows lead anywhere."""
        flags, value = QAbstractSpinBox.StepEnabledFlag, self.value()
        enabled = flags.StepNone
        if not isinstance(value, str):
            if value < self.facts.high:
                enabled |= flags.StepUpEnabled
            if value > self.facts.low:
                enabled |= flags.StepDownEnabled
        return enabled

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let everything be typed; the model says what is wrong with it."""
        return QValidator.State.Acceptable, text, position

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to the scroll area: passing by must change nothing."""
        event.ignore()

    def keep_narrow(self) -> None:
        """Be as wide as most numbers are, to leave room for a slider."""
        text = f"0.000 {self.facts.unit}"
        width = self.fontMetrics().horizontalAdvance(text) + ARROWS
        self.setFixedWidth(max(width, NARROW))

    def _add_unit(self) -> None:
        if not isinstance(self.value(), str):
            self.set_value(self.value())


class NumberListField(QLineEdit):
    """Any number of numbers, separated by commas."""

    changed = Signal()

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        unit = f" In {facts.unit}." if facts.unit else ""
        self.setToolTip(f"{facts.tooltip()}{unit} Separate the numbers by commas.")
        self.textEdited.connect(lambda: self.changed.emit())

    def value(self) -> tuple[int | float | str, ...]:
        """Return the numbers, with texts where there are none."""
        parts = self.text().replace(";", ",").split(",")
        return tuple(parsed(part) for part in parts if part.strip())

    def set_value(self, value: Sequence[float]) -> None:
        """Show numbers, without a signal."""
        self.setText(", ".join(written(number) for number in value))
        self.setCursorPosition(0)


class NumberTupleField(QWidget):
    """So many numbers, side by side."""

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
        """Show numbers, without a signal."""
        for field, number in zip(self._fields, value, strict=True):
            field.set_value(number)


def parsed(text: str) -> int | float | str:
    """Return the number that a text stands for, or the text; a comma is a point."""
    text = text.strip().replace(",", ".")
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def written(value: Any) -> str:
    """Write a number with all its digits, and none that say nothing."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def step_size(value: float, steps: int) -> tuple[float, int]:
    """Return a tenth of a number's order of magnitude, and its decimals.

    Towards 0 a power of ten counts to the order below it, or the way back from 9 to
    10 would be ten times as long.
    """
    size = abs(value) * (1 - 1e-9 if value * steps < 0 else 1)
    order = math.floor(math.log10(size)) if value else 0
    return 10.0 ** (order - 1), 1 - order
