"""Choices, switches and texts in a form."""

from collections.abc import Sequence

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QCheckBox, QComboBox, QLineEdit


class ChoiceField(QComboBox):
    """One of several words."""

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
        """Return the word."""
        return str(self.currentText())

    def set_value(self, value: str) -> None:
        """Choose a word, without a signal."""
        blocked = self.blockSignals(True)
        if self.findText(value) < 0:
            self.addItem(value)
        self.setCurrentText(value)
        self.blockSignals(blocked)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the scroll area: passing by must change nothing."""
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
        """Switch, without a signal."""
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
        """Show a text, without a signal."""
        self.setText(value)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Be no wider than the form is."""
        return QSize(80, super().sizeHint().height())
