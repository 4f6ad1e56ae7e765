"""The "Start" page: track the objects of a video, or learn from it first."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from napari import Viewer
from qtpy.QtCore import QSize, QTimer, Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_asist.errors import AsistError
from napari_asist.events import Note, StopFlag
from napari_asist.plugin.choices.layer_choice import LayerChoice
from napari_asist.plugin.choices.run_choice import RunChoice
from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.layers.source_file import layer_path
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.result.aside_note import AsideNote
from napari_asist.plugin.simulate.quick_looks import quick_looks_of
from napari_asist.plugin.start.proposed_run import proposed_run
from napari_asist.plugin.track.export import ResultExport, exported
from napari_asist.plugin.track.tracking import tracking_of
from napari_asist.plugin.training.kinds import NETWORK
from napari_asist.plugin.training.state import start_training
from napari_asist.plugin.training.steps_question import StepsQuestion
from napari_asist.plugin.video.look import Look, Looking
from napari_asist.plugin.video.opening import OpenButton, VideoOpening
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.page import fill_with_page, wide_form
from napari_asist.plugin.widgets.panel import Panel
from napari_asist.plugin.widgets.status_bar import WorkBar
from napari_asist.plugin.work.close_guard import guard_window
from napari_asist.plugin.work.latest_request import NewestRequest
from napari_asist.plugin.work.run_progress import about
from napari_asist.plugin.work.worker import LongWork
from napari_asist.simulation.settings import SimulatorKind
from napari_asist.video import Video
from napari_asist.workflow.batch import STAGE as BATCH_STAGE
from napari_asist.workflow.batch import Failure, tracking_batch
from napari_asist.workflow.duration import learning_seconds
from napari_asist.workflow.model import Model
from napari_asist.workflow.pretrained import model_for, pretrained_weights
from napari_asist.workflow.quick_look import QuickLook
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run_folder.changed_steps import changed_steps
from napari_asist.workflow.run_folder.earlier_result import has_model
from napari_asist.workflow.stages import STAGES

NARROWEST = 330
MARGIN = 8
TALL = 34
"""Height of the button that tracks, in pixels."""

RECOGNIZED = "recognized from the video"
NUCLEI = "nuclei"
RODS = "rods, bacteria, microvilli"
OTHER = "something else"
LEARNED = "learned from this video"
KIND_OF: dict[str, SimulatorKind] = {NUCLEI: "nuclei", RODS: "microvilli"}

BATCH = "asist_batch"
"""Folder for the results of several videos, beside them."""

VIDEO_FILES = "Videos (*.tif *.tiff)"

NO_MODEL = (
    "No ready-made model knows other objects: describe them in the step Simulate, then "
    "press Learn from this video."
)
PROMISE = (
    "The virtual microscope is fitted to your video, and the network is trained on "
    "simulated objects that look like yours. Nobody has to draw a label."
)


class StartPanel(Panel):
    """One page from a video to its tracks.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    step_requested = Signal(str)
    """Name of another step that the user wants to see."""

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.video = LayerChoice(viewer)
        self.opening = VideoOpening(viewer, self)
        self.open = OpenButton(self.opening)
        self.fault = _paragraph()
        self.channel = QPushButton("Choose what to track…")
        self.objects = ChoiceField(
            [RECOGNIZED, *KIND_OF, OTHER],
            "What is in the video. It decides which ready-made model outlines the "
            "objects, and how they are simulated.",
        )
        self.facts = _paragraph()
        self.track = QPushButton("Track")
        self.several = QPushButton("Several videos…")
        self.bar = WorkBar()
        self.aside = AsideNote(self.session.aside)
        self.inspect = QPushButton("Inspect")
        self.correct = QPushButton("Correct")
        self.export = QPushButton("Export…")
        self.found = QWidget()
        self.promise = _paragraph()
        self.run = RunChoice(self.session)
        self.learn = QPushButton("Learn from this video")
        self.everything = QPushButton("Run everything")
        self.steps_question = StepsQuestion()
        self._stages: tuple[str, ...] = ()
        """The stages that were requested last."""
        self.tracking = tracking_of(viewer)
        self.exporting = ResultExport(self.session, self)
        self.batch = LongWork(self)
        self._batch_folder = Path()
        self._batch_size = 0
        self.looking = Looking(self)
        self.looks = quick_looks_of(self.session)
        self._timing = NewestRequest()
        self._tick = QTimer(self)
        self._tick.setInterval(500)
        self._lay_out()
        self._explain()
        self._connect()
        self._follow_video()
        self._follow_run()

    def _lay_out(self) -> None:
        self.setMinimumWidth(NARROWEST)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        top = wide_form()
        video = QHBoxLayout()
        video.addWidget(self.video, stretch=1)
        video.addWidget(self.open)
        top.addRow("video", video)
        top.addRow("objects", self.objects)
        layout.addLayout(top)
        layout.addWidget(self.fault)
        layout.addWidget(self.channel)
        layout.addWidget(self.facts)
        font = self.track.font()
        font.setBold(True)
        self.track.setFont(font)
        self.track.setMinimumHeight(TALL)
        row = QHBoxLayout()
        row.addWidget(self.track, stretch=1)
        row.addWidget(self.several)
        layout.addLayout(row)
        layout.addWidget(self.bar)
        layout.addWidget(self.aside)
        _in_row(self.found, self.inspect, self.correct, self.export)
        layout.addWidget(self.found)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        layout.addWidget(line)
        title = QLabel("Better: learn from this video")
        title.setFont(font)
        layout.addWidget(title)
        layout.addWidget(self.promise)
        folder = wide_form()
        folder.addRow("output", self.run)
        layout.addLayout(folder)
        learning = QWidget()
        _in_row(learning, self.learn, self.everything)
        layout.addWidget(learning)
        layout.addWidget(self.steps_question)
        layout.addStretch(1)
        fill_with_page(self, content)

    def _explain(self) -> None:
        for button, meaning in (
            (self.track, "Outline and track all objects; the shown frame comes first."),
            (
                self.several,
                "Choose files that are tracked one after the other with the same "
                "model; the results are written to a folder beside them.",
            ),
            (self.channel, "Go to the step Video, where this is chosen."),
            (self.inspect, "Show the table of tracks, the lineage tree and plots."),
            (self.correct, "Review what deserves a look, and correct tracks."),
            (self.export, "Write a Cell Tracking Challenge folder, tables and a card."),
            (
                self.learn,
                "Fit the microscope and train the network; then press Track again.",
            ),
            (
                self.everything,
                "Learn from this video, then track it; all files are in the output "
                "folder.",
            ),
        ):
            button.setToolTip(meaning)

    def _connect(self) -> None:
        self.track.clicked.connect(self._track)
        self.channel.clicked.connect(lambda: self.step_requested.emit("Video"))
        self.inspect.clicked.connect(lambda: self.step_requested.emit("Track"))
        self.correct.clicked.connect(lambda: self.step_requested.emit("Correct"))
        self.export.clicked.connect(self._export)
        self.several.clicked.connect(self._track_several)
        self.learn.clicked.connect(lambda: self._learn(NETWORK.before + NETWORK.stages))
        self.everything.clicked.connect(
            lambda: self._learn(tuple(stage.name for stage in STAGES))
        )
        self.steps_question.answered.connect(lambda: self._learn(self._stages))
        self.steps_question.failed.connect(self.bar.say)
        self.objects.activated.connect(self._choose_objects)
        self.bar.cancel.clicked.connect(self._cancel)
        self.run.reported.connect(self.bar.say)
        self.exporting.progressed.connect(self.bar.advance)
        self.exporting.failed.connect(self.bar.say)
        self.exporting.returned.connect(self._report_export)
        self.exporting.ended.connect(self._end)
        self.batch.happened.connect(self._follow_batch)
        self.batch.progressed.connect(self._advance)
        self.batch.failed.connect(self.bar.say)
        self.batch.stopped.connect(self._report_canceled)
        self.batch.returned.connect(self._report_batch)
        self.batch.ended.connect(self._end)
        self.opening.failed.connect(self.bar.say)
        self.opening.said.connect(self.bar.say)
        self.opening.changed.connect(self._show_opening)
        self.looking.looked.connect(self._take_look)
        self._timing.delivered.connect(self._take_seconds)
        self._tick.timeout.connect(self._show_progress)
        work, connections = self.session.work, Connections(self)
        for signal, slot in (
            (self.video.chosen, self._follow_video),
            (self.looks.found, self._take_objects),
            (self.looks.failed, self._say_facts),
            (self.session.run_changed, self._follow_run),
            (self.session.recipe_changed, self._show_choice),
            (self.session.result.changed, self._show_buttons),
            (self.tracking.began, self._begin),
            (self.tracking.progressed, self._advance),
            (self.tracking.failed, self.bar.say),
            (self.tracking.stopped, self._report_canceled),
            (self.tracking.tracked, self.bar.say),
            (self.tracking.ended, self._end),
            (work.began, self._begin),
            (work.failed, self.bar.say),
            (work.stopped, self._report_saved),
            (work.done, self._report_learned),
            (work.ended, self._end_run),
        ):
            connections.add(signal, slot)

    def on_undock(self) -> None:
        """Stop looking, tracking and exporting; a run continues."""
        self._tick.stop()
        self._timing.close()
        self.looking.stop()
        self.opening.stop()
        self.exporting.stop()
        self.batch.stop()
        self.tracking.abandon()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Stay narrow for the sake of the canvas."""
        return QSize(NARROWEST, super().sizeHint().height())

    def _follow_video(self) -> None:
        """Look at another video; its file is read in a thread."""
        self._timing.close()
        self._say_facts("")
        self._promise(None)
        self.looking.ask(self.session.layer)

    def _take_look(self, look: Look) -> None:
        """Say what has to be done before the video can be tracked, or look closer."""
        layer, fault = self.session.layer, look.fault
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        self.channel.setVisible(layer is not None and bool(fault))
        if layer is not None and not fault and not self.looking.is_reading:
            self.run.line.setPlaceholderText(str(proposed_run(layer)))
            self._look()
        self._show_buttons()

    def _look(self) -> None:
        """Recognize the objects in the background."""
        if self.looks.look is not None:
            self._take_objects(self.looks.look)
            return
        self._say_facts("Looking at the video…")
        self.looks.ask()

    def _take_objects(self, look: QuickLook) -> None:
        """Say what the video shows, and find out how long learning takes."""
        self._say_facts(look.match.sentence())
        try:
            video = layer_video(self.session.layer)
        except AsistError:
            return
        recipe = self.session.recipe
        self._timing.ask(_timed(video, look.match.radius, recipe))

    def _take_seconds(self, number: int, seconds: float) -> None:
        if number == self._timing.newest:
            self._promise(seconds)

    def _promise(self, seconds: float | None) -> None:
        """Say what learning does, and how long it takes: infinitely if not known."""
        known = ""
        if seconds is not None and seconds < np.inf:
            known = f" It takes {about(seconds)} on this computer."
        elif seconds is not None:
            known = (
                " With the chosen preset, it takes hours; the time left is shown once "
                "training runs."
            )
        self.promise.setText(PROMISE + known)

    def _say_facts(self, sentence: str) -> None:
        self.facts.setText(sentence)
        self.facts.setVisible(bool(sentence))

    def _choose_objects(self) -> None:
        """Note the kind of objects in the recipe, for Learn from this video."""
        chosen, recipe = self.objects.value(), self.session.recipe
        if chosen != LEARNED and recipe.simulation is None:
            kind = KIND_OF.get(chosen)
            estimate = recipe.estimate.changed(simulator=kind)
            self.session.set_recipe(recipe.changed(estimate=estimate.model_dump()))
        self.bar.say(NO_MODEL if chosen == OTHER else "")
        self._show_buttons()

    def _show_choice(self) -> None:
        """Show the kind of objects that another step has chosen."""
        if self.objects.value() not in (LEARNED, OTHER):
            recipe = self.session.recipe
            settings = recipe.simulation
            kind = settings.kind if settings else recipe.estimate.simulator
            names = {value: name for name, value in KIND_OF.items()}
            self.objects.set_value(names[kind] if kind else RECOGNIZED)
        self._show_buttons()

    def _follow_run(self) -> None:
        """Offer and choose what the run has learned."""
        run = self.session.run
        place = self.objects.findText(LEARNED)
        is_learned = run is not None and has_model(run)
        if is_learned and place < 0:
            self.objects.insertItem(0, LEARNED)
            self.objects.set_value(LEARNED)
        elif not is_learned and place >= 0:
            self.objects.removeItem(place)
            self.objects.set_value(RECOGNIZED)
            self._show_choice()
        self._show_buttons()

    def _model(self) -> Path | None:
        """Return the model for the chosen objects; None to recognize them."""
        chosen = self.objects.value()
        if chosen == LEARNED and self.session.run is not None:
            return self.session.run
        kind = KIND_OF.get(chosen)
        return pretrained_weights(model_for(kind)) if kind else None

    def _track(self) -> None:
        self.bar.say("")
        try:
            self.tracking.start(self._model(), look=self.looks.look)
        except AsistError as error:
            self.bar.say(str(error))

    def _track_several(self) -> None:
        """Ask for videos, and track them into a folder beside them."""
        layer = self.session.layer
        known = layer_path(layer) if layer is not None else None
        start = str(known.parent if known is not None else Path.home())
        title = "Videos to track"
        chosen, _ = QFileDialog.getOpenFileNames(self, title, start, VIDEO_FILES)
        if not chosen:
            return
        paths = [Path(one) for one in chosen]
        self._batch_folder = paths[0].parent / BATCH
        self._batch_size = len(paths)
        try:
            stop = StopFlag()
            path = self._model()
            model = self.session.recipe if path is None else Model.load(path)
            work = tracking_batch(paths, None, model, self._batch_folder, stop)
            self.batch.start(work, "ASIST several videos", stop)
            self._begin()
        except AsistError as error:
            self.bar.say(str(error))

    def _follow_batch(self, event: object) -> None:
        if isinstance(event, Note) and event.stage == BATCH_STAGE:
            self.bar.say(event.message)

    def _report_batch(self, failures: list[Failure]) -> None:
        done = self._batch_size - len(failures)
        said = f"{done} of {self._batch_size} videos tracked in {self._batch_folder}."
        if failures:
            first = failures[0]
            said += f" {first.video.name} was left out: {first.why}"
        if len(failures) > 1:
            said += f" And {len(failures) - 1} more."
        self.bar.say(said)

    def _learn(self, stages: tuple[str, ...]) -> None:
        self._stages = stages
        self.steps_question.hide()
        try:
            if self.session.run is None:
                assert self.session.layer is not None
                self.run.take(proposed_run(self.session.layer))
            if self.session.run is None:
                return
            changed = changed_steps(self.session.run, self.session.recipe, stages)
            if changed is not None:
                self.steps_question.ask(self.session.run, changed)
                return
            start_training(self.session, stages)
        except AsistError as error:
            self.bar.say(str(error))

    def _export(self) -> None:
        try:
            if self.exporting.ask_and_export(self):
                self._begin()
        except AsistError as error:
            self.bar.say(str(error))

    def _cancel(self) -> None:
        self.opening.stop()
        self.tracking.stop()
        self.exporting.stop()
        self.batch.stop()
        if self.session.work.is_running:
            self.session.work.stop()

    def _begin(self) -> None:
        guard_window(self, self.session.work)
        self.bar.begin()
        if self.session.work.is_running:
            self._tick.start()
        self._show_buttons()

    def _show_opening(self) -> None:
        if self.opening.is_busy:
            self._begin()
        else:
            self._end()

    def _advance(self, stage: str, done: int, total: int) -> None:
        if not self.session.work.is_running:
            self.bar.advance(stage, done, total)

    def _show_progress(self) -> None:
        """Show what a run does, and how long it takes."""
        state = self.session.work.state
        if not self.session.work.is_running:
            self._tick.stop()
            return
        said = ". ".join(filter(None, (state.headline(), state.outlook())))
        self.bar.say(f"{said}.")
        self.bar.progress.setRange(0, state.total)
        self.bar.progress.setValue(state.done)

    def _end(self) -> None:
        works = (self.tracking, self.exporting, self.batch)
        if not (any(work.is_running for work in works) or self.opening.is_busy):
            self._tick.stop()
            self.bar.end()
        self._show_buttons()

    def _end_run(self) -> None:
        self._follow_run()
        self._end()

    def _show_buttons(self) -> None:
        layer, work = self.session.layer, self.session.work
        is_known = not (self.fault.text() or self.looking.is_reading)
        is_video = layer is not None and is_known
        is_mine = self.tracking.is_running or self.batch.is_running
        is_busy = is_mine or bool(work.elsewhere)
        self.track.setEnabled(
            is_video and not is_busy and self.objects.value() != OTHER
        )
        self.several.setEnabled(not is_busy and self.objects.value() != OTHER)
        for button in (self.learn, self.everything):
            button.setEnabled(is_video and not is_busy)
        self.run.setEnabled(not work.is_running)
        self.found.setVisible(self.session.result.video is not None)

    def _report_canceled(self) -> None:
        self.bar.say("Canceled.")

    def _report_saved(self) -> None:
        self.bar.say("Saved. Press the button again to resume, now or another day.")

    def _report_learned(self, folder: object) -> None:
        if set(self.session.work.stages) & set(NETWORK.stages):
            self._follow_run()
            self.bar.say("Learned. Press Track to use what was learned.")

    def _report_export(self, result: Path) -> None:
        self.bar.say(exported(result))


def _timed(video: Video, radius: float, recipe: Recipe) -> Iterator[float]:
    seconds = learning_seconds(video, radius, recipe)
    yield np.inf if seconds is None else seconds


def _paragraph() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label


def _in_row(widget: QWidget, *buttons: QPushButton) -> None:
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    for button in buttons:
        row.addWidget(button, stretch=1)
