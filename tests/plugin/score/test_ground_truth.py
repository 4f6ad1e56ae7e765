"""The ground truth as a layer, and leaving the Score step, by clicking in the dock."""

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import CASES, square
from qtpy.QtCore import QPoint, Qt

from napari_asist.ctc import write_ctc
from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.plugin.dock import STEPS, GuidedDock
from napari_asist.plugin.score.tables import TITLES

LEFT = Qt.MouseButton.LeftButton
WAIT = 20_000
TRACK, SCORE = (
    [step.name for step in STEPS].index(name) for name in ("Track", "Score")
)


class User:
    """A visible window with the dock at its narrowest, at the Score step."""

    def __init__(self, viewer: Any, qtbot: Any, folder: Path) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.dock = GuidedDock(viewer)
        viewer.window.resize(1366, 768)
        viewer.window.add_dock_widget(self.dock)
        self.session = self.dock.session
        self.truth = folder / "01_GT"
        write_ctc(CASES["division"](), self.truth, "truth")
        self.go_to(SCORE)
        self.panel: Any = self.dock.panel
        self.panel.truth.setText(str(self.truth))

    def go_to(self, step: int) -> None:
        self.click(self.dock.buttons[step])

    def click(self, button: Any) -> None:
        self.qtbot.mouseClick(button, LEFT)

    def show_truth(self) -> None:
        self.tick()
        assert self.panel.truth_layer.isChecked()
        self.qtbot.waitUntil(lambda: "ground truth" in self.names, timeout=WAIT)

    def tick(self) -> None:
        box = self.panel.truth_layer
        self.qtbot.mouseClick(box, LEFT, pos=QPoint(10, box.height() // 2))

    def score(self) -> None:
        self.click(self.panel.score)
        self.qtbot.waitUntil(
            lambda: bool(self.panel.errors.listed()) and not self.panel.work.is_running,
            timeout=WAIT,
        )

    def click_row(self, row: int) -> None:
        view = self.panel.errors.view
        place = view.visualRect(view.model().index(row, 1)).center()
        self.qtbot.mouseClick(view.viewport(), LEFT, pos=place)

    @property
    def names(self) -> list[str]:
        return [layer.name for layer in self.viewer.layers]

    @property
    def message(self) -> str:
        return str(self.panel.bar.message.text())


def damaged() -> LabelVideo:
    labels = CASES["division"]().labels.copy()
    labels[labels == 3] = 0
    square(labels[4], 9, 0, 0, 4)
    return LabelVideo(labels)


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any, tmp_path: Path) -> User:
    user = User(make_napari_viewer_proxy(show=True), qtbot, tmp_path)
    below = user.viewer.add_image(np.zeros((5, 40, 48)), scale=(1, 0.5, 0.5))
    user.session.result.show(damaged(), "01_RES", below.__wrapped__)
    return user


def test_the_ground_truth_lies_over_the_result_and_goes_on_leaving(user: User) -> None:
    user.show_truth()
    layer = user.viewer.layers["ground truth"]
    np.testing.assert_array_equal(layer.data, CASES["division"]().labels)
    np.testing.assert_array_equal(layer.scale, (1, 0.5, 0.5))
    assert not layer.editable
    assert user.message == ""
    user.go_to(TRACK)
    assert "ground truth" not in user.names
    user.go_to(SCORE)
    assert "ground truth" in user.names
    user.tick()
    assert "ground truth" not in user.names
    user.go_to(TRACK)
    user.go_to(SCORE)
    assert "ground truth" not in user.names


def test_the_ground_truth_can_be_neither_video_nor_result(user: User) -> None:
    user.show_truth()
    layer = user.viewer.layers["ground truth"]
    with pytest.raises(AsistError, match="only for scoring"):
        user.session.result.adopt(layer)
    assert user.session.result.labels is not layer.__wrapped__
    user.go_to(TRACK)
    user.click(user.dock.panel.use_layer)
    assert user.session.result.name == "01_RES"


def test_another_folder_or_result_removes_it(user: User, tmp_path: Path) -> None:
    user.show_truth()
    user.session.result.replace(damaged())
    assert "ground truth" in user.names  # a correction
    user.session.result.show(LabelVideo(damaged().labels[:, :30]), "other")
    assert "ground truth" not in user.names
    assert not user.panel.truth_layer.isChecked()
    user.session.result.show(damaged(), "again")
    user.show_truth()
    user.panel.truth.setText(str(tmp_path / "nothing"))
    assert "ground truth" not in user.names
    user.tick()
    user.qtbot.waitUntil(lambda: "is not a folder" in user.message, timeout=WAIT)
    assert not user.panel.truth_layer.isChecked()


def test_the_ring_goes_on_leaving_and_comes_back_with_a_click(user: User) -> None:
    user.score()
    user.click_row(1)
    assert "error" in user.names
    user.go_to(TRACK)
    assert "error" not in user.names
    user.go_to(SCORE)
    user.click_row(1)
    assert "error" in user.names


def test_closing_the_dock_removes_the_ground_truth(user: User) -> None:
    user.show_truth()
    user.viewer.window.remove_dock_widget(user.dock)
    del user.panel, user.dock
    gc.collect()
    assert "ground truth" not in user.names


def test_the_errors_are_readable_in_a_narrow_dock(user: User) -> None:
    user.score()
    view = user.panel.errors.view
    assert view.width() < 400
    model, measure = view.model(), view.fontMetrics().horizontalAdvance
    for row in range(model.rowCount()):
        for column in range(TITLES.index("label")):
            text = model.index(row, column).data()
            assert view.columnWidth(column) >= measure(text), text
    assert view.horizontalScrollBar().maximum() == 0
    header = view.horizontalHeader()
    for column, title in enumerate(TITLES):
        assert header.sectionSize(column) >= header.fontMetrics().horizontalAdvance(
            title
        )
    index = model.index(0, 1)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == index.data()
