"""The review queue at the top of the "Correct" panel, by clicking."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from canvas import press
from cases import CASES, blank, square
from qtpy.QtCore import Qt

from napari_asist.labels import LabelVideo, track_table
from napari_asist.plugin.correct.panel import CorrectPanel
from napari_asist.plugin.session import session_of
from napari_asist.plugin.track.export import ResultExport
from napari_asist.proofreading.review import BRIEF, ENDS, INTERRUPTED
from napari_asist.proofreading.reviewed import ACCEPTED, CORRECTED, DISMISSED, OPEN

LEFT = Qt.MouseButton.LeftButton
WAIT = 30_000


def faulty() -> LabelVideo:
    """A track that continues as another, one that ends, and one for a frame only."""
    labels = blank(8, (90, 90))
    for time, frame in enumerate(labels):
        square(frame, 1 if time < 4 else 2, 42, 42)
        square(frame, 3, 60, 20)
        square(frame, 4, 20, 60)
        if time < 5:
            square(frame, 5, 60, 60)
        square(frame, 7, 40, 20)
        square(frame, 8, 40, 74)
    square(labels[2], 6, 20, 20)
    rows = [(1, 0, 3, 0), (2, 4, 7, 0), (5, 0, 4, 0), (6, 2, 2, 0)]
    rows += [(label, 0, 7, 0) for label in (3, 4, 7, 8)]
    return LabelVideo(labels, track_table(rows))


class User:
    """A viewer with a result and the panel docked."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.session = session_of(viewer)
        self.panel = CorrectPanel(viewer)
        viewer.window.add_dock_widget(self.panel)
        self.queue = self.panel.review

    def show(self, video: LabelVideo) -> None:
        self.session.result.show(video, "01_RES")
        self.until(lambda: self.queue.found.is_found)

    def until(self, condition: Any) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT)

    def click(self, button: Any) -> None:
        assert button.isEnabled(), button.text()
        self.qtbot.mouseClick(button, LEFT)

    def click_row(self, row: int) -> None:
        table = self.queue.table
        place = table.visualRect(table.model().index(row, 1)).center()
        self.qtbot.mouseClick(table.viewport(), LEFT, pos=place)

    @property
    def listed(self) -> list[tuple[str, tuple[int, ...], str]]:
        items = self.queue.table.items
        return [
            (item.kind, item.labels, items.state(row))
            for row, item in enumerate(items.rows)
        ]

    @property
    def states(self) -> dict[str, str]:
        """The state of each kind of item."""
        return {kind: state for kind, _, state in self.listed}

    def selected(self) -> tuple[int, ...]:
        """The tracks of the selected item."""
        item = self.queue.table.item
        assert item is not None
        return item.labels

    @property
    def progress(self) -> str:
        return str(self.queue.progress.text())


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any) -> User:
    user = User(make_napari_viewer_proxy(show=True), qtbot)
    user.show(faulty())
    return user


def test_items_are_listed_worst_first(user: User) -> None:
    assert user.listed == [
        (INTERRUPTED, (1, 2), OPEN),
        (BRIEF, (6,), OPEN),
        (ENDS, (5,), OPEN),
    ]
    assert user.progress == "0 of 3 reviewed"
    model = user.queue.table.model()
    assert [model.index(0, column).data() for column in (1, 2, 3)] == [
        INTERRUPTED,
        "1, 2",
        "3",
    ]


def test_going_to_an_item_shows_and_picks_its_tracks(user: User) -> None:
    user.click(user.queue.next)
    assert int(user.viewer.dims.current_step[0]) == 3
    scene = getattr(user.viewer, "scene", user.viewer)
    np.testing.assert_allclose(scene.camera.center[-2:], (45.5, 45.5))
    assert (user.panel.track.value(), user.panel.other.value()) == (1, 2)
    assert user.viewer.layers["01_RES"].selected_label == 1
    assert user.queue.words.text() == "Track 2 may continue track 1."
    user.click_row(2)
    assert int(user.viewer.dims.current_step[0]) == 4
    assert user.panel.track.value() == 5


