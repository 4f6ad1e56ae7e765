"""The review queue: go from item to item and decide on each."""

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_asist.plugin.review.follower import ReviewFollower
from napari_asist.plugin.review.table import ReviewTable
from napari_asist.plugin.session import Session
from napari_asist.proofreading.review import ReviewItem
from napari_asist.proofreading.reviewed import ACCEPTED, DISMISSED, OPEN, Review

SEARCHING = "Looking for what deserves a look…"
NO_RESULT = "There is nothing to review yet."
NOTHING = "Nothing unusual was found."


class ReviewQueue(QWidget):
    """What deserves a look in the result, worst first, with a decision on each item.

    Parameters
    ----------
    session : Session
    """

    chosen = Signal(object)
    """The `ReviewItem` to go to."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.found = ReviewFollower(session, self)
        self.progress, self.words = QLabel(), QLabel()
        self.table = ReviewTable()
        self.previous, self.next = QPushButton("Previous"), QPushButton("Next")
        self.accept = QPushButton("Looks right")
        self.dismiss = QPushButton("Dismiss")
        self._lay_out()
        self.found.renewed.connect(self._renew)
        self.table.chosen.connect(self._go_to)
        self.next.clicked.connect(lambda: self.table.step(1))
        self.previous.clicked.connect(lambda: self.table.step(-1))
        self.accept.clicked.connect(lambda: self._decide(ACCEPTED))
        self.dismiss.clicked.connect(lambda: self._decide(DISMISSED))
        self._renew()

    def _lay_out(self) -> None:
        self.words.setWordWrap(True)
        for button in (self.accept, self.dismiss):
            button.setCheckable(True)
        for widget, meaning in (
            (self.previous, "Go to the open item above."),
            (self.next, "Go to the next open item."),
            (
                self.accept,
                "The tracks are right here. Click again to take it back.",
            ),
            (
                self.dismiss,
                "Take the item off the list of open ones without saying whether it is "
                "right. Click again to take it back.",
            ),
        ):
            widget.setToolTip(meaning)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.progress)
        layout.addWidget(self.table, stretch=1)
        layout.addWidget(self.words)
        grid = QGridLayout()
        buttons = (self.previous, self.next, self.accept, self.dismiss)
        for column, button in enumerate(buttons):
            grid.addWidget(button, 0, column)
        layout.addLayout(grid)

    def find(self) -> None:
        """Search the result again if it changed."""
        self.found.find()

    def stop(self) -> None:
        """Abandon the search."""
        self.found.stop()

    def _renew(self) -> None:
        self.table.show_review(self.found.review)
        self._show_state()

    def _show_state(self) -> None:
        """Show the progress, and what was decided on the selected item."""
        review, item = self.found.review, self.table.item
        self.progress.setText(self._progress(review))
        self.words.setText(item.words if item else "")
        state = review.state(item) if review and item else OPEN
        for button, decision in ((self.accept, ACCEPTED), (self.dismiss, DISMISSED)):
            button.setEnabled(item is not None)
            button.setChecked(state == decision)
        for button in (self.previous, self.next):
            button.setEnabled(bool(review and review.items))

    def _progress(self, review: Review | None) -> str:
        if review is None:
            return NO_RESULT
        if not self.found.is_found:
            return SEARCHING
        if not review.items:
            return NOTHING
        counts = review.counts()
        listed = counts.pop("listed")
        return f"{sum(counts.values())} of {listed} reviewed"

    def _go_to(self, item: ReviewItem) -> None:
        self._show_state()
        self.chosen.emit(item)

    def _decide(self, decision: str) -> None:
        """Decide on the selected item and go to the next; or take a decision back."""
        review, item = self.found.review, self.table.item
        if review is None or item is None:
            return
        is_new = review.state(item) != decision
        review.decide(item, decision if is_new else OPEN)
        self.table.items.refresh()
        if is_new:
            self.table.step(1)
        self._show_state()
