"""How the panel "Simulate" looks."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from napari_asist.plugin.simulator_panel import SimulatorPanel

NARROWEST = 330
MARGIN = 8


def lay_out(panel: "SimulatorPanel") -> None:
    """Put the widgets of a panel in their places."""
    panel.setMinimumWidth(NARROWEST)
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    top = QFormLayout()
    top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    top.addRow("simulator", panel.simulator)
    top.addRow("start from", panel.start)
    top.addRow("video", panel.video)
    layout.addLayout(top)
    layout.addWidget(panel.match)
    layout.addWidget(panel.form, stretch=1)
    layout.addLayout(_row(QLabel("seed"), panel.seed))
    ticks = _row(panel.live, panel.synthetic)
    ticks.addStretch(1)
    layout.addLayout(ticks)
    layout.addWidget(panel.bar)
    layout.addLayout(_row(panel.simulate, panel.load, panel.save))
    _explain(panel)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row


def _explain(panel: "SimulatorPanel") -> None:
    for widget, meaning in (
        (panel.match, "Estimate the settings from the video, without labels."),
        (panel.live, "Show the simulated labels over the video."),
        (panel.simulate, "Write annotation videos into a folder."),
        (panel.load, "Take the settings from a recipe."),
        (panel.save, "Write the settings as a recipe, also for the command line."),
    ):
        widget.setToolTip(meaning)
