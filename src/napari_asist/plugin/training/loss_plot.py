"""Live plot of the losses over the steps of a training."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from qtpy.QtCore import QTimer
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from napari_asist.events import Scalars, Started
from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.widgets.plot_theme import PlotTheme, color_axes
from napari_asist.workflow.run_folder.training_progress import Losses

REDRAW_MILLISECONDS = 300
"""Redrawing the curves with every event would slow down the window."""

LOWEST, WIDTH = 130, 1.5
NO_LOSSES = ("visible", "shown")
"""Numbers of the label-free report, which has its own table."""


class LossPlot(QWidget):
    """One curve for each loss of a training; one training is shown at a time.

    Parameters
    ----------
    theme : PlotTheme
    """

    def __init__(self, theme: PlotTheme) -> None:
        super().__init__()
        self._theme = theme
        self._losses: dict[str, Losses] = {}
        self._curves: dict[str, Any] = {}
        self.training = ChoiceField([], "The training whose losses are shown.")
        self.logarithmic = QCheckBox("logarithmic")
        self.logarithmic.setChecked(True)
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self.plot = pyqtgraph.PlotWidget()
        self.plot.setMinimumHeight(LOWEST)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        for name, title in (("left", "loss"), ("bottom", "step")):
            # Otherwise pyqtgraph shows thousands of steps as "step (x1e+03)".
            self.plot.getAxis(name).enableAutoSIPrefix(False)
            self.plot.setLabel(name, title)
        self.plot.getPlotItem().setDownsampling(auto=True, mode="mean")
        self.plot.setToolTip("Losses over the steps of the training.")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(REDRAW_MILLISECONDS)
        self._soon.timeout.connect(self.redraw)
        top = QHBoxLayout()
        top.addWidget(self.training, stretch=1)
        top.addWidget(self.logarithmic)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(top)
        layout.addWidget(self.plot, stretch=1)
        layout.addWidget(self.legend)
        self.training.changed.connect(self._show_other)
        self.logarithmic.toggled.connect(self.redraw)
        self.set_theme(theme)

    @property
    def shown(self) -> Losses:
        """Steps and values of the curves."""
        return self._losses.get(self.training.value(), {})

    @property
    def is_empty(self) -> bool:
        """Whether no training has reported a loss."""
        return not any(self._losses.values())

    def set_losses(self, trainings: Mapping[str, Losses]) -> None:
        """Show the recorded losses; the last training that has any is selected.

        Parameters
        ----------
        trainings : mapping of str to Losses
        """
        self._losses = {name: dict(losses) for name, losses in trainings.items()}
        self._list([name for name, losses in trainings.items() if losses])
        self._show_other()

    def take(self, event: Started | Scalars) -> None:
        """Add what a training reports, and show that training.

        A training that resumes from a checkpoint repeats the steps after it.
        """
        if isinstance(event, Started):
            losses = self._losses.get(event.stage, {})
            self._losses[event.stage] = {
                name: _until(event.done, *curve) for name, curve in losses.items()
            }
        else:
            values = {k: v for k, v in event.values.items() if k not in NO_LOSSES}
            if not values:
                return
            losses = self._losses.setdefault(event.stage, {})
            for name, value in values.items():
                steps, past = losses.setdefault(name, ([], []))
                steps.append(event.step)
                past.append(value)
            if self.training.findText(event.stage) < 0:
                self._list([name for name in self._losses if self._losses[name]])
                self.training.set_value(event.stage)
        if not self._soon.isActive():
            self._soon.start()

    def set_theme(self, theme: PlotTheme) -> None:
        """Switch to another theme."""
        self._theme = theme
        self.plot.setBackground(theme.background)
        color_axes(self.plot.getPlotItem(), theme, self.font())
        self._show_other()

    def redraw(self) -> None:
        """Draw the current curves."""
        is_logarithmic = self.logarithmic.isChecked()
        self.plot.setLogMode(y=is_logarithmic)
        self._label_decades(is_logarithmic)
        if set(self._curves) != set(self.shown):
            self.plot.clear()
            self._curves = {name: self.plot.plot() for name in self.shown}
            self._explain()
        for number, (name, (steps, values)) in enumerate(self.shown.items()):
            color = self._theme.curves[number % len(self._theme.curves)]
            self._curves[name].setPen(pyqtgraph.mkPen(color, width=WIDTH))
            self._curves[name].setData(
                np.asarray(steps, float),
                _drawable(values, is_logarithmic),
                # A single point draws no line.
                symbol="o" if len(steps) == 1 else None,
                symbolBrush=color,
                symbolPen=None,
                symbolSize=5,
            )

    def _label_decades(self, is_logarithmic: bool) -> None:
        """Label only powers of ten if the curves span any; others would overlap."""
        axis = self.plot.getAxis("left")
        values = [one for _, curve in self.shown.values() for one in curve if one > 0]
        if not is_logarithmic or not values or max(values) < 10 * min(values):
            axis.setTicks(None)
            return
        powers = range(int(np.log10(min(values))) - 1, int(np.log10(max(values))) + 2)
        axis.setTicks([[(power, f"{10.0**power:g}") for power in powers]])

    def _list(self, names: list[str]) -> None:
        blocked = self.training.blockSignals(True)
        self.training.clear()
        self.training.addItems(names)
        self.training.setCurrentIndex(len(names) - 1)
        self.training.blockSignals(blocked)
        self.training.setVisible(len(names) > 1)

    def _show_other(self) -> None:
        self._curves = {}
        self.plot.clear()
        self._explain()
        self.redraw()
        self.plot.getPlotItem().enableAutoRange()

    def _explain(self) -> None:
        curves = self._theme.curves
        entries = [
            f'<span style="color:{curves[number % len(curves)]}">&#9632;</span>'
            f"&nbsp;{name.replace('_', '&nbsp;')}"
            for number, name in enumerate(self.shown)
        ]
        self.legend.setText(f"<small>{' &nbsp;'.join(entries)}</small>")
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the wrapped legend from covering the axis."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        # A splitter squeezes wrapped labels to the height of fewer lines.
        self.legend.setMinimumHeight(self.legend.heightForWidth(self.width()))


def _until(
    step: int, steps: list[float], values: list[float]
) -> tuple[list[float], list[float]]:
    count = sum(one <= step for one in steps)
    return steps[:count], values[:count]


def _drawable(values: list[float], is_logarithmic: bool) -> NDArray[np.float64]:
    """Omit values that have no logarithm."""
    drawn = np.asarray(values, float)
    return np.where(drawn > 0, drawn, np.nan) if is_logarithmic else drawn
