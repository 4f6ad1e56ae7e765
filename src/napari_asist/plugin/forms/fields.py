"""Form fields: choices, switches, texts, optional values and collapsible groups."""

from collections.abc import Sequence
from typing import Any, Protocol

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QIcon, QWheelEvent
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QWidget,
)
from superqt import QCollapsible

from napari_asist.plugin.forms.numbers import beside_slider

INDENT = 12

OPEN, CLOSED = "▾", "▸"

TITLE_STYLE = (
    "QPushButton, QPushButton:checked { text-align: left; border: none; "
    "background: transparent; padding: 2px 4px; }"
)


class ChoiceField(QComboBox):
    """One of several options."""

    changed = Signal()

    def __init__(self, choices: Sequence[str], tooltip: str = "") -> None:
        super().__init__()
        self.addItems(choices)
        self.setToolTip(tooltip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.currentTextChanged.connect(lambda: self.changed.emit())

    def value(self) -> str:
        """Return the option."""
        return str(self.currentText())

    def set_value(self, value: str) -> None:
        """Choose an option, without emitting a signal."""
        blocked = self.blockSignals(True)
        if self.findText(value) < 0:
            self.addItem(value)
        self.setCurrentText(value)
        self.blockSignals(blocked)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the scroll area: scrolling past changes no value."""
        event.ignore()


class SwitchField(QCheckBox):
    """Yes or no."""

    changed = Signal()

    def __init__(self, tooltip: str = "") -> None:
        super().__init__()
        self.setToolTip(tooltip)
        self.toggled.connect(lambda: self.changed.emit())

    def value(self) -> bool:
        """Return whether it is on."""
        return bool(self.isChecked())

    def set_value(self, value: bool) -> None:
        """Set the switch, without emitting a signal."""
        blocked = self.blockSignals(True)
        self.setChecked(value)
        self.blockSignals(blocked)


class TextField(QLineEdit):
    """A text."""

    changed = Signal()

    def __init__(self, tooltip: str = "") -> None:
        super().__init__()
        self.setToolTip(tooltip)
        self.textEdited.connect(lambda: self.changed.emit())

    def value(self) -> str:
        """Return the text."""
        return str(self.text())

    def set_value(self, value: str) -> None:
        """Show a text, without emitting a signal."""
        self.setText(value)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Request no more width than the form has."""
        return QSize(80, super().sizeHint().height())


class FormField(Protocol):
    """A widget that shows one value; ``changed`` is emitted when the user edits it."""

    changed: Any

    def value(self) -> Any:
        """Return the displayed value, which the model has yet to validate."""

    def set_value(self, value: Any) -> None:
        """Show a value, without emitting a signal."""


class OptionalField(QWidget):
    """An optional value: the box is checked if there is one.

    Parameters
    ----------
    field : FormField
        For the value.
    start : Any
        Initial value when the box is first checked.
    tooltip : str
    """

    changed = Signal()

    def __init__(self, field: FormField, start: Any, tooltip: str) -> None:
        super().__init__()
        self.field = field
        self.box = QCheckBox("set")
        self.box.setToolTip(f"{tooltip} Leave unchecked for none.".strip())
        self._row = beside_slider(field)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addWidget(self._row, stretch=1)
        field.set_value(start)
        field.changed.connect(lambda: self.changed.emit())
        self.box.toggled.connect(self._switch)

    def value(self) -> Any:
        """Return the value, or None."""
        return self.field.value() if self.box.isChecked() else None

    def set_value(self, value: Any) -> None:
        """Show a value or none, without emitting a signal."""
        blocked = self.box.blockSignals(True)
        self.box.setChecked(value is not None)
        self.box.blockSignals(blocked)
        self._enable()
        if value is not None:
            self.field.set_value(value)

    def _switch(self) -> None:
        self._enable()
        self.changed.emit()

    def _enable(self) -> None:
        self._row.setEnabled(self.box.isChecked())


class Group(QCollapsible):
    """A title that shows and hides the content below it.

    Parameters
    ----------
    title, tooltip : str
    content : QWidget
    is_open : bool
    """

    def __init__(
        self, title: str, tooltip: str, content: QWidget, is_open: bool = False
    ) -> None:
        # Superqt's own arrows are images that are black in every theme.
        super().__init__(title, None, QIcon(), QIcon())
        self.title = title
        self.toggleButton().setToolTip(tooltip)
        self.toggleButton().setStyleSheet(TITLE_STYLE)
        self.setDuration(0)
        self.addWidget(content)
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(2)
        self.content().layout().setContentsMargins(INDENT, 0, 0, 0)
        self.toggled.connect(self._show)
        self._show(False)
        if is_open:
            self.expand(animate=False)

    def rename(self, title: str) -> None:
        """Show another title."""
        self.title = title
        self.setText(f"{OPEN if self.isExpanded() else CLOSED} {title}")

    def _show(self, is_open: bool) -> None:
        self.setText(f"{OPEN if is_open else CLOSED} {self.title}")
        # Otherwise, fields of zero height could receive the keyboard focus.
        self.content().setVisible(is_open)
