"""The keys of the Correct panel: one list for binding, tooltips and the help table."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from napari import Viewer
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QDialog,
    QGridLayout,
    QLabel,
    QPushButton,
    QShortcut,
    QWidget,
)


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
    KeyBinding("N", "next", "Go to the next open item of the review."),
    KeyBinding("Shift+N", "previous", "Go to the previous open item."),
    KeyBinding("G", "looks_right", "The item looks right (good)."),
    KeyBinding("I", "dismiss", "Dismiss the item (ignore)."),
    KeyBinding("J", "merge", "Merge the two tracks (join)."),
    KeyBinding("W", "swap", "Swap the two tracks, starting at this frame."),
    KeyBinding("K", "set_parent", "Link: the second is the parent of the first."),
    KeyBinding("S", "split_here", "Split the track at this frame."),
    KeyBinding("T", "split_in_two", "Cut the object in two."),
    KeyBinding("D", "delete", "Delete the track."),
    KeyBinding("U", "undo", "Undo the last correction."),
    KeyBinding("R", "redo", "Redo it."),
)

CLICKS = (
    ("click", "Pick the track, on the canvas, in the table or in the lineage tree."),
    ("Shift+click", "Pick the second track."),
)

GAP = 16

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


class KeyDialog(QDialog):
    """All keys and clicks, with their meaning, in a window beside the canvas.

    Parameters
    ----------
    parent : QWidget
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        grid = QGridLayout(self)
        grid.setHorizontalSpacing(GAP)
        self.rows = (*((key, meaning) for key, _, meaning in KEYS), *CLICKS)
        for row, (key, meaning) in enumerate(self.rows):
            grid.addWidget(QLabel(f"<b>{key}</b>"), row, 0)
            grid.addWidget(QLabel(meaning), row, 1)
        note = QLabel("The keys work on the canvas and in the Correct panel.")
        grid.addWidget(note, len(self.rows), 0, 1, 2)


def _clicking(button: QPushButton) -> Callable[[Any], None]:
    def click(viewer: Any) -> None:
        button.click()

    return click
