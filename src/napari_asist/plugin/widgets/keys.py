"""Keys that click the buttons of a panel, also while the canvas has the focus."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from napari import Viewer
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QPushButton, QShortcut, QWidget

SHORTCUT = Qt.ShortcutContext.WidgetWithChildrenShortcut


class KeyBinding(NamedTuple):
    """A key that clicks a button of the panel.

    Parameters
    ----------
    key : str
        As Qt writes it, such as ``Shift+N``. Neither napari's window nor its Labels,
        Tracks and Image layers use it.
    button : str
        Name of the button.
    meaning : str
        For the help table.
    """

    key: str
    button: str
    meaning: str


class PanelKeys:
    """Binds the keys to buttons: on the canvas while bound, and in the panel always.

    Parameters
    ----------
    viewer : Viewer
    panel : QWidget
    bindings : sequence of KeyBinding
    buttons : mapping of str to QPushButton
        Each button of the bindings, by name.
    """

    def __init__(
        self,
        viewer: Viewer,
        panel: QWidget,
        bindings: Sequence[KeyBinding],
        buttons: Mapping[str, QPushButton],
    ) -> None:
        self._viewer: Viewer = getattr(viewer, "__wrapped__", viewer)
        self._actions: dict[str, Callable[[Any], None]] = {}
        self._earlier: dict[str, Any] = {}
        """What the keys did before they were bound."""
        self._is_bound = False
        for binding in bindings:
            button = buttons[binding.button]
            self._actions[binding.key.replace("+", "-")] = _clicking(button)
            shortcut = QShortcut(QKeySequence(binding.key), panel)
            shortcut.setContext(SHORTCUT)
            shortcut.activated.connect(button.click)
            tip = button.toolTip()
            button.setToolTip(f"{tip} Key: {binding.key}".strip())

    def bind(self) -> None:
        """Let the keys work on the canvas."""
        if self._is_bound:
            return
        self._is_bound = True
        for key, action in self._actions.items():
            self._earlier[key] = self._viewer.bind_key(key, action, overwrite=True)

    def release(self) -> None:
        """Give the keys back."""
        if not self._is_bound:
            return
        self._is_bound = False
        for key, earlier in self._earlier.items():
            self._viewer.bind_key(key, earlier, overwrite=True)


def _clicking(button: QPushButton) -> Callable[[Any], None]:
    def click(viewer: Any) -> None:
        button.click()

    return click
