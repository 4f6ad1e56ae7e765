"""Forms made from settings models, which validate the typed values."""

from typing import Any

from pydantic import ValidationError
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame, QLabel, QLayout, QScrollArea, QVBoxLayout, QWidget

from napari_asist.plugin.forms.models import ModelField
from napari_asist.settings import Settings, explain, explained


class SettingsForm(QWidget):
    """A form for any settings model, with an error message below for invalid input.

    Parameters
    ----------
    settings : Settings
        Shown first.
    parent : QWidget, optional
    """

    changed = Signal(object)
    """The new settings, emitted whenever they are different and valid."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = settings
        self.model = ModelField(settings)
        self.error = QLabel()
        self.error.setWordWrap(True)
        self.error.hide()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._above = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._above)
        layout.addWidget(self._scroll, stretch=1)
        layout.addWidget(self.error)
        self._show(settings)

    @property
    def value(self) -> Any:
        """The last valid settings."""
        return self._value

    @property
    def is_valid(self) -> bool:
        """Whether the settings match what the form shows."""
        return not self.error.text()

    def set_value(self, settings: Settings) -> None:
        """Show other settings, of the same model or another."""
        if type(settings) is type(self._value):
            self.model.set_value(settings)
        else:
            self._show(settings)
        self._take(settings)

    def add_above(self, row: QLayout) -> None:
        """Put a row above the fields, which stays there when they scroll."""
        self._above.addLayout(row)

    def _show(self, settings: Settings) -> None:
        self.model = ModelField(settings)
        self.model.changed.connect(self._check)
        # Deletes the previous form.
        self._scroll.setWidget(self.model)

    def _check(self) -> None:
        try:
            settings = type(self._value).model_validate(self.model.value())
        except ValidationError as error:
            text = str(explain(error))
            self.error.setText(f"{text[:1].upper()}{text[1:]}.")
            self.error.show()
            self.model.mark(explained(error))
            return
        self.model.show_valid(settings)
        self._take(settings)

    def _take(self, settings: Settings) -> None:
        self.error.clear()
        self.error.hide()
        if settings != self._value:
            self._value = settings
            self.changed.emit(settings)
