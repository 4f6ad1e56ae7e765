"""The table of tracks, by clicking on it."""

from typing import Any

import numpy as np
import pytest
from cases import CASES
from qtpy.QtCore import Qt
from results import Results

from napari_asist.labels import LabelVideo


@pytest.fixture
def results(make_napari_viewer_proxy: Any, qtbot: Any) -> Results:
    return Results(make_napari_viewer_proxy(), qtbot)


def column(results: Results, name: str) -> list[str]:
    model = results.panel.table.model()
    names = [
        model.headerData(place, Qt.Orientation.Horizontal).splitlines()[0]
        for place in range(model.columnCount())
    ]
    place = names.index(name)
    return [model.index(row, place).data() for row in range(model.rowCount())]


def selected_track(results: Results) -> int:
    (index,) = results.panel.table.selectionModel().selectedRows()
    return results.panel.table.label_at(index)


def test_one_row_per_track(results: Results) -> None:
    results.show(CASES["division"]())
    assert column(results, "track") == ["1", "2", "3", "4"]
    assert column(results, "frames") == ["2", "3", "3", "5"]
    assert column(results, "first") == ["0", "2", "2", "0"]
    assert column(results, "last") == ["1", "4", "4", "4"]
    assert column(results, "parent") == ["", "1", "1", ""]
    assert column(results, "children") == ["2, 3", "", "", ""]
    assert column(results, "area") == ["100", "36", "36", "64"]
    assert column(results, "speed") == ["0", "1", "1", "0"]


def test_units_match_the_layer(results: Results) -> None:
    video = CASES["division"]()
    below = results.viewer.add_image(
        np.zeros(video.labels.shape),
        scale=(1, 0.5, 0.5),
        units=("pixel", "micrometer", "micrometer"),
    )
    results.show(video, below.__wrapped__)
    assert column(results, "area") == ["25", "9", "9", "16"]
    header = results.panel.table.model().headerData(6, Qt.Orientation.Horizontal)
    assert header == "area\nµm²"


def test_a_click_jumps_to_the_first_frame_of_a_track(results: Results) -> None:
    results.show(CASES["division"]())
    results.viewer.dims.set_current_step(0, 0)
    results.click_row(2)
    assert results.frame() == 2
    assert results.session.result.labels is not None
    assert results.session.result.labels.selected_label == 3
    scene = getattr(results.viewer, "scene", results.viewer)
    # The child 3 is a square of 6 px at row 14, column 26.
    np.testing.assert_allclose(scene.camera.center[-2:], (16.5, 28.5))


def test_a_click_with_shift_picks_the_second_track(results: Results) -> None:
    results.show(CASES["division"]())
    results.viewer.dims.set_current_step(0, 0)
    results.click_row(3)
    table = results.panel.table
    place = table.visualRect(table.model().index(1, 0)).center()
    shift = Qt.KeyboardModifier.ShiftModifier
    results.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, shift, place)
    assert results.session.result.second == 2
    assert selected_track(results) == 4
    assert results.frame() == 0


def test_enter_jumps_as_well(results: Results) -> None:
    results.show(CASES["division"]())
    results.viewer.dims.set_current_step(0, 0)
    results.panel.table.select(2)
    assert results.frame() == 0
    results.qtbot.keyClick(results.panel.table, Qt.Key.Key_Return)
    assert results.frame() == 2


def test_a_label_picked_on_the_canvas_selects_its_row(results: Results) -> None:
    results.show(CASES["division"]())
    assert results.session.result.labels is not None
    for label in (4, 2):
        results.session.result.labels.selected_label = label
        assert selected_track(results) == label
    results.session.result.labels.selected_label = 99
    assert results.panel.table.selectionModel().selectedRows() == []


def test_sorts_numerically_and_jumps_to_the_displayed_track(results: Results) -> None:
    video = CASES["good"]()
    results.show(video)
    table = results.panel.table
    table.sortByColumn(7, Qt.SortOrder.DescendingOrder)
    assert column(results, "track")[0] == "2"
    results.click_row(0)
    assert selected_track(results) == 2


def test_corrections_are_followed(results: Results) -> None:
    results.show(CASES["division"]())
    results.panel.navigator.jump(4)
    corrected = LabelVideo(CASES["division"]().labels)
    results.session.result.replace(corrected)
    results.until(lambda: column(results, "parent") == ["", "", "", ""])
    assert selected_track(results) == 4


def test_thousands_of_tracks(results: Results) -> None:
    count = 5000
    labels = np.zeros((2, 300, 300), np.uint16)
    labels[:, ::3, ::3][:, :50] = np.arange(1, count + 1).reshape(50, 100)
    results.show(LabelVideo(labels))
    assert results.panel.table.model().rowCount() == count
    assert results.session.result.labels is not None
    results.session.result.labels.selected_label = 4321
    assert selected_track(results) == 4321


def test_colors_match_the_canvas(results: Results) -> None:
    results.show(CASES["division"]())
    model = results.panel.table.tracks
    for row, label in enumerate(model.labels):
        swatch = model.index(row, 0).data(Qt.ItemDataRole.DecorationRole)
        assert list(swatch.getRgb()[:3]) == results.color(label)
