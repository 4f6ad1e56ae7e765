"""Colors of labels and tracks by what was measured, chosen in the list."""

from typing import Any

import numpy as np
import pytest
from cases import CASES
from qtpy.QtCore import Qt
from results import Results

from napari_asist.labels import CONFIDENCE_DTYPE, LabelVideo
from napari_asist.plugin.layers.colors import GRAY
from napari_asist.plugin.result.feature_colors import SHADES, shades
from napari_asist.proofreading import delete_track, split_track

LOWEST, HIGHEST = (
    [int(part) for part in (color * 255).round()]
    for color in (shades()[0], shades()[SHADES - 1])
)


@pytest.fixture
def results(make_napari_viewer_proxy: Any, qtbot: Any) -> Results:
    results = Results(make_napari_viewer_proxy(show=True), qtbot)
    results.show(CASES["division"]())
    return results


def choose(results: Results, name: str) -> None:
    """Choose an entry of the list with the keyboard, as a user would."""
    choice = results.panel.table.color_by.choice
    choice.setFocus()
    results.qtbot.keyClick(choice, Qt.Key.Key_Home)
    for _ in range(choice.findText(name)):
        results.qtbot.keyClick(choice, Qt.Key.Key_Down)
    assert choice.value() == name


def swatches(results: Results) -> dict[int, list[int]]:
    model = results.panel.table.tracks
    return {
        label: list(
            model.index(row, 0).data(Qt.ItemDataRole.DecorationRole).getRgb()[:3]
        )
        for row, label in enumerate(model.labels)
    }


def track_color(results: Results, label: int) -> list[int]:
    tracks = results.session.result.tracks
    assert tracks is not None
    color = tracks.track_colors[tracks.data[:, 0] == label][0, :3] * 255
    return [int(part) for part in np.asarray(color).round()]


def legend(results: Results) -> str:
    color_by = results.panel.table.color_by
    return f"{color_by.low.text()} | {color_by.high.text()}"


def test_area_colors_labels_tracks_table_and_lineage(results: Results) -> None:
    choose(results, "mean area")
    # Their areas are 100, 36, 36 and 64 px².
    assert results.color(1) == HIGHEST
    assert results.color(2) == results.color(3) == LOWEST
    assert results.color(4) not in (LOWEST, HIGHEST)
    assert swatches(results) == {label: results.color(label) for label in range(1, 5)}
    for label in range(1, 5):
        np.testing.assert_allclose(
            track_color(results, label), results.color(label), atol=1
        )
    items = results.panel.tree.plot.getPlotItem().items
    drawn = {
        item.opts["pen"].color().getRgb()[:3]
        for item in items
        if type(item).__name__ == "PlotCurveItem"
    }
    assert tuple(HIGHEST) in drawn
    assert results.panel.table.color_by.legend.isVisible()
    assert legend(results) == "36 | ≥ 97.8 px²"


def test_the_colors_of_tracks_come_back_exactly(results: Results) -> None:
    result = results.session.result
    assert result.labels is not None
    assert result.tracks is not None
    own, features = result.labels.colormap, result.tracks.features.copy()
    before = result.tracks.track_colors.copy()
    for name in ("mean speed", "generation"):
        choose(results, name)
        assert result.labels.colormap is not own
        assert result.tracks.color_by == f"{name} (color)"
    choose(results, "track")
    assert result.labels.colormap is own
    assert result.tracks.color_by == "color"
    assert result.tracks.features.equals(features)
    assert set(result.tracks.colormaps_dict) == {"color"}
    np.testing.assert_array_equal(result.tracks.track_colors, before)
    assert not results.panel.table.color_by.legend.isVisible()


def test_corrections_keep_the_choice_and_color_new_tracks(results: Results) -> None:
    choose(results, "generation")
    assert results.color(1) == results.color(4) == LOWEST
    assert results.color(2) == HIGHEST
    labels = results.panel.table.tracks.labels
    results.session.corrections.do(split_track, 4, 2, True)
    # At once, before the result is measured again.
    assert results.color(2) == HIGHEST
    assert results.color(5) == list(GRAY)
    results.until(lambda: results.panel.table.tracks.labels == [*labels, 5])
    assert results.color(5) == HIGHEST
    assert swatches(results)[5] == track_color(results, 5) == HIGHEST
    choose(results, "track")
    assert len({tuple(results.color(label)) for label in (1, 2, 3)}) == 3
    assert results.color(5) != list(GRAY)


def test_the_confidence_is_offered_if_it_is_known(results: Results) -> None:
    choice = results.panel.table.color_by.choice
    assert choice.findText("sure") < 0
    video = CASES["division"]()
    rows = [(0, 18, 20, 0.9, np.nan), (0, 30, 36, 0.4, np.nan)]
    table = np.array(rows, CONFIDENCE_DTYPE)
    results.session.result.show(
        LabelVideo(video.labels, video.tracks, confidence=table), "known"
    )
    results.until(lambda: choice.findText("sure") > 0)
    choose(results, "sure")
    assert results.color(1) == HIGHEST
    assert results.color(4) == LOWEST
    assert results.color(2) == list(GRAY)
    assert legend(results).endswith("gray: unknown")


def test_another_result_starts_with_the_colors_of_tracks(results: Results) -> None:
    choose(results, "mean area")
    earlier = results.session.result.labels
    assert earlier is not None
    video = CASES["good"]()
    results.show(video)
    assert results.panel.table.color_by.choice.value() == "track"
    assert results.color(1) not in (LOWEST, HIGHEST)
    assert [int(part * 255) for part in earlier.get_color(1)[:3]] != HIGHEST


def test_a_reopened_panel_knows_the_choice(results: Results) -> None:
    choose(results, "mean area")
    results.viewer.window.remove_dock_widget(results.dock)
    again = Results(results.viewer, results.qtbot)
    again.wait_for(CASES["division"]())
    assert again.panel.table.color_by.choice.value() == "mean area"
    assert again.color(1) == HIGHEST
    choose(again, "track")
    assert again.color(1) != HIGHEST


def test_labels_of_a_user_get_their_own_colors_back(results: Results) -> None:
    layer = results.viewer.add_labels(CASES["division"]().labels, name="mine")
    results.session.result.adopt(layer)
    results.until(lambda: results.panel.table.color_by.choice.count() > 1)
    before = [results.color(label) for label in range(1, 5)]
    choose(results, "mean area")
    assert results.color(1) == HIGHEST
    results.session.corrections.do(delete_track, 3)
    assert results.color(1) == HIGHEST
    results.session.result.adopt(
        results.viewer.add_labels(CASES["division"]().labels, name="mine too")
    )
    assert [results.color(label) for label in range(1, 5)] == before
