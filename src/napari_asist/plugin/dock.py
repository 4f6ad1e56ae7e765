"""The "ASIST" dock, which guides the user from a video to tracks, step by step."""

from collections.abc import Callable
from dataclasses import dataclass

from napari import Viewer
from napari.layers import Layer
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_asist.plugin.correct.panel import CorrectPanel
from napari_asist.plugin.forms.fields import CLOSED, OPEN
from napari_asist.plugin.layers.metadata import IS_PREVIEW, layer_facts
from napari_asist.plugin.score.panel import ScoresPanel
from napari_asist.plugin.session import Session
from napari_asist.plugin.simulate.panel import SimulatorPanel
from napari_asist.plugin.start.panel import StartPanel
from napari_asist.plugin.track.panel import ResultPanel
from napari_asist.plugin.training.panel import NetworkPanel, SynthesisPanel
from napari_asist.plugin.video.panel import VideoPanel
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.panel import Panel
from napari_asist.threads import import_ahead
from napari_asist.workflow.model import NEEDED_TO_TRACK
from napari_asist.workflow.run_folder.folder import RunFolder

COLUMNS, RESEARCH_COLUMNS = 3, 5

NARROWEST = 400
"""Width at which no panel cuts off a number or its unit."""

MARGIN = 6

DONE = "✓ "


@dataclass(frozen=True)
class Step:
    """One step: its panel, its purpose, and whether it is done.

    Parameters
    ----------
    name : str
        Shown on the step's button.
    purpose : str
        One sentence for the user.
    make : callable
        Builds the panel for a viewer.
    is_done : callable
        Returns whether a session already has what the step produces.
    has_previews : bool
        Whether its panel shows previews on the canvas, which no other step needs.
    is_research : bool
        Whether it is one of the steps of the method, which the user may skip.
    """

    name: str
    purpose: str
    make: Callable[[Viewer], QWidget]
    is_done: Callable[[Session], bool]
    has_previews: bool = False
    is_research: bool = False


def _has_stage(folder: str) -> Callable[[Session], bool]:
    return lambda session: (
        session.run is not None and RunFolder(session.run).is_done(folder)
    )


STEPS = (
    Step(
        "Start",
        "Outline and track the objects in your video.",
        StartPanel,
        lambda session: session.result.video is not None,
    ),
    Step(
        "Correct",
        "Review what is unusual, and merge, split, relabel and delete tracks.",
        CorrectPanel,
        lambda session: False,
    ),
    Step(
        "Score",
        "Compare the tracks with ground truth, if you have it, and step through "
        "the errors.",
        ScoresPanel,
        lambda session: False,
    ),
    Step(
        "Video",
        "Choose the video and a folder for all output.",
        VideoPanel,
        lambda session: session.layer is not None and session.run is not None,
        is_research=True,
    ),
    Step(
        "Simulate",
        "Adjust the simulated objects until they look and move like yours. You can "
        "skip this step; the settings are then estimated from the video.",
        SimulatorPanel,
        lambda session: session.recipe.simulation is not None,
        has_previews=True,
        is_research=True,
    ),
    Step(
        "Synthesize",
        "Learn to draw simulated objects the way your microscope shows them.",
        SynthesisPanel,
        _has_stage("synthesis"),
        is_research=True,
    ),
    Step(
        "Train",
        "Fit the labels to the synthetic frames, and train the network that "
        "outlines and tracks objects. Missing earlier steps are run first.",
        NetworkPanel,
        _has_stage("network"),
        is_research=True,
    ),
    Step(
        "Track",
        "Outline and track the objects in your video, then inspect and export them.",
        ResultPanel,
        lambda session: session.result.video is not None,
        is_research=True,
    ),
)

FOLD = "Steps of the method"


