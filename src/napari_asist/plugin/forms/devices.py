"""A field for the device of networks, which lists those available."""

from collections.abc import Iterator

from qtpy.QtGui import QShowEvent

from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.work.latest_request import NewestRequest

ANYWHERE = ("auto", "cpu")
"""Devices that every computer has."""


class DeviceField(ChoiceField):
    """The devices of this computer, which PyTorch lists in a thread.

    Loading PyTorch takes seconds, so it begins when the field is first shown.

    Parameters
    ----------
    tooltip : str
    """

    def __init__(self, tooltip: str = "") -> None:
        super().__init__(ANYWHERE, tooltip)
        self._is_asked = False
        self._requests = NewestRequest()
        self._requests.delivered.connect(self._list)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for the devices."""
        super().showEvent(event)
        if not self._is_asked:
            self._is_asked = True
            self._requests.ask(_available())

    def _list(self, number: int, devices: list[str]) -> None:
        """List the devices, and keep the choice, even if there is no such device."""
        chosen = self.value()
        blocked = self.blockSignals(True)
        self.clear()
        self.addItems(devices)
        self.blockSignals(blocked)
        self.set_value(chosen)


def _available() -> Iterator[list[str]]:
    from napari_asist.training.device import available_devices

    yield available_devices()
