"""A part of a form that folds away."""

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QToolButton, QVBoxLayout, QWidget

INDENT = 12


class Group(QWidget):
    """A title that shows and hides what is below it.

    Parameters
    ----------
    title, tooltip : str
    content : QWidget
    is_open : bool
    """

    toggled = Signal(bool)

    def __init__(
        self, title: str, tooltip: str, content: QWidget, is_open: bool = False
    ) -> None:
        super().__init__()
        self.content = content
        self.title = QToolButton()
        self.title.setText(title)
        self.title.setToolTip(tooltip)
        self.title.setCheckable(True)
        self.title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.title.setStyleSheet(
            "QToolButton { border: none; background: transparent; padding: 2px 0; }"
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.title)
        layout.addWidget(content)
        content.setContentsMargins(INDENT, 0, 0, 0)
        self.title.toggled.connect(self._show)
        self.title.setChecked(is_open)
        self._show(is_open)

    def _show(self, is_open: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self.title.setArrowType(arrow)
        self.content.setVisible(is_open)
        self.toggled.emit(is_open)