class GuidedDock(Panel):
    """All steps in one dock: a button for each, and the panel of the chosen one.

    The steps of the method are below a fold, because nobody needs them to track. A
    panel is built when its step is first chosen, so the dock opens immediately.

    Parameters
    ----------
    viewer : Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.buttons = [QPushButton(step.name) for step in STEPS]
        self.fold = QToolButton()
        self.research = QWidget()
        self.purpose = QLabel()
        self.purpose.setWordWrap(True)
        self.panels: dict[int, QWidget] = {}
        self._hidden: list[Layer] = []
        """Layers of the result that are hidden while there are previews."""
        self._stack = QStackedWidget()
        self._group = QButtonGroup(self)
        self._lay_out()
        self._group.idClicked.connect(self.choose)
        self.fold.toggled.connect(self._unfold)
        connections = Connections(self)
        connections.add(self.session.video_changed, self.refresh)
        connections.add(self.session.recipe_changed, self.refresh)
        connections.add(self.session.run_changed, self.refresh)
        connections.add(self.session.work.ended, self.refresh)
        connections.add(self.session.result.changed, self.refresh)
        self.choose(0)
        self.refresh()
        import_ahead(*NEEDED_TO_TRACK, "pandas")

    def _lay_out(self) -> None:
        self.setMinimumWidth(NARROWEST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        grid, below = QGridLayout(), QGridLayout(self.research)
        below.setContentsMargins(0, 0, 0, 0)
        for number, button in enumerate(self.buttons):
            button.setCheckable(True)
            button.setToolTip(STEPS[number].purpose)
            self._group.addButton(button, number)
            into = below if STEPS[number].is_research else grid
            columns = RESEARCH_COLUMNS if STEPS[number].is_research else COLUMNS
            into.addWidget(button, *divmod(into.count(), columns))
        for one in (grid, below):
            one.setSpacing(2)
        self.fold.setCheckable(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.fold.setStyleSheet("QToolButton { border: none; }")
        self.fold.setToolTip(
            "Choose the settings of each step yourself: simulate, synthesize, train, "
            "track."
        )
        layout.addLayout(grid)
        layout.addWidget(self.fold)
        layout.addWidget(self.research)
        self._unfold(False)
        layout.addWidget(self.purpose)
        layout.addWidget(self._stack, stretch=1)

    @property
    def panel(self) -> QWidget:
        """The panel that is shown."""
        return self._stack.currentWidget()

    def choose(self, number: int) -> None:
        """Show the panel of a step.

        Parameters
        ----------
        number : int
            Index into `STEPS`, starting at 0.
        """
        if number not in self.panels:
            panel = self.panels[number] = STEPS[number].make(self.viewer)
            self._stack.addWidget(panel)
            if isinstance(panel, StartPanel):
                panel.step_requested.connect(self.choose_named)
        if STEPS[number].is_research:
            self.fold.setChecked(True)
        self.buttons[number].setChecked(True)
        self.purpose.setText(STEPS[number].purpose)
        self._stack.setCurrentWidget(self.panels[number])
        self._show_previews(STEPS[number].has_previews)

    def choose_named(self, name: str) -> None:
        """Show the panel of the step with a name."""
        self.choose([step.name for step in STEPS].index(name))

    def _unfold(self, is_open: bool) -> None:
        self.research.setVisible(is_open)
        self.fold.setText(f"{OPEN if is_open else CLOSED} {FOLD}")

    def refresh(self) -> None:
        """Mark the steps that are done."""
        for step, button in zip(STEPS, self.buttons, strict=True):
            tick = DONE if step.is_done(self.session) else ""
            button.setText(f"{tick}{step.name}")

    def on_undock(self) -> None:
        """Undock the panels as if each had been docked separately."""
        for panel in self.panels.values():
            panel.setParent(None)

    def _show_previews(self, are_shown: bool) -> None:
        """Show the previews, or hide them while another step needs the canvas.

        The result, which would be in the way of the previews, is hidden meanwhile.
        """
        for layer in self.viewer.layers:
            if layer_facts(layer).get(IS_PREVIEW):
                layer.visible = are_shown
        result = self.session.result
        if are_shown:
            shown = (result.labels, result.tracks)
            self._hidden += [one for one in shown if one is not None and one.visible]
        for layer in self._hidden:
            layer.visible = not are_shown
        if not are_shown:
            self._hidden = []
