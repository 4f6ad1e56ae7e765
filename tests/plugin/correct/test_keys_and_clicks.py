"""Keys and clicks on the canvas while the "Correct" panel is shown."""

from typing import Any

import numpy as np
import pytest
from canvas import canvas_of, click_canvas, point_at, press
from cases import CASES
from napari.layers import Image, Labels, Layer, Tracks
from napari.utils.key_bindings import coerce_keybinding
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QLabel

from napari_asist.plugin.correct.keys import KEYS
from napari_asist.plugin.correct.panel import CorrectPanel
from napari_asist.plugin.dock import STEPS, GuidedDock
from napari_asist.plugin.session import session_of

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


class User:
    """A viewer with the division as the result, and the guided dock at Correct."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        qtbot.waitUntil(canvas_of(viewer).isVisible)
        self.session = session_of(viewer)
        self.dock = GuidedDock(viewer)
        self.docked = viewer.window.add_dock_widget(self.dock)
        self.session.result.show(CASES["division"](), "01_RES")
        viewer.layers.selection.active = viewer.layers["01_RES"]
        self.go_to("Correct")
        assert isinstance(self.dock.panel, CorrectPanel)
        self.panel: CorrectPanel = self.dock.panel
        viewer.dims.set_current_step(0, 3)

    def go_to(self, name: str) -> None:
        number = [step.name for step in STEPS].index(name)
        self.qtbot.mouseClick(self.dock.buttons[number], LEFT)

    def press(self, key: Qt.Key, *modifier: Qt.KeyboardModifier) -> str:
        """Press a key on the canvas; return the panel's message."""
        press(self.qtbot, self.viewer, key, *modifier)
        return str(self.panel.bar.message.text())

    def click(self, row: float, column: float, *modifier: Any) -> None:
        click_canvas(self.qtbot, self.viewer, row, column, *modifier)

    @property
    def tracks(self) -> int:
        """The number of tracks of the result."""
        video = self.session.result.video
        assert video is not None
        return len(video.tracks)

    @property
    def pair(self) -> tuple[int, int]:
        return self.panel.track.value(), self.panel.other.value()


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any) -> User:
    return User(make_napari_viewer_proxy(show=True), qtbot)


# In frame 3, tracks 2, 3 and 4 are at rows 14 to 19 and columns 11 to 16 and 27 to 32,
# and at rows 28 to 35 and columns 34 to 41.
OF_TRACK = {2: (16.5, 13.5), 3: (16.5, 29.5), 4: (31.5, 37.5)}


def test_clicks_pick_the_first_and_the_second_track(user: User) -> None:
    user.click(*OF_TRACK[3])
    assert user.panel.track.value() == 3
    user.click(*OF_TRACK[4], SHIFT)
    assert user.pair == (3, 4)
    user.click(*OF_TRACK[2])
    assert user.pair == (2, 4)
    user.click(5, 5)  # background
    user.click(5, 5, SHIFT)
    assert user.pair == (2, 4)


def test_clicks_pick_whichever_layer_is_selected(user: User) -> None:
    user.viewer.add_image(np.zeros((5, 40, 48)))
    assert isinstance(user.viewer.layers.selection.active, Image)
    user.click(*OF_TRACK[3])
    user.click(*OF_TRACK[4], SHIFT)
    assert user.pair == (3, 4)


def test_the_color_picker_picks_too(user: User) -> None:
    user.viewer.layers["01_RES"].mode = "pick"
    user.click(*OF_TRACK[3])
    user.click(*OF_TRACK[4], SHIFT)
    assert user.pair == (3, 4)


def test_a_drag_and_a_brush_do_not_pick(user: User) -> None:
    user.click(*OF_TRACK[2])
    start = point_at(user.viewer, *OF_TRACK[3])
    canvas = canvas_of(user.viewer)
    user.qtbot.mousePress(canvas, LEFT, pos=start)
    user.qtbot.mouseMove(canvas, start + QPoint(30, 0))
    user.qtbot.mouseRelease(canvas, LEFT, pos=start + QPoint(30, 0))
    assert user.pair[0] == 2
    layer = user.viewer.layers["01_RES"]
    layer.mode = "paint"
    layer.brush_size = 1
    user.click(*OF_TRACK[4], SHIFT)
    user.click(*OF_TRACK[4])
    assert user.pair == (2, 0)


