"""How the panel "Video" looks."""

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import (
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_asist.plugin.video_facts import NAMES

if TYPE_CHECKING:
    from napari_asist.plugin.video_panel import VideoPanel

NARROWEST = 330
MARGIN = 8
SPARE = 8
"""Pixels that napari's style leaves empty in a label."""


class ShortLabel(QLabel):
    """A text that is shortened in the middle where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_text(self, text: str) -> None:
        """Show a text; the tooltip has the whole of it."""
        self._whole = text
        self.setToolTip(text)
        self._shorten()

    def whole_text(self) -> str:
        """Return the text as it was given."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Shorten anew."""
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        middle = Qt.TextElideMode.ElideMiddle
        metrics = self.fontMetrics()
        room = self.contentsRect().width() - SPARE
        self.setText(metrics.elidedText(self._whole, middle, room))


class FactGrid(QWidget):
    """Names with short texts beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.values = {name: ShortLabel() for name in NAMES}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(self.values.items()):
            grid.addWidget(QLabel(name), row, 0)
            grid.addWidget(value, row, 1)

    def show_facts(self, facts: dict[str, str]) -> None:
        """Show the texts of all names."""
        for name, text in facts.items():
            self.values[name].show_text(text)


def lay_out(panel: "VideoPanel") -> None:
    """Put the widgets of a panel in their places."""
    panel.setMinimumWidth(NARROWEST)
    content = QWidget()
    layout = QVBoxLayout(content)
    layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    top = _form()
    top.addRow("video", panel.video)
    layout.addLayout(top)
    layout.addWidget(panel.fault)
    layout.addWidget(panel.facts)
    layout.addWidget(panel.reopen)
    row = QHBoxLayout(panel.channel_row)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(QLabel("channel"))
    row.addWidget(panel.channel, stretch=1)
    row.addWidget(panel.take_channel)
    layout.addWidget(panel.channel_row)
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    layout.addWidget(line)
    below = _form()
    below.addRow("run folder", panel.run)
    below.addRow("preset", panel.preset)
    below.addRow("objects", panel.objects)
    below.addRow("object radius", panel.radius)
    layout.addLayout(below)
    layout.addWidget(panel.bar)
    layout.addStretch(1)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(content)
    whole = QVBoxLayout(panel)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.addWidget(scroll)


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
