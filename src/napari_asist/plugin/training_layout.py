"""How the training panels look."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from napari_asist.plugin.training_panel import TrainingPanel

NARROWEST = 330
MARGIN = 8


def lay_out(panel: "TrainingPanel") -> None:
    """Put the widgets of a panel in their places."""
    panel.setMinimumWidth(NARROWEST)
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    top = QFormLayout()
    top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    top.addRow("video", panel.video)
    top.addRow("run folder", panel.run)
    layout.addLayout(top)
    buttons = QHBoxLayout()
    for button in (panel.start, panel.pause, panel.stop):
        buttons.addWidget(button, stretch=1)
    layout.addLayout(buttons)
    layout.addWidget(panel.state)
    layout.addWidget(panel.bar)
    layout.addWidget(panel.tabs, stretch=1)
    pages = {title: _padded(form) for title, form in panel.forms.items()}
    pages["Progress"] = panel.progress
    if panel.report is not None:
        pages["Report"] = panel.report
    for title, page in pages.items():
        panel.tabs.addTab(page, title)
    _explain(panel)


def _padded(widget: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 4, 0, 0)
    layout.addWidget(widget)
    return page


def _explain(panel: "TrainingPanel") -> None:
    for widget, meaning in (
        (panel.pause, "Save, free the device and wait; then go on."),
        (panel.stop, "Save and end; it can go on another day."),
    ):
        widget.setToolTip(meaning)
