"""The keys of the Correct panel: one list for binding, tooltips and the help table."""

from qtpy.QtWidgets import QDialog, QGridLayout, QLabel, QWidget

from napari_asist.plugin.widgets.keys import KeyBinding

KEYS = (
    KeyBinding("N", "next", "Go to the next open item of the review."),
    KeyBinding("Shift+N", "previous", "Go to the previous open item."),
    KeyBinding("G", "looks_right", "The item looks right (good)."),
    KeyBinding("I", "dismiss", "Dismiss the item (ignore)."),
    KeyBinding("J", "merge", "Merge the two tracks (join)."),
    KeyBinding("W", "swap", "Swap the two tracks, starting at this frame."),
    KeyBinding("K", "set_parent", "Link: the second is the parent of the first."),
    KeyBinding("S", "split_here", "Split the track at this frame."),
    KeyBinding("T", "split_in_two", "Cut the object in two."),
    KeyBinding("D", "delete", "Delete the track."),
    KeyBinding("U", "undo", "Undo the last correction."),
    KeyBinding("R", "redo", "Redo it."),
)

CLICKS = (
    ("click", "Pick the track, on the canvas, in the table or in the lineage tree."),
    ("Shift+click", "Pick the second track."),
)

GAP = 16


def key_of(button: str) -> str:
    """Return the key of a button of the panel."""
    return next(binding.key for binding in KEYS if binding.button == button)


class KeyDialog(QDialog):
    """All keys and clicks, with their meaning, in a window beside the canvas.

    Parameters
    ----------
    parent : QWidget
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        grid = QGridLayout(self)
        grid.setHorizontalSpacing(GAP)
        self.rows = (*((key, meaning) for key, _, meaning in KEYS), *CLICKS)
        for row, (key, meaning) in enumerate(self.rows):
            grid.addWidget(QLabel(f"<b>{key}</b>"), row, 0)
            grid.addWidget(QLabel(meaning), row, 1)
        note = QLabel("The keys work on the canvas and in the Correct panel.")
        grid.addWidget(note, len(self.rows), 0, 1, 2)
