"""How the panel "Score" looks."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from napari_asist.plugin.scores_panel import ScoresPanel

NARROWEST = 330
MARGIN = 8
WIDEST_MARGIN = 10_000


def lay_out(panel: "ScoresPanel") -> None:
    """Put the widgets of a panel in their places."""
    panel.setMinimumWidth(NARROWEST)
    panel.margin.setRange(0, WIDEST_MARGIN)
    panel.margin.setSuffix(" px")
    panel.truth.setPlaceholderText("01_GT")
    panel.segmentation.setPlaceholderText("those of the ground truth")
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    top = QFormLayout()
    top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    top.addRow("ground truth", _row(panel.truth, panel.browse))
    top.addRow("masks for SEG", _row(panel.segmentation, panel.browse_masks))
    top.addRow("margin", panel.margin)
    layout.addLayout(top)
    layout.addWidget(panel.score)
    layout.addWidget(panel.scores)
    layout.addWidget(panel.errors, stretch=1)
    layout.addWidget(panel.bar)
    _explain(panel)


def _row(field: QWidget, button: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(field, stretch=1)
    row.addWidget(button)
    return row


def _explain(panel: "ScoresPanel") -> None:
    truth = (
        "A folder such as 01_GT, with TRA, SEG or both. Ground truth scores, it never "
        "trains: no network and no setting learns from it."
    )
    for widget, meaning in (
        (panel.truth, truth),
        (panel.browse, truth),
        (panel.segmentation, "Another folder with the masks for SEG, such as 01_ST."),
        (panel.browse_masks, "Another folder with the masks for SEG, such as 01_ST."),
        (
            panel.margin,
            "Objects wholly within this distance of the border do not count. The "
            "challenge's own is 25 for Fluo-N2DL-HeLa and PhC-C2DL-PSC.",
        ),
        (panel.score, "Score the result. Ground truth scores, it never trains."),
        (panel.errors.view, "Click on an error to go there."),
    ):
        widget.setToolTip(meaning)
