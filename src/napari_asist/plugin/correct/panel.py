"""The "Correct" panel: correct the tracks of the result, with undo."""

from collections.abc import Callable
from typing import Any

from napari import Viewer
from napari.layers import Labels
from qtpy.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_asist.errors import AsistError
from napari_asist.plugin.correct.track_pair import HIGHEST, TrackPair
from napari_asist.plugin.layers.canvas import shown_frame
from napari_asist.plugin.widgets.panel import Panel
from napari_asist.plugin.widgets.status_bar import WorkBar
from napari_asist.proofreading import (
    Edit,
    delete_track,
    merge_tracks,
    relabel_track,
    remove_parent,
    set_parent,
    split_object,
    split_track,
    swap_tracks,
)

NARROWEST = 330

JOURNAL_HEIGHT = 70

MARGIN = 8

IN_THIS_FRAME = "in this frame"

IN_ALL_FRAMES = "in all frames"

AS_CHILD = "as its child"

UNRELATED = "unrelated"


class ProofreadPanel(Panel):
    """Merges, splits, relabels and deletes tracks, and corrects parents.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self._corrections = self.session.corrections
        self.buttons: list[QPushButton] = []
        self.adopt = QPushButton("Correct the selected Labels layer")
        self.tracks = TrackPair(self.session.result)
        self.track, self.other = self.tracks.track, self.tracks.other
        self.merge = QPushButton("Merge")
        self.swap = QPushButton("Swap from here")
        self.set_parent = QPushButton("Set parent")
        self.remove_parent = QPushButton("Remove parent")
        self.split_here = QPushButton("Split here")
        self.relation = QComboBox()
        self.split_in_two = QPushButton("Split in two")
        self.extent = QComboBox()
        self.delete = QPushButton("Delete")
        self.delete_from = QPushButton("Delete from here")
        self.relabel = QPushButton("Relabel")
        self.new_label = QSpinBox()
        self.accept = QPushButton("Accept painting")
        self.discard = QPushButton("Discard painting")
        self.undo, self.redo = QPushButton("Undo"), QPushButton("Redo")
        self.journal = QListWidget()
        self.bar = WorkBar()
        self.new_label.setRange(0, HIGHEST)
        lay_out(self)
        self._connect()
        self._follow()

    def _connect(self) -> None:
        correct = self._correct
        self.adopt.clicked.connect(self._adopt)
        self.track.valueChanged.connect(self.new_label.setValue)
        self.merge.clicked.connect(lambda: correct(merge_tracks, *self._both()))
        self.swap.clicked.connect(
            lambda: correct(swap_tracks, *self._both(), self._time())
        )
        self.set_parent.clicked.connect(lambda: correct(set_parent, *self._both()))
        self.remove_parent.clicked.connect(
            lambda: correct(remove_parent, self.track.value())
        )
        self.split_here.clicked.connect(self._split_here)
        self.split_in_two.clicked.connect(self._split_in_two)
        self.delete.clicked.connect(lambda: correct(delete_track, self.track.value()))
        self.delete_from.clicked.connect(
            lambda: correct(delete_track, self.track.value(), self._time())
        )
        self.relabel.clicked.connect(self._relabel)
        self.accept.clicked.connect(
            lambda: self._try(self._corrections.accept_painting)
        )
        self.discard.clicked.connect(self._discard)
        self.undo.clicked.connect(lambda: self._try(self._corrections.undo, "Undone: "))
        self.redo.clicked.connect(lambda: self._try(self._corrections.redo))
        self._corrections.changed.connect(self._follow)

    def release(self) -> None:
        """Disconnect from the viewer and its session."""
        self.tracks.watch(None)
        self._corrections.changed.disconnect(self._follow)

    def _correct(self, correction: Callable[..., Edit], *arguments: Any) -> Edit | None:
        return self._try(lambda: self._corrections.do(correction, *arguments))

    def _try(self, step: Callable[[], Edit], before: str = "") -> Edit | None:
        """Do one step; show what it changed, or why it cannot be done."""
        try:
            edit = step()
        except AsistError as error:
            self.bar.say(str(error))
            return None
        self.bar.say(before + edit.words)
        return edit

    def _split_here(self) -> None:
        as_child = self.relation.currentIndex() == 0
        self._correct(split_track, self.track.value(), self._time(), as_child)

    def _split_in_two(self) -> None:
        is_all = self.extent.currentText() == IN_ALL_FRAMES
        times = None if is_all else [self._time()]
        self._correct(split_object, self.track.value(), times)

    def _relabel(self) -> None:
        new = self.new_label.value()
        if self._correct(relabel_track, self.track.value(), new):
            self.track.setValue(new)

    def _discard(self) -> None:
        try:
            self._corrections.discard_painting()
        except AsistError as error:
            self.bar.say(str(error))
            return
        self.bar.say("The painting was discarded; the layer shows the result again.")

    def _adopt(self) -> None:
        layer = self.viewer.layers.selection.active
        if not isinstance(layer, Labels):
            self.bar.say("Select the Labels layer with the result in the layer list.")
            return
        self.bar.say("")
        try:
            self.session.result.adopt(layer)
        except AsistError as error:
            self.bar.say(str(error))

    def _both(self) -> tuple[int, int]:
        return self.track.value(), self.other.value()

    def _time(self) -> int:
        """Return the frame of the result that is shown."""
        layer = self.session.result.labels
        return 0 if layer is None else shown_frame(self.viewer, layer)

    def _follow(self) -> None:
        """Show the current result and journal."""
        history = self._corrections.history
        self.tracks.watch(self.session.result.labels if history else None)
        for widget in self.buttons:
            widget.setEnabled(history is not None)
        undoable, redoable = (
            (history.undoable, history.redoable) if history else ("", "")
        )
        for button, words in ((self.undo, undoable), (self.redo, redoable)):
            button.setEnabled(bool(words))
            button.setToolTip(f"{button.text()}: {words}" if words else "")
        self.adopt.setVisible(history is None)
        if history is None:
            self.bar.say("There is no result yet: track a video, or open a result.")
        elif self.bar.message.text().startswith("There is no result"):
            self.bar.say("")
        self._list(history.journal if history else ())
        self.tracks.show_facts()

    def _list(self, journal: tuple[str, ...]) -> None:
        self.journal.clear()
        for number, words in enumerate(journal, 1):
            self.journal.addItem(f"{number}. {words}")
        self.journal.scrollToBottom()


def lay_out(panel: "ProofreadPanel") -> None:
    """Lay out the widgets of a panel."""
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
        (panel.adopt, "Use an open Labels layer as the result."),
        (
            panel.track,
            "The track to correct. Follows the label that you pick on the layer "
            "(with the color picker).",
        ),
        (panel.other, "The second track for Merge and Swap, or the parent to set."),
        (panel.merge, "Combine the two into one track, or one object."),
        (panel.swap, "Swap the labels of the two, starting at the current frame."),
        (panel.set_parent, "Make the second track the parent of the first."),
        (panel.remove_parent, "Remove the track's parent."),
        (panel.split_here, "Continue the track under a new label from this frame."),
        (panel.relation, "Whether the later part is a child of the earlier one."),
        (panel.split_in_two, "Cut the object in two, at its neck or into its pieces."),
        (panel.extent, "Where to cut the object in two."),
        (panel.delete, "Erase the track in all frames."),
        (panel.delete_from, "Erase the track, starting at the current frame."),
        (panel.relabel, "Give the track the new label, which must be unused."),
        (panel.new_label, "The new label."),
        (
            panel.accept,
            "Add what you painted on the Labels layer with napari's tools to the "
            "result.",
        ),
        (
            panel.discard,
            "Remove what you painted on the layer, and show the result again.",
        ),
        (
            panel.journal,
            "The corrections so far. Saving the Labels layer as a Cell Tracking "
            "Challenge folder writes this list next to the folder.",
        ),
    ):
        widget.setToolTip(meaning)