def test_next_and_previous_skip_what_is_decided(user: User) -> None:
    user.click_row(1)
    user.click(user.queue.dismiss)
    assert user.selected() == (5,)  # the next one
    user.click(user.queue.next)
    assert user.selected() == (1, 2)
    user.click(user.queue.next)
    assert user.selected() == (5,)
    user.click(user.queue.previous)
    assert user.selected() == (1, 2)


def test_items_are_accepted_dismissed_and_taken_back(user: User) -> None:
    user.click_row(0)
    user.click(user.queue.accept)
    user.click(user.queue.dismiss)
    states = [state for _, _, state in user.listed]
    assert states == [ACCEPTED, DISMISSED, OPEN]
    assert user.progress == "2 of 3 reviewed"
    assert user.queue.table.model().index(0, 0).data() == "✓"
    user.click_row(0)
    assert user.queue.accept.isChecked()
    user.click(user.queue.accept)
    assert user.listed[0][2] == OPEN
    assert user.progress == "1 of 3 reviewed"
    assert not user.queue.accept.isChecked()


def test_a_correction_marks_its_item_and_keeps_the_others(user: User) -> None:
    user.click_row(2)
    user.click(user.queue.accept)
    user.click_row(0)
    user.click(user.panel.merge)
    user.until(lambda: user.states[INTERRUPTED] == CORRECTED)
    assert user.states == {INTERRUPTED: CORRECTED, BRIEF: OPEN, ENDS: ACCEPTED}
    assert user.progress == "2 of 3 reviewed"
    assert user.selected() == (1, 2)
    user.click(user.panel.undo)
    user.until(lambda: user.states[INTERRUPTED] == OPEN)
    assert user.states == {INTERRUPTED: OPEN, BRIEF: OPEN, ENDS: ACCEPTED}


def test_keys_go_through_the_list(user: User) -> None:
    key = Qt.Key
    for pressed in (key.Key_N, key.Key_G, key.Key_I):
        press(user.qtbot, user.viewer, pressed)
    assert [state for _, _, state in user.listed] == [ACCEPTED, DISMISSED, OPEN]
    assert user.panel.track.value() == 5
    press(user.qtbot, user.viewer, key.Key_D)
    user.until(lambda: user.progress == "3 of 3 reviewed")
    assert user.states == {INTERRUPTED: ACCEPTED, BRIEF: DISMISSED, ENDS: CORRECTED}


def test_decisions_outlive_the_dock_but_not_the_result(user: User) -> None:
    user.click_row(0)
    user.click(user.queue.accept)
    user.viewer.window.remove_dock_widget(user.panel)
    user.panel = CorrectPanel(user.viewer)
    user.viewer.window.add_dock_widget(user.panel)
    user.queue = user.panel.review
    assert user.progress == "1 of 3 reviewed"
    user.show(CASES["division"]())
    user.until(lambda: user.progress == "Nothing unusual was found.")
    assert user.listed == []


def test_without_a_result_there_is_nothing_to_review(
    make_napari_viewer_proxy: Any, qtbot: Any
) -> None:
    user = User(make_napari_viewer_proxy(show=True), qtbot)
    assert user.progress == "There is nothing to review yet."
    assert not user.queue.next.isEnabled()
    assert not user.queue.accept.isEnabled()


def test_the_export_says_how_many_were_reviewed(user: User, tmp_path: Path) -> None:
    user.click_row(0)
    user.click(user.panel.merge)
    user.until(lambda: user.states[INTERRUPTED] == CORRECTED)
    user.click_row([kind for kind, _, _ in user.listed].index(BRIEF))
    user.click(user.queue.dismiss)
    export = ResultExport(user.session)
    with user.qtbot.waitSignal(export.ended, timeout=WAIT):
        export.export_into(tmp_path / "out")
    card = json.loads((tmp_path / "out" / "run_card.json").read_text())
    assert card["result"]["reviewed"] == {
        "listed": 3,
        "accepted": 0,
        "corrected": 1,
        "dismissed": 1,
    }
    assert "2 were reviewed manually" in (tmp_path / "out" / "methods.md").read_text()
