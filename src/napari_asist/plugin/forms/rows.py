"""One row of a form: a field that is marked where it is invalid."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFormLayout, QFrame, QLabel, QVBoxLayout, QWidget

INVALID = "invalid"
MARKED = f"QFrame#{INVALID} {{ border: 1px solid #e5484d; border-radius: 3px; }}"
MESSAGE = "color: #e5484d;"


class FormRow(QFrame):
    """A field in a form, with a red border and a sentence below it if it is invalid.

    Parameters
    ----------
    layout : QFormLayout
        To which the row is added.
    field : QWidget
    label : QLabel, optional
        In front of the field.
    """

    def __init__(
        self, layout: QFormLayout, field: QWidget, label: QLabel | None = None
    ) -> None:
        super().__init__()
        self._form = layout
        self.error = QLabel()
        self.error.setWordWrap(True)
        self.error.setStyleSheet(MESSAGE)
        self.error.hide()
        content = QVBoxLayout(self)
        content.setContentsMargins(1, 1, 1, 1)
        content.setSpacing(1)
        content.addWidget(field)
        content.addWidget(self.error)
        if label is None:
            layout.addRow(self)
        else:
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setContentsMargins(0, 5, 0, 0)
            layout.addRow(label, self)

    @property
    def is_marked(self) -> bool:
        """Whether the field is shown as invalid."""
        return bool(self.error.text())

    def mark(self, sentence: str) -> None:
        """Show what is wrong with the field; nothing if the sentence is empty."""
        if sentence == self.error.text():
            return
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.setObjectName(INVALID if sentence else "")
        self.setStyleSheet(MARKED if sentence else "")

    def show_if(self, is_used: bool) -> None:
        """Show the row, or hide it if the field has no effect."""
        if self._form.isRowVisible(self) != is_used:
            self._form.setRowVisible(self, is_used)
