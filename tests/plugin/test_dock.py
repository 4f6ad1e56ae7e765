"""The guided dock: a button and a panel for each step, and check marks for finished
ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import CASES
from qtpy.QtCore import Qt

from napari_asist.plugin.dock import DONE, STEPS, GuidedDock
from napari_asist.plugin.session import session_of

LEFT = Qt.MouseButton.LeftButton
NAMES = [step.name for step in STEPS]


@pytest.fixture
def viewer(make_napari_viewer_proxy: Any) -> Any:
    return make_napari_viewer_proxy()


@pytest.fixture
def dock(viewer: Any) -> GuidedDock:
    _, dock = viewer.window.add_plugin_dock_widget("napari-asist", "ASIST")
    assert isinstance(dock, GuidedDock)
    return dock


def ticked(dock: GuidedDock) -> list[str]:
    return [
        button.text().removeprefix(DONE)
        for button in dock.buttons
        if button.text().startswith(DONE)
    ]


def test_the_first_step_is_open_and_the_others_are_not_built(dock: GuidedDock) -> None:
    assert list(dock.panels) == [0]
    assert [button.text() for button in dock.buttons] == NAMES
    assert dock.buttons[0].isChecked()
    assert dock.purpose.text() == STEPS[0].purpose


@pytest.mark.parametrize("number", range(1, len(STEPS)))
def test_a_click_shows_a_step(dock: GuidedDock, qtbot: Any, number: int) -> None:
    qtbot.mouseClick(dock.buttons[number], LEFT)
    assert dock.panel is dock.panels[number]
    assert dock.panel.isVisibleTo(dock)
    assert dock.purpose.text() == STEPS[number].purpose
    assert [button.isChecked() for button in dock.buttons].count(True) == 1


def test_the_steps_of_the_method_are_below_a_fold(dock: GuidedDock, qtbot: Any) -> None:
    buttons = dict(zip(NAMES, dock.buttons, strict=True))
    assert not buttons["Simulate"].isVisibleTo(dock)
    assert buttons["Correct"].isVisibleTo(dock)
    qtbot.mouseClick(dock.fold, LEFT)
    assert buttons["Simulate"].isVisibleTo(dock)
    qtbot.mouseClick(dock.fold, LEFT)
    assert not buttons["Simulate"].isVisibleTo(dock)
    # A step that another page asks for is shown with its button.
    dock.choose_named("Track")
    assert buttons["Track"].isVisibleTo(dock)
    assert buttons["Track"].isChecked()


def test_every_panel_fits_a_small_screen(dock: GuidedDock, qtbot: Any) -> None:
    for number in range(len(STEPS)):
        dock.choose(number)
    hint = dock.minimumSizeHint()
    assert hint.width() <= 400
    assert hint.height() <= 680


def test_previews_are_shown_only_in_their_step(
    dock: GuidedDock, viewer: Any, qtbot: Any
) -> None:
    viewer.add_image(np.zeros((3, 64, 64)))
    qtbot.mouseClick(dock.buttons[NAMES.index("Simulate")], LEFT)
    qtbot.waitUntil(lambda: "simulated" in viewer.layers, timeout=20_000)
    assert viewer.layers["simulated"].visible
    qtbot.mouseClick(dock.buttons[NAMES.index("Track")], LEFT)
    assert [layer.visible for layer in viewer.layers] == [True, False]
    qtbot.mouseClick(dock.buttons[NAMES.index("Simulate")], LEFT)
    assert viewer.layers["simulated"].visible


def test_the_result_makes_room_for_previews(
    dock: GuidedDock, viewer: Any, qtbot: Any
) -> None:
    session_of(viewer).result.show(CASES["division"](), "01_RES")
    result = session_of(viewer).result
    assert result.labels is not None
    assert result.tracks is not None
    result.tracks.visible = False
    qtbot.mouseClick(dock.fold, LEFT)
    for _ in range(2):
        qtbot.mouseClick(dock.buttons[NAMES.index("Simulate")], LEFT)
        assert not result.labels.visible
    qtbot.mouseClick(dock.buttons[NAMES.index("Start")], LEFT)
    assert result.labels.visible
    # What the user has hidden stays hidden.
    assert not result.tracks.visible


def test_steps_that_are_done_are_ticked(
    dock: GuidedDock, viewer: Any, tmp_path: Path
) -> None:
    session = session_of(viewer)
    assert ticked(dock) == []
    session.set_layer(viewer.add_image(np.zeros((3, 32, 32))))
    (tmp_path / "synthesis").mkdir()
    session.set_run(tmp_path)
    assert ticked(dock) == ["Video", "Synthesize"]
    session.result.show(CASES["division"](), "01_RES")
    assert ticked(dock) == ["Start", "Video", "Synthesize", "Track"]


def test_a_closed_dock_releases_its_panels(dock: GuidedDock, viewer: Any) -> None:
    for number in range(len(STEPS)):
        dock.choose(number)
    viewer.window.remove_dock_widget(dock)
    assert all(panel.parent() is None for panel in dock.panels.values())
    session_of(viewer).result.show(CASES["division"](), "01_RES")
    assert ticked(dock) == []
