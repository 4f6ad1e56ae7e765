"""The keys of the Correct panel: one list for binding, tooltips and the help table."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from napari import Viewer
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QGridLayout, QLabel, QPushButton, QShortcut, QWidget


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


KEYS = (
    KeyBinding("N", "next", "go to the next open item"),
    KeyBinding("Shift+N", "previous", "go to the previous open item"),
    KeyBinding("O", "looks_right", "the item looks right (OK)"),
    KeyBinding("I", "dismiss", "dismiss the item (ignore)"),
    KeyBinding("J", "merge", "merge the two tracks (join)"),
    KeyBinding("W", "swap", "swap the two tracks from this frame"),
    KeyBinding("K", "set_parent", "link: the second is the parent of the first"),
    KeyBinding("S", "split_here", "split the track at this frame"),
    KeyBinding("T", "split_in_two", "cut the object in two"),
    KeyBinding("D", "delete", "delete the track"),
    KeyBinding("U", "undo", "undo"),
    KeyBinding("R", "redo", "redo"),
)

CLICKS = (
    ("click", "pick the track: on the canvas, in the table or in the lineage tree"),
    ("Shift+click", "pick the second track"),
)

SHORTCUT = Qt.ShortcutContext.WidgetWithChildrenShortcut


class PanelKeys:
    """Binds the keys to buttons: on the canvas while bound, and in the panel always.

    Parameters
    ----------
    viewer : Viewer
    panel : QWidget
    buttons : mapping of str to QPushButton
        Each button in `KEYS`, by name.
    """

    def __init__(
        self, viewer: Viewer, panel: QWidget, buttons: Mapping[str, QPushButton]
    ) -> None:
        self._viewer: Viewer = getattr(viewer, "__wrapped__", viewer)
        self._actions: dict[str, Callable[[Any], None]] = {}
        self._earlier: dict[str, Any] = {}
        """What the keys did before they were bound."""
        self._is_bound = False
        for binding in KEYS:
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


def key_of(button: str) -> str:
    """Return the key of a button of the panel."""
    return next(binding.key for binding in KEYS if binding.button == button)


class KeyTable(QWidget):
    """All keys and clicks, with their meaning."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        self.rows = (*((key, meaning) for key, _, meaning in KEYS), *CLICKS)
        for row, (key, meaning) in enumerate(self.rows):
            name, explained = QLabel(f"<b>{key}</b>"), QLabel(meaning)
            explained.setWordWrap(True)
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(explained, row, 1)


def _clicking(button: QPushButton) -> Callable[[Any], None]:
    def click(viewer: Any) -> None:
        button.click()

    return click
