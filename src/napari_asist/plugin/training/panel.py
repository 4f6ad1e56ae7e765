"""The "Synthesize" and "Train" panels: settings, training, and its progress."""

from napari import Viewer
from qtpy.QtCore import QEvent, QSize, QTimer
from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_asist.errors import AsistError
from napari_asist.events import Event, Scalars, Started
from napari_asist.plugin.choices.layer_choice import LayerChoice
from napari_asist.plugin.choices.run_choice import RunChoice
from napari_asist.plugin.layers.video_layers import CHOOSE
from napari_asist.plugin.training.checkpoint_use import CheckpointUse
from napari_asist.plugin.training.kinds import NETWORK, SYNTHESIS, TrainingKind
from napari_asist.plugin.training.loss_plot import NO_LOSSES
from napari_asist.plugin.training.progress import ProgressPage
from napari_asist.plugin.training.report import ReportView
from napari_asist.plugin.training.state import (
    buttons_of,
    elsewhere_text,
    has_video,
    start_training,
    state_text,
)
from napari_asist.plugin.training.steps_question import StepsQuestion
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.panel import Panel
from napari_asist.plugin.widgets.plot_theme import plot_theme
from napari_asist.plugin.widgets.status_bar import WorkBar
from napari_asist.plugin.work.close_guard import guard_window
from napari_asist.workflow.run_folder.changed_steps import changed_steps
from napari_asist.workflow.run_folder.folder import RunFolder

STATUS_MILLISECONDS = 500

RENDERER = (
    "The renderer engine has no losses, because it trains no network: the virtual "
    "microscope is fitted to the video within a minute. The Report tab shows how well "
    "it fits."
)

WAITS = "Losses and sample images appear here when training begins."

NARROWEST = 330

MARGIN = 8


