"""How the panel "Correct" looks."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from napari_asist.plugin.proofread_panel import ProofreadPanel

NARROWEST = 330
JOURNAL_HEIGHT = 70
MARGIN = 8
IN_THIS_FRAME = "in this frame"
IN_ALL_FRAMES = "in all frames"
AS_CHILD = "as its child"
UNRELATED = "unrelated"


def lay_out(panel: "ProofreadPanel") -> None:
    """Put the widgets of a panel in their places."""
    panel.setMinimumWidth(NARROWEST)
    panel.relation.addItems([AS_CHILD, UNRELATED])
    panel.extent.addItems([IN_THIS_FRAME, IN_ALL_FRAMES])
    panel.journal.setMinimumHeight(JOURNAL_HEIGHT)
    panel.journal.setWordWrap(True)
    panel.buttons = [
        button for button in vars(panel).values() if isinstance(button, QPushButton)
    ]
    panel.buttons.remove(panel.adopt)
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    layout.addWidget(panel.adopt)
    layout.addWidget(panel.tracks)
    layout.addLayout(_buttons(panel))
    layout.addWidget(QLabel("corrections"))
    layout.addWidget(panel.journal, stretch=1)
    layout.addWidget(panel.bar)
    row = QHBoxLayout()
    row.addWidget(panel.undo)
    row.addWidget(panel.redo)
    layout.addLayout(row)
    _explain(panel)


def _buttons(panel: "ProofreadPanel") -> QGridLayout:
    grid = QGridLayout()
    pairs: tuple[tuple[QWidget, QWidget], ...] = (
        (panel.merge, panel.swap),
        (panel.set_parent, panel.remove_parent),
        (panel.split_here, panel.relation),
        (panel.split_in_two, panel.extent),
        (panel.delete, panel.delete_from),
        (panel.relabel, panel.new_label),
        (panel.accept, panel.discard),
    )
    for row, pair in enumerate(pairs):
        for column, widget in enumerate(pair):
            grid.addWidget(widget, row, column)
            grid.setColumnStretch(column, 1)
    return grid


def _explain(panel: "ProofreadPanel") -> None:
    for widget, meaning in (
        (panel.adopt, "Take a Labels layer that is open as the result."),
        (
            panel.track,
            "The track to correct. Follows the label that you pick on the layer "
            "(the pipette).",
        ),
        (panel.other, "The second track of merge and swap; the parent to set."),
        (panel.merge, "Make one track, or one object, of the two."),
        (panel.swap, "Exchange the labels of the two from the frame shown on."),
        (panel.set_parent, "Make the second track the parent of the first."),
        (panel.remove_parent, "Let the track descend from no other."),
        (panel.split_here, "The track goes on under a new label from the frame shown."),
        (panel.relation, "Whether the later part descends from the earlier one."),
        (panel.split_in_two, "Cut the object in two, at its neck or into its pieces."),
        (panel.extent, "Where the object is cut in two."),
        (panel.delete, "Erase the track in all frames."),
        (panel.delete_from, "Erase the track from the frame shown on."),
        (panel.relabel, "Give the track the label beside, which is to be free."),
        (panel.new_label, "The new label."),
        (
            panel.accept,
            "Take what was painted on the Labels layer with napari's tools into the "
            "result.",
        ),
        (panel.discard, "Show the result without what was painted on the layer."),
        (
            panel.journal,
            "What was corrected. Saving the Labels layer as a challenge folder writes "
            "this list beside the folder.",
        ),
    ):
        widget.setToolTip(meaning)
