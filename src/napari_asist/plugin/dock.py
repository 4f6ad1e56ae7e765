"""The dock "ASIST", which leads from a video to tracks, step by step."""

from typing import Any

from napari import Viewer
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from napari_asist.plugin.layers import IS_PREVIEW, layer_facts
from napari_asist.plugin.session import session_of
from napari_asist.plugin.steps import STEPS

COLUMNS = 4
NARROWEST = 400
"""Width in which no panel cuts a number or its unit."""
MARGIN = 6
DONE = "✓ "


class GuidedDock(QWidget):
    """All steps in one dock: a button for each, and the panel of the chosen one.

    A panel is built when its step is chosen first, so the dock opens at once.

    Parameters
    ----------
    viewer : Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._session = session_of(viewer)
        self._is_open = True
        self.buttons = [QPushButton(step.name) for step in STEPS]
        self.purpose = QLabel()
        self.purpose.setWordWrap(True)
        self.panels: dict[int, QWidget] = {}
        self._stack = QStackedWidget()
        self._group = QButtonGroup(self)
        self._lay_out()
        self._group.idClicked.connect(self.choose)
        for signal in self._signals():
            signal.connect(self.refresh)
        self.choose(0)
        self.refresh()

    @property
    def panel(self) -> QWidget:
        """The panel that is looked at."""
        return self._stack.currentWidget()

    def choose(self, number: int) -> None:
        """Show the panel of a step.

        Parameters
        ----------
        number : int
            From 0, in the order of `STEPS`.
        """
        if number not in self.panels:
            self.panels[number] = STEPS[number].make(self._viewer)
            self._stack.addWidget(self.panels[number])
        self.buttons[number].setChecked(True)
        self.purpose.setText(STEPS[number].purpose)
        self._stack.setCurrentWidget(self.panels[number])
        self._show_previews(STEPS[number].has_previews)

    def refresh(self) -> None:
        """Tick the steps that are done."""
        for step, button in zip(STEPS, self.buttons, strict=True):
            tick = DONE if step.is_done(self._session) else ""
            button.setText(f"{tick}{step.name}")

    def event(self, event: QEvent) -> bool:
        """Let the panels go, each as if it had been docked alone."""
        is_undocked = event.type() == QEvent.Type.ParentChange and self.parent() is None
        if is_undocked and self._is_open:
            self._is_open = False
            for signal in self._signals():
                signal.disconnect(self.refresh)
            for panel in self.panels.values():
                panel.setParent(None)
        return bool(super().event(event))

    def _show_previews(self, are_shown: bool) -> None:
        """Leave the canvas to the other steps, and show the previews again later."""
        for layer in self._viewer.layers:
            if layer_facts(layer).get(IS_PREVIEW):
                layer.visible = are_shown

    def _signals(self) -> tuple[Any, ...]:
        session = self._session
        return (
            session.video_changed,
            session.recipe_changed,
            session.run_changed,
            session.work.ended,
            session.result.changed,
        )

    def _lay_out(self) -> None:
        self.setMinimumWidth(NARROWEST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        grid = QGridLayout()
        grid.setSpacing(2)
        for number, button in enumerate(self.buttons):
            button.setCheckable(True)
            button.setToolTip(STEPS[number].purpose)
            self._group.addButton(button, number)
            grid.addWidget(button, number // COLUMNS, number % COLUMNS)
        layout.addLayout(grid)
        layout.addWidget(self.purpose)
        layout.addWidget(self._stack, stretch=1)
