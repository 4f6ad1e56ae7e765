"""The "Correct" panel: correct the tracks of the result, with undo."""

from collections.abc import Callable
from typing import Any

from napari import Viewer
from napari.layers import Labels
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_asist.errors import AsistError
from napari_asist.plugin.correct.canvas_clicks import CanvasClicks
from napari_asist.plugin.correct.keys import KEYS, KeyDialog, key_of
from napari_asist.plugin.correct.track_pair import HIGHEST, TrackPair
from napari_asist.plugin.layers.canvas import show_place, shown_frame
from napari_asist.plugin.result.aside_note import AsideNote
from napari_asist.plugin.review.queue import ReviewQueue
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.keys import PanelKeys
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
from napari_asist.proofreading.review import ReviewItem

NARROWEST = 330

MARGIN = 8

IN_THIS_FRAME = "in this frame"

IN_ALL_FRAMES = "in all frames"

AS_CHILD = "as its child"

UNRELATED = "unrelated"


class CorrectPanel(Panel):
    """Reviews, merges, splits, relabels and deletes tracks, and corrects parents.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self._corrections = self.session.corrections
        self.buttons: list[QPushButton] = []
        self.aside = AsideNote(self.session.aside)
        self.adopt = QPushButton("Correct the selected Labels layer")
        self.review = ReviewQueue(self.session)
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
        self.tabs = QTabWidget()
        self.show_keys = QPushButton("Keys")
        self.key_dialog = KeyDialog(self)
        self.new_label.setRange(0, HIGHEST)
        self._lay_out()
        self.keys = PanelKeys(viewer, self, KEYS, self._named_buttons())
        self._clicks = CanvasClicks(viewer, self.session.result)
        self._connect()
        self._follow()

    def _lay_out(self) -> None:
        self.setMinimumWidth(NARROWEST)
        self.relation.addItems([AS_CHILD, UNRELATED])
        self.extent.addItems([IN_THIS_FRAME, IN_ALL_FRAMES])
        self.journal.setWordWrap(True)
        self.buttons = [
            button for button in vars(self).values() if isinstance(button, QPushButton)
        ]
        for button in (self.adopt, self.show_keys):
            self.buttons.remove(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.addWidget(self.aside)
        layout.addWidget(self.adopt)
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.review, "Review")
        self.tabs.addTab(self.journal, "Corrections")
        layout.addWidget(self.tabs, stretch=1)
        layout.addWidget(self.tracks)
        layout.addLayout(self._buttons())
        layout.addWidget(self.bar)
        row = QHBoxLayout()
        for button in (self.undo, self.redo, self.show_keys):
            row.addWidget(button)
        layout.addLayout(row)
        self._explain()

    def _named_buttons(self) -> dict[str, QPushButton]:
        """Return the buttons that have a key, by their name in the list of keys."""
        review = self.review
        return {
            "next": review.next,
            "previous": review.previous,
            "looks_right": review.accept,
            "dismiss": review.dismiss,
            "merge": self.merge,
            "swap": self.swap,
            "set_parent": self.set_parent,
            "split_here": self.split_here,
            "split_in_two": self.split_in_two,
            "delete": self.delete,
            "undo": self.undo,
            "redo": self.redo,
        }

    def _buttons(self) -> QGridLayout:
        grid = QGridLayout()
        pairs: tuple[tuple[QWidget, QWidget], ...] = (
            (self.merge, self.swap),
            (self.set_parent, self.remove_parent),
            (self.split_here, self.relation),
            (self.split_in_two, self.extent),
            (self.delete, self.delete_from),
            (self.relabel, self.new_label),
            (self.accept, self.discard),
        )
        for row, pair in enumerate(pairs):
            for column, widget in enumerate(pair):
                grid.addWidget(widget, row, column)
                grid.setColumnStretch(column, 1)
        return grid

    def _explain(self) -> None:
        for widget, meaning in (
            (self.adopt, "Use an open Labels layer as the result."),
            (
                self.track,
                "The track to correct. Click it on the canvas, in the table of tracks "
                "or in the lineage tree.",
            ),
            (
                self.other,
                "The second track for Merge and Swap, or the parent to set. Click it "
                "with Shift.",
            ),
            (self.merge, "Combine the two into one track, or one object."),
            (self.swap, "Swap the labels of the two, starting at the current frame."),
            (self.set_parent, "Make the second track the parent of the first."),
            (self.remove_parent, "Remove the track's parent."),
            (self.split_here, "Continue the track under a new label from this frame."),
            (self.relation, "Whether the later part is a child of the earlier one."),
            (
                self.split_in_two,
                "Cut the object in two, at its neck or into its pieces.",
            ),
            (self.extent, "Where to cut the object in two."),
            (self.delete, "Erase the track in all frames."),
            (self.delete_from, "Erase the track, starting at the current frame."),
            (self.relabel, "Give the track the new label, which must be unused."),
            (self.new_label, "The new label."),
            (
                self.accept,
                "Add what you painted on the Labels layer with napari's tools to the "
                "result.",
            ),
            (
                self.discard,
                "Remove what you painted on the layer, and show the result again.",
            ),
            (self.show_keys, "Show the keys of this panel."),
            (
                self.journal,
                "The corrections so far. Saving the Labels layer as a Cell Tracking "
                "Challenge folder writes this list next to the folder.",
            ),
        ):
            widget.setToolTip(meaning)

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
        self.show_keys.clicked.connect(self.key_dialog.show)
        self.review.chosen.connect(self._go_to)
        connections = Connections(self)
        connections.add(self._corrections.changed, self._follow)
        connections.add(self.session.result.changed, self._review)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Take over keys and clicks, and search the result for what is unusual."""
        super().showEvent(event)
        self.keys.bind()
        self._clicks.connect()
        self._review()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Give keys and clicks back."""
        super().hideEvent(event)
        self._leave()

    def on_undock(self) -> None:
        """Disconnect from the canvas and the result's layer."""
        self.tracks.watch(None)
        self.review.stop()
        self._leave()

    def _leave(self) -> None:
        self.key_dialog.hide()
        self.keys.release()
        self._clicks.disconnect()

    def _review(self) -> None:
        if self.isVisible():
            self.review.find()

    def _go_to(self, item: ReviewItem) -> None:
        """Show the place of an item, and pick its tracks."""
        labels = self.session.result.labels
        if labels is None:
            self.bar.say("The result's layer was removed; show the result again.")
            return
        show_place(self.viewer, labels, (item.frame, item.y, item.x))
        self.track.setValue(item.labels[0])
        if len(item.labels) > 1:
            self.other.setValue(item.labels[1])

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
            self.session.result.adopt(layer, self.session.layer)
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
            key = f"Key: {key_of(button.text().lower())}"
            button.setToolTip(f"{button.text()}: {words} {key}" if words else key)
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
        count = f" ({len(journal)})" if journal else ""
        self.tabs.setTabText(self.tabs.indexOf(self.journal), f"Corrections{count}")
