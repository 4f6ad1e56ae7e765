"""How the panel "Track" looks."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFormLayout, QHBoxLayout, QVBoxLayout

if TYPE_CHECKING:
    from napari_asist.plugin.result_panel import ResultPanel

NARROWEST = 330
USUAL_WIDTH = 420
USUAL_HEIGHT = 600
MARGIN = 8
FORM_HEIGHT = 220
TABS_HEIGHT = 220


def lay_out(panel: "ResultPanel") -> None:
    """Put the widgets of a panel in their places."""
    panel.setMinimumWidth(NARROWEST)
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    top = QFormLayout()
    top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    top.addRow("model", panel.model)
    layout.addLayout(top)
    panel.form.setFixedHeight(FORM_HEIGHT)
    layout.addWidget(panel.settings)
    buttons = QHBoxLayout()
    for button in (panel.track, panel.use_layer, panel.export):
        buttons.addWidget(button)
    layout.addLayout(buttons)
    layout.addWidget(panel.bar)
    panel.tabs.setMinimumHeight(TABS_HEIGHT)
    panel.tabs.setDocumentMode(True)
    panel.tabs.addTab(panel.table, "Tracks")
    panel.tabs.addTab(panel.tree, "Lineage")
    panel.tabs.addTab(panel.plots, "Plots")
    layout.addWidget(panel.tabs, stretch=1)
    _explain(panel)


def _explain(panel: "ResultPanel") -> None:
    for widget, meaning in (
        (panel.track, "Segment and track the video with the model."),
        (panel.use_layer, "Take the selected Labels layer as the result."),
        (
            panel.export,
            "Write a challenge folder, tables (CSV) and a run card into a folder.",
        ),
    ):
        widget.setToolTip(meaning)
