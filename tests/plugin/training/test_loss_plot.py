"""Loss curves: recorded and new values, other trainings, scales and themes."""

from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_asist.events import Scalars, Started
from napari_asist.plugin.training.loss_plot import LossPlot
from napari_asist.plugin.widgets.plot_theme import plot_theme


@pytest.fixture
def plot(qtbot: Any) -> LossPlot:
    plot = LossPlot(plot_theme(ViewerModel()))
    qtbot.addWidget(plot)
    return plot


def drawn(plot: LossPlot, name: str) -> tuple[list[float], list[float]]:
    plot.redraw()
    x, y = plot._curves[name].getOriginalDataset()
    return x.tolist(), y.tolist()


def test_recorded_and_new_values_form_one_curve(plot: LossPlot) -> None:
    assert plot.is_empty
    plot.set_losses({"embedding": {"pull": ([10, 20], [1.0, 0.5])}})
    plot.take(Scalars("embedding", 30, {"pull": 0.25}))
    assert drawn(plot, "pull") == ([10, 20, 30], [1.0, 0.5, 0.25])
    assert "pull" in plot.legend.text()


def test_repeated_steps_replace_the_old_ones(plot: LossPlot) -> None:
    plot.set_losses({"embedding": {"pull": ([10, 20, 30], [1.0, 0.5, 0.4])}})
    plot.take(Started("embedding", 100, "steps", 20))
    plot.take(Scalars("embedding", 30, {"pull": 0.3}))
    assert drawn(plot, "pull") == ([10, 20, 30], [1.0, 0.5, 0.3])


def test_another_training_is_shown_when_it_reports_and_one_can_go_back(
    plot: LossPlot,
) -> None:
    plot.take(Scalars("synthesis (main)", 10, {"a": 1.0, "shown": 0.9}))
    assert plot.training.isHidden()
    plot.take(Scalars("synthesis (mask)", 10, {"b": 2.0}))
    assert plot.training.value() == "synthesis (mask)"
    assert set(plot.shown) == {"b"}
    plot.training.setCurrentText("synthesis (main)")
    assert drawn(plot, "a") == ([10], [1.0])
    plot.take(Scalars("synthesis (mask)", 20, {"b": 2.0}))
    assert plot.training.value() == "synthesis (main)"


def test_report_numbers_are_not_losses(plot: LossPlot) -> None:
    plot.take(Scalars("synthesis (main)", 10, {"visible": 1.0, "shown": 0.9}))
    assert plot.is_empty


def test_scales(plot: LossPlot) -> None:
    plot.set_losses({"embedding": {"pull": ([10, 20], [1.0, 0.0])}})
    assert np.isnan(drawn(plot, "pull")[1][1])
    plot.logarithmic.click()
    assert drawn(plot, "pull")[1] == [1.0, 0.0]


def test_colors_follow_the_theme(plot: LossPlot) -> None:
    plot.set_losses({"embedding": {"pull": ([10, 20], [1.0, 0.5])}})
    viewer = ViewerModel()
    viewer.theme = "light"
    theme = plot_theme(viewer)
    plot.set_theme(theme)
    plot.redraw()
    assert plot._curves["pull"].opts["pen"].color().name() == theme.curves[0]
    assert theme.curves[0] in plot.legend.text()
    assert plot.plot.backgroundBrush().color().name() == theme.background.name()


@pytest.mark.parametrize(
    ("last", "written"), [(0.02, {"1", "0.1", "0.01"}), (0.5, set())]
)
def test_only_powers_of_ten_are_labeled_if_there_are_any(
    plot: LossPlot, last: float, written: set[str]
) -> None:
    plot.set_losses({"embedding": {"pull": ([10, 20], [1.0, last])}})
    ticks = plot.plot.getAxis("left")._tickLevels
    assert {text for level in ticks or [] for _, text in level} >= written
    assert (ticks is None) == (not written)


def test_the_legend_has_room_for_all_its_lines(plot: LossPlot) -> None:
    names = [f"loss_number_{number}" for number in range(8)]
    plot.set_losses({"embedding": {name: ([10, 20], [1.0, 0.5]) for name in names}})
    plot.resize(200, 220)
    plot.show()
    assert plot.legend.height() >= plot.legend.heightForWidth(plot.legend.width())


def test_axes_have_titles_and_thousands_of_steps_stay_steps(plot: LossPlot) -> None:
    plot.set_losses({"embedding": {"pull": ([1000, 20_000], [1.0, 0.5])}})
    plot.show()
    for name, title in (("left", "loss"), ("bottom", "step")):
        axis = plot.plot.getAxis(name)
        assert axis.label.isVisible()
        assert axis.label.toPlainText().strip() == title
