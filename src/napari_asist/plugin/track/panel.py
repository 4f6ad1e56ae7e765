"""The "Track" panel: segment and track, inspect the tracks, export."""

from pathlib import Path

from napari import Viewer
from napari.layers import Labels
from qtpy.QtCore import QSize, QTimer
from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_asist.errors import AsistError
from napari_asist.plugin.choices.engine_forms import TrackingForm
from napari_asist.plugin.forms.fields import Group
from napari_asist.plugin.result.aside_note import AsideNote
from napari_asist.plugin.track.export import ResultExport, exported
from napari_asist.plugin.track.lineage_tree import LineageTree
from napari_asist.plugin.track.measurements import (
    ResultFacts,
    ResultFollower,
)
from napari_asist.plugin.track.model_choice import READY_MADE, ModelChoice
from napari_asist.plugin.track.navigator import TrackNavigator
from napari_asist.plugin.track.plots import TrackPlots
from napari_asist.plugin.track.table import TrackTable
from napari_asist.plugin.track.track_list import TrackList
from napari_asist.plugin.track.tracking import tracking_of
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.panel import Panel
from napari_asist.plugin.widgets.status_bar import WorkBar
from napari_asist.workflow.model import recipe_of_model
from napari_asist.workflow.presets import DEFAULT_PRESET
from napari_asist.workflow.recipe import make_recipe

NARROWEST = 330

USUAL_WIDTH = 420

USUAL_HEIGHT = 600

MARGIN = 8

FORM_HEIGHT = 220

TABS_HEIGHT = 220


