"""The "Score" panel, by clicking in a real window."""

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from canvas import canvas_of, press
from cases import CASES, square
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QFileDialog

from napari_asist.ctc import write_ctc
from napari_asist.evaluation import evaluate_videos
from napari_asist.evaluation.kinds import FALSE_OBJECT, MISSED
from napari_asist.labels import LabelVideo
from napari_asist.plugin.score.panel import ScoresPanel
from napari_asist.plugin.session import session_of
from napari_asist.proofreading import delete_track

LEFT = Qt.MouseButton.LeftButton
WAIT = 20_000


class User:
    """A viewer with a damaged result, ground truth on disk, and the panel docked."""

    def __init__(self, viewer: Any, qtbot: Any, folder: Path) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.session = session_of(viewer)
        self.panel = ScoresPanel(viewer)
        viewer.window.add_dock_widget(self.panel)
        self.truth = folder / "01_GT"
        write_ctc(CASES["division"](), self.truth, "truth")

    @property
    def message(self) -> str:
        return str(self.panel.bar.message.text())

    def score(self, truth: Path | None = None) -> None:
        self.panel.truth.setText(str(truth or self.truth))
        self.qtbot.mouseClick(self.panel.score, LEFT)
        self.qtbot.waitUntil(lambda: not self.panel.work.is_running, timeout=WAIT)

    def click_row(self, row: int) -> None:
        view = self.panel.errors.view
        view.scrollTo(view.model().index(row, 1))
        place = view.visualRect(view.model().index(row, 1)).center()
        self.qtbot.mouseClick(view.viewport(), LEFT, pos=place)

    def filter(self, kind: str) -> None:
        box = self.panel.errors.kind
        place = box.findData(kind)
        box.setCurrentIndex(place)
        box.activated.emit(place)


def damaged() -> LabelVideo:
    """The division without cell 3, and with a spurious object."""
    labels = CASES["division"]().labels.copy()
    labels[labels == 3] = 0
    square(labels[4], 9, 0, 0, 4)
    return LabelVideo(labels)


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any, tmp_path: Path) -> User:
    """The damaged result at half a micrometer per pixel."""
    return with_result(User(make_napari_viewer_proxy(), qtbot, tmp_path))


def with_result(user: User) -> User:
    below = user.viewer.add_image(np.zeros((5, 40, 48)), scale=(1, 0.5, 0.5))
    user.session.result.show(damaged(), "01_RES", below.__wrapped__)
    return user


def test_scores_and_errors_are_shown(user: User) -> None:
    user.score()
    scores = evaluate_videos(CASES["division"](), damaged())
    values = user.panel.scores.values
    assert values["det"].text() == f"{scores.det:.3f}"
    assert values["seg"].text() == f"{scores.seg:.3f}"
    assert values["division_f1"].text() == "0.000"
    listed = user.panel.errors.listed()
    assert sum(error.kind == MISSED for error in listed) == scores.misses == 3
    assert [error.frame for error in listed] == sorted(e.frame for e in listed)
    user.filter(FALSE_OBJECT)
    assert [error.labels for error in user.panel.errors.listed()] == [(9,)]
    assert user.panel.errors.kind.currentText() == "false object (1)"


def test_a_click_leads_to_the_error(user: User) -> None:
    user.score()
    user.filter(FALSE_OBJECT)
    user.click_row(0)
    assert user.viewer.dims.current_step[0] == 4
    marker = user.viewer.layers["error"]
    np.testing.assert_allclose(marker.data, [[4, 1.5, 1.5]])
    np.testing.assert_allclose(user.viewer.scene.camera.center[-2:], (0.75, 0.75))
    assert user.viewer.layers["01_RES"].selected_label == 9
    user.filter(MISSED)
    user.click_row(1)
    assert user.viewer.dims.current_step[0] == 3
    assert [layer.name for layer in user.viewer.layers].count("error") == 1
    assert len(marker.data) == 1
    user.viewer.layers.remove("error")
    user.click_row(2)
    assert user.viewer.dims.current_step[0] == 4
    assert "error" in user.viewer.layers


def test_keys_lead_from_error_to_error(
    make_napari_viewer_proxy: Any, qtbot: Any, tmp_path: Path
) -> None:
    user = with_result(User(make_napari_viewer_proxy(show=True), qtbot, tmp_path))
    user.qtbot.waitUntil(canvas_of(user.viewer).isVisible)
    user.score()
    listed = user.panel.errors.listed()
    frames = []
    for key, modifier in (
        (Qt.Key.Key_N, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_N, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier),
        (Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier),
    ):
        press(user.qtbot, user.viewer, key, modifier)
        row = user.panel.errors.view.selectionModel().currentIndex().row()
        frames.append((row, user.viewer.dims.current_step[0]))
    assert frames == [(row, listed[row].frame) for row in (0, 1, 0, 0)]
    assert user.panel.next.toolTip() == "Go to the error below. Key: N"


def test_the_list_is_sorted_by_a_click_on_its_header(user: User) -> None:
    user.score()
    header = user.panel.errors.view.horizontalHeader()
    head = QPoint(header.sectionViewportPosition(0) + 15, header.height() // 2)
    user.qtbot.mouseClick(header.viewport(), LEFT, pos=head)
    frames = [error.frame for error in user.panel.errors.listed()]
    assert frames == sorted(frames, reverse=True)
    assert len(set(frames)) > 1


def test_the_folder_is_chosen(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = str(user.truth)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: chosen)
    user.qtbot.mouseClick(user.panel.browse, LEFT)
    assert user.panel.truth.text() == chosen
    user.qtbot.mouseClick(user.panel.browse_masks, LEFT)
    user.panel.margin.setValue(3)
    user.score()
    assert user.panel.scores.values["seg"].text() != "–"


def test_a_mismatched_ground_truth_is_rejected(user: User, tmp_path: Path) -> None:
    for video, reason in (
        (LabelVideo(np.concatenate([damaged().labels] * 2)), "has frames 0 to 4"),
        (LabelVideo(damaged().labels[:, :30]), "only frames of the same shape"),
    ):
        truth = tmp_path / f"{len(video)}_GT"
        write_ctc(video, truth, "truth")
        user.score(truth)
        assert reason in user.message
    user.score(tmp_path / "nothing")
    assert "is not a folder" in user.message
    user.panel.truth.clear()
    user.qtbot.mouseClick(user.panel.score, LEFT)
    assert user.message.startswith("Choose a ground truth folder")
    assert user.panel.score.isEnabled()


def test_a_correction_makes_the_scores_outdated(user: User) -> None:
    user.score()
    assert user.message == ""
    user.session.corrections.do(delete_track, 9)
    assert user.message.startswith("The result has changed")
    user.score()
    assert FALSE_OBJECT not in {error.kind for error in user.panel.errors.listed()}
    assert user.message == ""


def test_without_a_result(
    make_napari_viewer_proxy: Any, qtbot: Any, tmp_path: Path
) -> None:
    user = User(make_napari_viewer_proxy(), qtbot, tmp_path)
    user.score()
    assert user.message.startswith("There is no result to score yet")


def test_the_tooltip_says_ground_truth_is_only_for_scoring(user: User) -> None:
    assert (
        "no network is ever trained on it, and no setting tuned"
        in user.panel.truth.toolTip()
    )


def test_closing_the_dock_removes_the_mark(user: User) -> None:
    user.score()
    user.click_row(0)
    user.viewer.window.remove_dock_widget(user.panel)
    del user.panel
    gc.collect()
    assert "error" not in user.viewer.layers
    user.session.corrections.do(delete_track, 9)