class TrainingPanel(Panel):
    """Starts training stages and shows their progress, here or in another process.

    Parameters
    ----------
    viewer : napari.Viewer
    kind : TrainingKind
    parent : QWidget, optional
    """

    def __init__(
        self, viewer: Viewer, kind: TrainingKind, parent: QWidget | None = None
    ) -> None:
        super().__init__(viewer, parent)
        self.kind = kind
        self.work = self.session.work
        theme = plot_theme(viewer)
        self.video = LayerChoice(viewer)
        self.run = RunChoice(self.session)
        self.run.line.setPlaceholderText("chosen when you start")
        self.start, self.pause, self.stop = map(QPushButton, ("Start", "Pause", "Stop"))
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.steps_question = StepsQuestion()
        self.bar = WorkBar()
        self.tabs = QTabWidget()
        self.forms = {title: make(self.session) for title, make in kind.forms.items()}
        self.progress = ProgressPage(kind.trainings, theme)
        self.report = ReportView(theme) if kind.has_report else None
        self.checkpoint = (
            CheckpointUse(self.viewer, kind.trainings) if kind.outlines else None
        )
        self.tick = QTimer(self)
        self.tick.setInterval(STATUS_MILLISECONDS)
        self._lay_out()
        self._connect()
        self.show_run()
        if self.work.is_running or self.work.elsewhere:
            self._show_progress()

    def _lay_out(self) -> None:
        self.setMinimumWidth(NARROWEST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        top = QFormLayout()
        top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        top.addRow("video", self.video)
        top.addRow("run folder", self.run)
        layout.addLayout(top)
        buttons = QHBoxLayout()
        for button in (self.start, self.pause, self.stop):
            buttons.addWidget(button, stretch=1)
        layout.addLayout(buttons)
        layout.addWidget(self.state)
        layout.addWidget(self.steps_question)
        layout.addWidget(self.bar)
        if self.checkpoint is not None:
            layout.addWidget(self.checkpoint)
        layout.addWidget(self.tabs, stretch=1)
        pages = {title: _padded(form) for title, form in self.forms.items()}
        pages["Progress"] = self.progress
        if self.report is not None:
            pages["Report"] = self.report
        for title, page in pages.items():
            self.tabs.addTab(page, title)
        self._explain()

    def _explain(self) -> None:
        for widget, meaning in (
            (self.pause, "Save, free the device, and wait until you resume."),
            (self.stop, "Save and end; you can resume another day."),
        ):
            widget.setToolTip(meaning)

    def _connect(self) -> None:
        self.start.clicked.connect(self._start)
        self.pause.clicked.connect(self._pause_or_resume)
        self.stop.clicked.connect(self.work.stop)
        self.run.reported.connect(self._report_folder)
        self.steps_question.answered.connect(self._start)
        self.steps_question.failed.connect(self.bar.say)
        self.tick.timeout.connect(self.refresh)
        connections = Connections(self)
        connections.add(self.session.recipe_changed, self._follow_recipe)
        connections.add(self.session.run_changed, self._change_run)
        connections.add(self.work.happened, self._take)
        connections.add(self.work.began, self._begin)
        connections.add(self.work.requested, self.refresh)
        connections.add(self.work.failed, self._fail)
        connections.add(self.work.stopped, self._report_stopped)
        connections.add(self.work.done, self._report_done)
        connections.add(self.work.ended, self.show_run)
        connections.add(self.work.elsewhere_changed, self._change_process)
        connections.add(self.viewer.events.theme, self._follow_theme)

    def show_run(self) -> None:
        """Show the run folder's losses, pictures and report, and what is running."""
        run = self.session.run
        self.progress.show_run(run, self.work.state.notes)
        self._show_report()
        self.refresh()

    def refresh(self) -> None:
        """Update the buttons and the progress."""
        self._show_buttons()
        self._show_state()

    def _show_buttons(self) -> None:
        buttons = buttons_of(self.work, self.session.run, self.kind)
        self.start.setText(buttons.start)
        self.start.setEnabled(buttons.can_start)
        self.pause.setText(buttons.pause)
        self.pause.setEnabled(buttons.can_pause)
        self.stop.setEnabled(buttons.can_stop)
        self.run.setEnabled(buttons.can_choose_run)
        for form in self.forms.values():
            form.lock(buttons.is_busy)
        self.progress.say(self._hint())
        if sentence := elsewhere_text(self.work, self.session.run):
            self.bar.say(sentence)

    def _show_state(self) -> None:
        self.state.setText(state_text(self.work, self.session.run, self.kind))
        if not self.work.is_running and not self.work.elsewhere:
            self.tick.stop()
            self.bar.end()
            return
        self.bar.progress.show()
        self.bar.progress.setRange(0, self.work.state.total)
        self.bar.progress.setValue(self.work.state.done)

    def _hint(self) -> str:
        engine = self.session.recipe.synthesis.engine
        if self.kind.has_report and engine == "renderer":
            return RENDERER
        return WAITS if self.progress.plot.is_empty else ""

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Stay narrow for the sake of the canvas; the tab pages would be wider."""
        return QSize(NARROWEST, super().sizeHint().height())

    def on_undock(self) -> None:
        """Stop showing progress; the training continues."""
        self.tick.stop()
        if self.checkpoint is not None:
            self.checkpoint.close_view()

    def event(self, event: QEvent) -> bool:
        """Guard the window that the panel is docked in."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.ParentChange):
            guard_window(self, self.work)
        return super().event(event)

    def _start(self) -> None:
        if not all(form.is_valid for form in self.forms.values()):
            self.bar.say("Fix the invalid settings first.")
            return
        if not has_video(self.session):
            self.bar.say(CHOOSE)
            return
        if self.session.run is None:
            self.run.look()
        if self.session.run is None:
            return
        stages = (*self.kind.before, *self.kind.stages)
        try:
            changed = changed_steps(self.session.run, self.session.recipe, stages)
            if changed is not None:
                self.bar.say("")
                self.steps_question.ask(self.session.run, changed)
                return
            start_training(self.session, stages)
        except AsistError as error:
            self.bar.say(str(error))

    def _pause_or_resume(self) -> None:
        if self.work.is_pause_requested:
            self.work.resume()
        else:
            self.work.pause()

    def _follow_recipe(self) -> None:
        self.steps_question.hide()
        self.refresh()

    def _begin(self) -> None:
        self.steps_question.hide()
        guard_window(self, self.work)
        self.bar.say("")
        self.progress.messages.set_notes([])
        self._show_progress()
        self.refresh()

    def _show_progress(self) -> None:
        self.tabs.setCurrentIndex(len(self.forms))
        self.tick.start()

    def _take(self, event: Event) -> None:
        self.progress.take(event)
        if isinstance(event, Scalars) and set(event.values) & set(NO_LOSSES):
            self._show_report()
        if isinstance(event, Started):
            self.refresh()

    def _show_report(self) -> None:
        if self.report is not None:
            run = self.session.run
            folder = RunFolder(run).existing("synthesis") if run else None
            self.report.show_folder(folder)

    def _is_own_work(self) -> bool:
        """Whether the work belongs to this panel."""
        return bool(set(self.work.stages) & set(self.kind.stages))

    def _fail(self, sentence: str) -> None:
        if self._is_own_work():
            self.bar.say(sentence)

    def _report_stopped(self) -> None:
        if self._is_own_work():
            self.bar.say("Saved. Press the button to resume, now or another day.")

    def _report_done(self) -> None:
        if self._is_own_work():
            self.bar.say(self.kind.done)
            if self.report is not None:
                self.tabs.setCurrentWidget(self.report)

    def _report_folder(self, sentence: str) -> None:
        self.bar.say(sentence)
        self.refresh()  # another process working there is more important

    def _change_run(self) -> None:
        self.steps_question.hide()
        self.bar.say("")
        self.show_run()

    def _change_process(self) -> None:
        if self.work.elsewhere:
            self.bar.say("")
            self._show_progress()
        elif self.work.state.notes:
            self.bar.say(self.work.state.notes[-1].message)
        self.show_run()

    def _follow_theme(self) -> None:
        theme = plot_theme(self.viewer)
        self.progress.plot.set_theme(theme)
        if self.report is not None:
            self.report.set_theme(theme)


class SynthesisPanel(TrainingPanel):
    """Trains the networks that draw synthetic frames, or fits the microscope.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, SYNTHESIS, parent)


class NetworkPanel(TrainingPanel):
    """Refines the labels and trains the network that outlines and tracks objects.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, NETWORK, parent)


def _padded(widget: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 4, 0, 0)
    layout.addWidget(widget)
    return page
