"""A value in a form that may be none."""

from typing import Any, Protocol

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from napari_asist.plugin.form_sliders import beside_slider


class FormField(Protocol):
    """A widget that shows one value; ``changed`` is emitted when the user edits it."""

    changed: Any

    def value(self) -> Any:
        """Return what the user sees, which the model still has to check."""

    def set_value(self, value: Any) -> None:
        """Show a value, without a signal."""


class OptionalField(QWidget):
    """A value that may be none: the box is ticked where there is one.

    Parameters
    ----------
    field : FormField
        For the value.
    start : Any
        What the value is when the box is first ticked.
    tooltip : str
    """

    changed = Signal()

    def __init__(self, field: FormField, start: Any, tooltip: str) -> None:
        super().__init__()
        self.field = field
        self.box = QCheckBox("set")
        self.box.setToolTip(f"{tooltip} Without the tick there is none.".strip())
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
        """Show a value or none, without a signal."""
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
