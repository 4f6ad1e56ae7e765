"""The plots over time, by clicking on them."""

from typing import Any

import numpy as np
import pytest
from cases import CASES
from results import Results


@pytest.fixture
def results(make_napari_viewer_proxy: Any, qtbot: Any) -> Results:
    viewer = make_napari_viewer_proxy(show=True)
    results = Results(viewer, qtbot)
    results.panel.tabs.setCurrentWidget(results.panel.plots)
    qtbot.waitUntil(lambda: results.panel.plots.view.width() > 200)
    return results


def test_counts_areas_and_speeds_by_frame(results: Results) -> None:
    results.show(CASES["division"]())
    means = results.panel.plots.means
    assert means["count"].getData()[1].tolist() == [2, 2, 3, 3, 3]
    np.testing.assert_allclose(means["area"].getData()[1][:2], 82)
    np.testing.assert_allclose(
        means["speed"].getData()[1], [np.nan, 0, 0, 2 / 3, 2 / 3]
    )


def test_axes_use_the_units_they_name(results: Results) -> None:
    results.show(CASES["division"]())
    for plot in results.panel.plots.plots.values():
        assert plot.getAxis("left").scale == 1


def titles(results: Results) -> dict[str, str]:
    plots = results.panel.plots.plots
    found = {name: plot.getAxis("left").labelText for name, plot in plots.items()}
    return {**found, "bottom": plots["speed"].getAxis("bottom").labelText}


def test_axes_have_titles_with_units(results: Results) -> None:
    results.show(CASES["division"]())
    assert titles(results) == {
        "count": "objects",
        "area": "area (px²)",
        "speed": "speed (px/frame)",
        "bottom": "frame",
    }
    video = results.viewer.add_image(
        np.zeros((5, 40, 48)),
        scale=(900, 0.5, 0.5),
        units=("second", "micrometer", "micrometer"),
    )
    results.session.set_layer(video.__wrapped__)
    results.show(CASES["division"](), video.__wrapped__)
    results.until(
        lambda: (
            titles(results)
            == {
                "count": "objects",
                "area": "area (µm²)",
                "speed": "speed (µm/min)",
                "bottom": "frame (one every 15 min)",
            }
        )
    )
    axis = results.panel.tree.plot.getPlotItem().getAxis("bottom")
    assert axis.labelText == "frame (one every 15 min)"
    # From 1 px of 0.5 µm in 15 min.
    speeds = results.panel.plots.means["speed"].getData()[1]
    np.testing.assert_allclose(speeds[3], 2 / 3 * 0.5 / 15)


def test_the_selected_track_is_shown_in_its_color(results: Results) -> None:
    results.show(CASES["division"]())
    results.panel.navigator.jump(3)
    own = results.panel.plots.own["area"]
    np.testing.assert_allclose(own.getData()[1], [np.nan, np.nan, 36, 36, 36])
    assert own.opts["pen"].color().getRgb()[:3] == tuple(results.color(3))
    assert "track 3" in results.panel.plots.legend.text()
    assert results.session.result.labels is not None
    results.session.result.labels.selected_label = 50
    assert "Select a track" in results.panel.plots.legend.text()


def test_a_click_moves_the_slider_and_the_slider_the_cursors(
    results: Results,
) -> None:
    results.show(CASES["division"]())
    plots = results.panel.plots
    results.viewer.dims.set_current_step(0, 1)
    assert {cursor.value() for cursor in plots.cursors.values()} == {1}
    results.qtbot.wait(100)
    results.click_plot(plots.view, plots.plots["count"].getViewBox(), 3, 2.5)
    results.until(lambda: results.frame() == 3)
    assert {cursor.value() for cursor in plots.cursors.values()} == {3}
