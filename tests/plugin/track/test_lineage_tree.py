"""The lineage tree, by clicking on it."""

from typing import Any

import numpy as np
import pytest
from cases import CASES
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication
from results import Results

from napari_asist.labels import LabelVideo
from napari_asist.plugin.track.lineage_tree import ALL, FAMILY


@pytest.fixture
def results(make_napari_viewer_proxy: Any, qtbot: Any) -> Results:
    viewer = make_napari_viewer_proxy(show=True)
    viewer.window.resize(1366, 768)
    results = Results(viewer, qtbot)
    results.panel.tabs.setCurrentWidget(results.panel.tree)
    qtbot.waitUntil(lambda: results.panel.tree.plot.width() > 200)
    return results


def many_tracks(count: int = 500) -> LabelVideo:
    labels = np.zeros((3, 90, 90), np.uint16)
    labels[:, ::3, ::3].reshape(3, -1)  # a grid of single pixels
    grid = np.zeros(900, np.uint16)
    grid[:count] = np.arange(1, count + 1)
    labels[:, ::3, ::3] = grid.reshape(30, 30)
    return LabelVideo(labels)


def drawn(results: Results) -> list[int]:
    labels: list[int] = results.panel.tree.shown["label"].tolist()
    return labels


def click_track(results: Results, label: int) -> None:
    tree = results.panel.tree
    results.click_plot(tree.plot, tree.box, *tree.place_of(label))


def test_a_click_on_a_track_jumps_there(results: Results) -> None:
    results.show(CASES["division"]())
    results.viewer.dims.set_current_step(0, 0)
    click_track(results, 3)
    results.until(lambda: results.panel.navigator.label == 3)
    assert results.frame() == 3  # the middle of its line
    assert results.session.result.labels is not None
    assert results.session.result.labels.selected_label == 3


def test_a_click_with_shift_picks_the_second_track(results: Results) -> None:
    results.show(CASES["division"]())
    results.panel.navigator.jump(4, 0)
    tree = results.panel.tree
    scene = tree.box.mapViewToScene(QPointF(*tree.place_of(3)))
    results.qtbot.mouseClick(
        tree.plot.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ShiftModifier,
        tree.plot.mapFromScene(scene),
    )
    results.until(lambda: results.session.result.second == 3)
    assert results.panel.navigator.label == 4
    assert results.frame() == 0


def test_a_click_between_tracks_moves_only_the_slider(results: Results) -> None:
    results.show(CASES["division"]())
    results.viewer.dims.set_current_step(0, 0)
    tree = results.panel.tree
    row = tree.place_of(4)[1] + 0.9
    results.click_plot(tree.plot, tree.box, 4, row)
    results.until(lambda: results.frame() == 4)
    assert tree.cursor.value() == 4


def test_families_with_divisions_are_first_and_one_can_be_shown_alone(
    results: Results,
) -> None:
    results.show(CASES["division"]())
    tree = results.panel.tree
    assert tree.place_of(1)[1] < tree.place_of(4)[1]
    results.panel.navigator.jump(3)
    tree.choice.setCurrentText(FAMILY)
    assert drawn(results) == [1, 2, 3]
    results.panel.navigator.jump(4)
    assert drawn(results) == [4]
    tree.choice.setCurrentText(ALL)
    assert drawn(results) == [1, 2, 3, 4]


def test_hundreds_of_tracks_scroll(results: Results) -> None:
    results.show(many_tracks())
    tree = results.panel.tree
    assert tree.box.viewRange()[1][1] < 30
    results.panel.navigator.jump(450)
    low, high = tree.box.viewRange()[1]
    assert low < tree.place_of(450)[1] < high
    assert tree.scroll.value() > 0
    tree.scroll.setValue(0)
    np.testing.assert_allclose(tree.box.viewRange()[1][0], -0.8, atol=0.1)


def wheel(results: Results, notches: int, keys: Any) -> None:
    view = results.panel.tree.plot.viewport()
    center = QPointF(view.rect().center())
    event = QWheelEvent(
        center,
        QPointF(view.mapToGlobal(center.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_the_wheel_scrolls_and_zooms_with_ctrl(results: Results) -> None:
    results.show(many_tracks())
    box = results.panel.tree.box
    first = box.viewRange()[1]
    wheel(results, -2, Qt.KeyboardModifier.NoModifier)
    second = box.viewRange()[1]
    np.testing.assert_allclose(np.subtract(second, first), 6, atol=0.01)
    wheel(results, -3, Qt.KeyboardModifier.ControlModifier)
    third = box.viewRange()[1]
    assert third[1] - third[0] > 1.5 * (second[1] - second[0])


def test_lines_have_the_colors_of_the_canvas(results: Results) -> None:
    results.show(CASES["division"]())
    colors = {
        item.opts["pen"].color().getRgb()[:3]
        for item in results.panel.tree.plot.getPlotItem().items
        if type(item).__name__ == "PlotCurveItem"
    }
    for label in (1, 2, 3, 4):
        assert tuple(results.color(label)) in colors


def test_a_correction_keeps_the_visible_rows(results: Results) -> None:
    results.show(many_tracks())
    results.panel.navigator.jump(450)
    before = results.panel.tree.box.viewRange()[1]
    corrected = many_tracks()
    results.session.result.replace(corrected)
    results.qtbot.wait(200)
    np.testing.assert_allclose(results.panel.tree.box.viewRange()[1], before)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_followed(results: Results, theme: str) -> None:
    results.show(CASES["division"]())
    results.viewer.theme = theme
    shade = results.panel.tree.plot.backgroundBrush().color().lightness()
    assert (shade > 128) == (theme == "light")
