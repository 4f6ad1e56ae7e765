"""The filter of the table of tracks, by dragging its handles."""

from typing import Any

import numpy as np
import pytest
from cases import CASES
from qtpy.QtCore import QPoint, Qt
from results import LEFT, Results

from napari_asist.labels import LabelVideo
from napari_asist.proofreading import delete_track


@pytest.fixture
def results(make_napari_viewer_proxy: Any, qtbot: Any) -> Results:
    results = Results(make_napari_viewer_proxy(show=True), qtbot)
    results.show(CASES["division"]())
    results.click(results.panel.table.filter.open)
    return results


def drag(results: Results, slider: Any, start: float, end: float) -> None:
    """Drag a handle between two places from 0, on the left, to 1, on the right."""
    margin, middle = 8, slider.height() // 2
    places = [
        QPoint(round(margin + place * (slider.width() - 2 * margin)), middle)
        for place in (start, (start + end) / 2, end)
    ]
    results.qtbot.mousePress(slider, LEFT, pos=places[0])
    for place in places[1:]:
        results.qtbot.mouseMove(slider, pos=place)
    results.qtbot.mouseRelease(slider, LEFT, pos=places[-1])


def listed(results: Results) -> list[int]:
    table = results.panel.table
    return [
        table.label_at(table.model().index(row, 0))
        for row in range(table.model().rowCount())
    ]


def test_a_dragged_handle_hides_tracks_and_counts_them(results: Results) -> None:
    filter_ = results.panel.table.filter
    assert filter_.count.text() == "4 tracks"
    assert not filter_.reset.isVisible()
    assert filter_.area.title.text() == "area 36 to 100 px²"
    drag(results, filter_.area.slider, 0, 0.3)
    assert listed(results) == [1, 4]
    assert filter_.count.text() == "2 of 4 tracks"
    drag(results, filter_.length.slider, 0, 0.5)
    assert listed(results) == [4]
    assert filter_.length.title.text() == "length 4 to 5 frames"
    results.click(filter_.reset)
    assert listed(results) == [1, 2, 3, 4]
    assert filter_.count.text() == "4 tracks"
    assert filter_.area.slider.value() == (36, 100)


def test_bars_beyond_the_limits_are_faint(results: Results) -> None:
    area = results.panel.table.filter.area
    heights = area.bars.opts["height"]
    assert heights.sum() == 4
    assert heights[0] == 2
    drag(results, area.slider, 0, 0.3)
    brushes = area.bars.opts["brushes"]
    assert brushes[0].color().alpha() < brushes[-1].color().alpha()


def test_corrections_keep_the_limits(results: Results) -> None:
    drag(results, results.panel.table.filter.area.slider, 0, 0.3)
    results.session.corrections.do(delete_track, 4)
    results.until(lambda: results.panel.table.tracks.labels == [1, 2, 3])
    assert listed(results) == [1]
    assert results.panel.table.filter.count.text() == "1 of 3 tracks"


def test_a_hidden_track_can_still_be_picked_on_the_canvas(results: Results) -> None:
    drag(results, results.panel.table.filter.area.slider, 0, 0.3)
    labels = results.session.result.labels
    assert labels is not None
    labels.selected_label = 2
    table = results.panel.table
    assert table.selectionModel().selectedRows() == []
    results.click(table.filter.reset)
    (index,) = table.selectionModel().selectedRows()
    assert table.label_at(index) == 2


def test_sorting_and_jumping_use_the_listed_rows(results: Results) -> None:
    drag(results, results.panel.table.filter.area.slider, 0, 0.3)
    results.panel.table.sortByColumn(6, Qt.SortOrder.AscendingOrder)
    assert listed(results) == [4, 1]
    results.click_row(0)
    assert selected_label(results) == 4


def selected_label(results: Results) -> int:
    labels = results.session.result.labels
    assert labels is not None
    return int(labels.selected_label)


def test_limits_in_other_units_are_forgotten(results: Results) -> None:
    drag(results, results.panel.table.filter.area.slider, 0, 0.3)
    below = results.viewer.add_image(
        np.zeros((5, 40, 48)),
        scale=(1, 0.5, 0.5),
        units=("pixel", "micrometer", "micrometer"),
    )
    results.show(CASES["division"](), below.__wrapped__)
    results.until(
        lambda: results.panel.table.filter.area.title.text() == "area 9 to 25 µm²"
    )
    assert listed(results) == [1, 2, 3, 4]


def test_equal_tracks_cannot_be_filtered(results: Results) -> None:
    labels = np.zeros((2, 20, 20), np.uint16)
    labels[:, 2:5, 2:5] = 1
    results.show(LabelVideo(labels))
    filter_ = results.panel.table.filter
    assert not filter_.area.slider.isEnabled()
    assert listed(results) == [1]
    assert filter_.count.text() == "1 track"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_followed(results: Results, theme: str) -> None:
    results.viewer.theme = theme
    plot = results.panel.table.filter.area.plot
    assert (plot.backgroundBrush().color().lightness() > 128) == (theme == "light")
