"""Filling the simulator's form: with another simulator, a preset, or given settings."""

from typing import Any

from qtpy.QtCore import QObject, QSignalBlocker, Signal

from napari_asist.plugin.form_choices import ChoiceField
from napari_asist.plugin.forms import SettingsForm
from napari_asist.plugin.simulator_start import (
    DEFAULTS,
    SIMULATORS,
    starting_points,
)


class FormFilling(QObject):
    """Keeps the choices of simulator and starting point and their form together.

    Parameters
    ----------
    simulator, start : ChoiceField
    form : SettingsForm
    parent : QObject
    """

    begun = Signal()
    """The user has chosen with which settings to begin; the form says nothing."""

    def __init__(
        self,
        simulator: ChoiceField,
        start: ChoiceField,
        form: SettingsForm,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._simulator, self._start, self._form = simulator, start, form
        self._list_starts()
        simulator.changed.connect(self._change_simulator)
        start.activated.connect(self._take_start)

    def fill(self, settings: Any) -> None:
        """Show settings that are none of the starting points."""
        self._fill(settings)
        self._start.setCurrentIndex(-1)

    def _change_simulator(self) -> None:
        self._begin(DEFAULTS[SIMULATORS[self._simulator.value()]])

    def _take_start(self) -> None:
        self._begin(starting_points(self._form.value.kind)[self._start.value()])

    def _begin(self, settings: Any) -> None:
        with QSignalBlocker(self._form):
            self._fill(settings)
        self.begun.emit()

    def _fill(self, settings: Any) -> None:
        is_other_kind = settings.kind != self._form.value.kind
        names = {kind: name for name, kind in SIMULATORS.items()}
        self._simulator.set_value(names[settings.kind])
        self._form.set_value(settings)
        if is_other_kind:
            self._list_starts()

    def _list_starts(self) -> None:
        self._start.clear()
        self._start.addItems(list(starting_points(self._form.value.kind)))