class ResultPanel(Panel):
    """Tracks the video, shows the tracks in a table, tree and plots, and exports them.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.model = ModelChoice()
        self.form = TrackingForm(self.session)
        self.settings = Group(
            "tracking settings", "Settings for segmentation and tracking.", self.form
        )
        self.track = QPushButton("Track")
        self.use_layer = QPushButton("Use layer")
        self.export = QPushButton("Export…")
        self.bar = WorkBar()
        self.aside = AsideNote(self.session.aside)
        self.navigator = TrackNavigator(viewer, self.session.result, self)
        self.table = TrackTable(self.navigator)
        self.tree = LineageTree(viewer, self.navigator)
        self.plots = TrackPlots(viewer, self.navigator)
        self.tabs = QTabWidget()
        self.tracking = tracking_of(viewer)
        self.exporting = ResultExport(self.session, self)
        self.facts = ResultFollower(self.session, self)
        self._facts: ResultFacts | None = None
        self._undrawn: list[TrackTable | LineageTree | TrackPlots] = []
        """The views that do not show these measurements yet."""
        self._drawing = QTimer(self)
        self._lay_out()
        self._connect()
        self._follow_run()
        self._follow_model()
        self._show(None)
        self.facts.measure()

    def _lay_out(self) -> None:
        self.setMinimumWidth(NARROWEST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        top = QFormLayout()
        top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        top.addRow("model", self.model)
        layout.addLayout(top)
        self.form.setFixedHeight(FORM_HEIGHT)
        layout.addWidget(self.settings)
        buttons = QHBoxLayout()
        for button in (self.track, self.use_layer, self.export):
            buttons.addWidget(button)
        layout.addLayout(buttons)
        layout.addWidget(self.bar)
        layout.addWidget(self.aside)
        self.tabs.setMinimumHeight(TABS_HEIGHT)
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(TrackList(self.table), "Tracks")
        self.tabs.addTab(self.tree, "Lineage")
        self.tabs.addTab(self.plots, "Plots")
        layout.addWidget(self.tabs, stretch=1)
        self._explain()

    def _explain(self) -> None:
        for widget, meaning in (
            (self.track, "Segment and track the video with the model."),
            (self.use_layer, "Use the selected Labels layer as the result."),
            (
                self.export,
                "Write a Cell Tracking Challenge folder, tables (CSV) and a run card.",
            ),
        ):
            widget.setToolTip(meaning)

    def _connect(self) -> None:
        self.track.clicked.connect(self._track)
        self.use_layer.clicked.connect(self._use_layer)
        self.export.clicked.connect(self._export)
        self.bar.cancel.clicked.connect(self.tracking.stop)
        self.bar.cancel.clicked.connect(self.exporting.stop)
        self.model.chosen.connect(self._follow_model)
        self.model.refused.connect(self.bar.say)
        self.exporting.progressed.connect(self.bar.advance)
        self.exporting.failed.connect(self.bar.say)
        self.exporting.stopped.connect(self._report_canceled)
        self.exporting.returned.connect(self._report_export)
        self.exporting.ended.connect(self._end)
        self.facts.measured.connect(self._show)
        self._drawing.timeout.connect(self._draw_next)
        connections = Connections(self)
        connections.add(self.tracking.began, self._begin)
        connections.add(self.tracking.progressed, self.bar.advance)
        connections.add(self.tracking.failed, self.bar.say)
        connections.add(self.tracking.stopped, self._report_canceled)
        connections.add(self.tracking.tracked, self.bar.say)
        connections.add(self.tracking.ended, self._end)
        connections.add(self.session.run_changed, self._follow_run)
        connections.add(self.session.work.began, self._unlock)
        connections.add(self.session.work.ended, self._end_run)

    def on_undock(self) -> None:
        """Stop measuring, tracking and exporting; a run continues."""
        self.exporting.stop()
        self.tracking.abandon()
        self.facts.stop()
        self._drawing.stop()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the panel's size in a dock; the plots would request far more."""
        return QSize(USUAL_WIDTH, USUAL_HEIGHT)

    def _track(self) -> None:
        try:
            if not self.form.is_valid:
                raise AsistError(self.form.error.text())
            self.tracking.start(self.model.model, self.form.value)
        except AsistError as error:
            self.bar.say(str(error))

    def _use_layer(self) -> None:
        active = self.viewer.layers.selection.active
        found = [layer for layer in self.viewer.layers if isinstance(layer, Labels)]
        if not isinstance(active, Labels) and len(found) != 1:
            self.bar.say("First select a Labels layer in the layer list.")
            return
        try:
            chosen = active if isinstance(active, Labels) else found[0]
            tracks = self.session.result.adopt(chosen, self.session.layer)
        except AsistError as error:
            self.bar.say(str(error))
            return
        numbered = "" if tracks is None else f", with the Tracks layer {tracks.name}"
        self.bar.say(f"The layer {chosen.name} is now the result{numbered}.")

    def _show(self, facts: ResultFacts | None) -> None:
        """Show measurements, one view at a time, so that the window responds."""
        self.navigator.set_facts(facts)
        self._facts = facts
        self._undrawn = [self.table, self.tree, self.plots]
        self._drawing.start()

    def _draw_next(self) -> None:
        view = self._undrawn.pop()
        if not self._undrawn:
            self._drawing.stop()
        view.set_facts(self._facts, self.session.result.labels)

    def _follow_run(self) -> None:
        self.model.set_run(self.session.run)

    def _follow_model(self) -> None:
        """Show the settings that the model should be used with."""
        self.bar.say("")
        if self.model.model in READY_MADE:
            # They are used as by default; reading them would load PyTorch.
            self.form.show_model(make_recipe(DEFAULT_PRESET))
            return
        try:
            self.form.show_model(recipe_of_model(self.model.model))
        except AsistError as error:
            self.bar.say(str(error))

    def _begin(self) -> None:
        self.bar.begin()
        for button in (self.track, self.use_layer, self.export):
            button.setEnabled(False)

    def _end(self) -> None:
        if not (self.tracking.is_running or self.exporting.is_running):
            self.bar.end()
        self._unlock()

    def _end_run(self) -> None:
        """Check whether the run has a model now that a stage has ended."""
        self._follow_run()
        self._end()

    def _unlock(self) -> None:
        is_busy = self.exporting.is_running
        self.track.setEnabled(not (is_busy or self.tracking.is_running))
        for button in (self.use_layer, self.export):
            button.setEnabled(not is_busy)

    def _report_canceled(self) -> None:
        self.bar.say("Canceled.")

    def _report_export(self, result: Path) -> None:
        self.bar.say(exported(result))

    def _export(self) -> None:
        try:
            if self.exporting.ask_and_export(self):
                self._begin()
        except AsistError as error:
            self.bar.say(str(error))