def test_keys_correct_undo_and_redo(user: User) -> None:
    user.click(*OF_TRACK[4])
    assert user.press(Qt.Key.Key_S).startswith("Split track 4 at frame 3")
    user.click(*OF_TRACK[4])
    assert user.panel.track.value() == 5
    user.panel.other.setValue(4)
    assert user.press(Qt.Key.Key_J) == "Merged track 5 into 4."
    assert user.press(Qt.Key.Key_U) == "Undone: Merged track 5 into 4."
    assert user.press(Qt.Key.Key_R) == "Merged track 5 into 4."
    user.click(*OF_TRACK[3])
    assert user.press(Qt.Key.Key_D) == "Deleted track 3."
    assert user.press(Qt.Key.Key_U) == "Undone: Deleted track 3."
    user.panel.other.setValue(1)
    assert "already the parent" in user.press(Qt.Key.Key_K)


def test_keys_work_in_the_panel_but_not_while_a_number_is_typed(user: User) -> None:
    user.panel.track.setValue(4)
    user.panel.track.setFocus()
    user.qtbot.keyClick(user.panel.track, Qt.Key.Key_D)
    user.qtbot.keyClick(user.panel.track.lineEdit(), Qt.Key.Key_D)
    assert user.tracks == 4
    user.panel.review.table.setFocus()
    canvas_of(user.viewer).window().activateWindow()
    user.qtbot.waitUntil(user.panel.review.table.hasFocus)
    user.qtbot.keyClick(user.panel.review.table, Qt.Key.Key_D)
    assert user.panel.bar.message.text() == "Deleted track 4."


def test_keys_and_clicks_end_with_the_panel(user: User) -> None:
    user.panel.track.setValue(4)
    keymap = user.viewer.__wrapped__.keymap
    assert all(coerce_keybinding(key.key.replace("+", "-")) in keymap for key in KEYS)
    user.go_to("Start")
    user.press(Qt.Key.Key_D)
    user.click(*OF_TRACK[3], SHIFT)
    assert user.tracks == 4
    assert user.session.result.second == 0
    assert not keymap
    user.go_to("Correct")
    assert user.press(Qt.Key.Key_D) == "Deleted track 4."
    user.viewer.window.remove_dock_widget(user.dock)
    assert not keymap
    assert len(user.viewer.__wrapped__.mouse_drag_callbacks) == 1  # napari's own


def test_a_key_of_the_user_is_given_back(user: User) -> None:
    user.go_to("Score")
    pressed = []
    user.viewer.__wrapped__.bind_key("D", lambda viewer: pressed.append("D"))
    user.go_to("Correct")
    user.press(Qt.Key.Key_D)
    assert pressed == []
    user.go_to("Score")
    user.press(Qt.Key.Key_D)
    assert pressed == ["D"]


@pytest.mark.parametrize(
    ("kind", "known"), [(Labels, "M"), (Tracks, "1"), (Image, "C")]
)
def test_no_key_is_one_of_napari(kind: type[Layer], known: str, user: User) -> None:
    own = {coerce_keybinding(binding.key.replace("+", "-")) for binding in KEYS}
    assert len(own) == len(KEYS)
    classes = [*kind.__mro__, *type(user.viewer.__wrapped__).__mro__]
    taken = {key for cls in classes for key in getattr(cls, "class_keymap", {})}
    assert coerce_keybinding(known) in taken
    assert not own & taken


def test_all_keys_are_in_tooltips_and_in_the_help(user: User) -> None:
    named = user.panel._named_buttons()
    for binding in KEYS:
        assert named[binding.button].toolTip().endswith(f"Key: {binding.key}")
    user.qtbot.mouseClick(user.panel.show_keys, LEFT)
    dialog = user.panel.key_dialog
    assert dialog.isVisible()
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    for binding in KEYS:
        assert f"<b>{binding.key}</b>" in texts
        assert binding.meaning in texts
    user.go_to("Track")
    assert not dialog.isVisible()
