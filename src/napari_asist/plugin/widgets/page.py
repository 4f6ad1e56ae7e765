"""A page of forms that scrolls if the dock is too low for it."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFormLayout, QFrame, QScrollArea, QVBoxLayout, QWidget


def fill_with_page(panel: QWidget, content: QWidget) -> None:
    """Show a widget in a panel, with a vertical scroll bar if there is no room.

    Parameters
    ----------
    panel : QWidget
        Has no layout yet.
    content : QWidget
    """
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(content)
    whole = QVBoxLayout(panel)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.addWidget(scroll)


def wide_form() -> QFormLayout:
    """Return a form whose fields are as wide as the dock allows."""
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
