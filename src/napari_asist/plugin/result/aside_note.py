"""A sentence on a result that is not shown, and a button that shows it again."""

from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from napari_asist.plugin.result.aside import ResultsAside
from napari_asist.plugin.widgets.connections import Connections


class AsideNote(QWidget):
    """Appears while the video has no result, but an earlier one is hidden or closed.

    Parameters
    ----------
    aside : ResultsAside
    """

    def __init__(self, aside: ResultsAside) -> None:
        super().__init__()
        self._aside = aside
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.show_again = QPushButton("Show it again")
        self.show_again.setToolTip(
            "Show the result and its tracks again, with all corrections. This is "
            "possible until you track again or use another layer."
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sentence, stretch=1)
        layout.addWidget(self.show_again)
        self.show_again.clicked.connect(aside.show_again)
        Connections(self).add(aside.changed, self._follow)
        self._follow()

    def _follow(self) -> None:
        self.sentence.setText(self._aside.note)
        self.setVisible(bool(self._aside.note))
        self.show_again.setVisible(self._aside.can_show)
