"""The "Simulate" panel: settings, their preview over a video, label videos."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari import Viewer
from napari.layers import Image
from qtpy.QtCore import QSignalBlocker
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_asist.errors import AsistError
from napari_asist.plugin.choices.layer_choice import LayerChoice
from napari_asist.plugin.forms.facts import facts_of
from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.forms.numbers import NumberField
from napari_asist.plugin.forms.settings_form import SettingsForm
from napari_asist.plugin.layers.video_layers import frame_size
from napari_asist.plugin.preferences import preferences
from napari_asist.plugin.simulate.detected_outlines import DetectedOutlines
from napari_asist.plugin.simulate.frame_preview import SyntheticCheckBox
from napari_asist.plugin.simulate.jobs import SimulatorWork
from napari_asist.plugin.simulate.label_preview import PreviewPlayer
from napari_asist.plugin.simulate.quick_looks import quick_looks_of
from napari_asist.plugin.simulate.recipe_files import (
    load_chosen,
    recipe_with,
    save_chosen,
)
from napari_asist.plugin.simulate.starting_points import (
    FormFilling,
    readable,
    sized,
)
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.panel import Panel
from napari_asist.plugin.widgets.status_bar import WorkBar
from napari_asist.simulation.settings import NucleiSettings, simulators
from napari_asist.workflow.annotations import annotation_seed
from napari_asist.workflow.estimate.match import VideoMatch
from napari_asist.workflow.recipe import Recipe

if TYPE_CHECKING:
    from napari_asist.workflow.quick_look import QuickLook

NARROWEST = 330

MARGIN = 8


class SimulatorPanel(Panel):
    """Lets the user tune the simulator over the real video, and writes label videos.

    Video, seed and settings are those of the viewer's session. Settings are added to
    its recipe once the user has chosen some; until then, a run estimates them.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        nouns = [model.noun for model in simulators().values()]
        self.simulator = ChoiceField(nouns, "What to simulate.")
        self.start = ChoiceField([], "Fill the form with settings to start from.")
        self.video = LayerChoice(viewer)
        self.match = QPushButton("Match my video")
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.summary.hide()
        self.form = SettingsForm(NucleiSettings())
        self.filling = FormFilling(self.simulator, self.start, self.form, self)
        self.seed = NumberField(facts_of(Recipe.model_fields["seed"]), is_whole=True)
        self.live = QCheckBox("live preview")
        self.simulate = QPushButton("Simulate…")
        self.load = QPushButton("Load recipe…")
        self.save = QPushButton("Save recipe…")
        self.bar = WorkBar()
        self.player = PreviewPlayer(viewer, self)
        self.synthetic = SyntheticCheckBox(viewer, self.session, self.player)
        self.looks = quick_looks_of(self.session)
        self.detected = DetectedOutlines(viewer, self)
        self._matched: Image | None = None
        self._taken: QuickLook | None = None
        self.work = SimulatorWork(self.bar, (self.match, self.simulate), self)
        self._lay_out()
        self.live.setChecked(preferences().preview)
        self._connect()
        self._take_recipe()
        self._take_video()

    def _lay_out(self) -> None:
        self.setMinimumWidth(NARROWEST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        top = QFormLayout()
        top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        top.addRow("simulator", self.simulator)
        top.addRow("start from", self.start)
        top.addRow("video", self.video)
        layout.addLayout(top)
        layout.addWidget(self.match)
        layout.addWidget(self.summary)
        layout.addWidget(self.form, stretch=1)
        layout.addLayout(_row(QLabel("seed"), self.seed))
        ticks = _row(self.live, self.synthetic)
        ticks.addStretch(1)
        layout.addLayout(ticks)
        layout.addWidget(self.bar)
        layout.addLayout(_row(self.simulate, self.load, self.save))
        self._explain()

    def _explain(self) -> None:
        for widget, meaning in (
            (
                self.match,
                "Measure some frames of the video, outline what was detected, and "
                "choose the settings that match it.",
            ),
            (self.live, "Show the simulated labels over the video."),
            (self.simulate, "Write label videos to a folder."),
            (self.load, "Load the settings from a recipe."),
            (
                self.save,
                "Save the settings as a recipe, which the command line can use too.",
            ),
        ):
            widget.setToolTip(meaning)

    def _connect(self) -> None:
        connections = Connections(self)
        connections.add(self.session.recipe_changed, self._take_recipe)
        connections.add(self.looks.found, self._take_look)
        connections.add(self.looks.failed, self._summarize)
        self.filling.begun.connect(self._begin)
        self.video.chosen.connect(self._take_video)
        self.match.clicked.connect(self._match)
        self.form.changed.connect(self._follow)
        self.seed.changed.connect(self._follow)
        self.live.toggled.connect(self._switch_preview)
        self.simulate.clicked.connect(self._choose_folder)
        self.load.clicked.connect(self._load)
        self.save.clicked.connect(self._save)
        self.player.failed.connect(self.bar.say)
        self.player.removed.connect(lambda: self.live.setChecked(False))
        self.synthetic.failed.connect(self.bar.say)
        self.synthetic.toggled.connect(lambda on: on and self.live.setChecked(True))
        self.work.matched.connect(self._take_match)

    @property
    def settings(self) -> Any:
        """The simulator settings in the form, the last valid ones."""
        return self.form.value

    def current_recipe(self) -> Recipe:
        """Return the session's recipe with the panel's seed and settings.

        Raises
        ------
        AsistError
            Something in the form is invalid.
        """
        recipe = recipe_with(self.session.recipe, self.seed.value(), self.settings)
        if not self.form.is_valid:
            raise AsistError(self.form.error.text())
        return recipe

    def preview(self) -> None:
        """Show the settings soon, if the live preview is on."""
        if not self.live.isChecked():
            return
        try:
            recipe = self.current_recipe()
        except AsistError as error:
            if self.form.is_valid:
                self.bar.say(str(error))
            return
        layer = self.video.layer
        below = layer if layer is not None and layer.ndim == 3 else None
        self.player.ask(self.settings, annotation_seed(recipe.seed), below)

    def publish(self) -> bool:
        """Pass the panel's values to the session, and return whether they are valid."""
        try:
            self.session.set_recipe(self.current_recipe())
        except AsistError as error:
            self.bar.say(str(error))
            return False
        return True

    def on_undock(self) -> None:
        """Stop the previews and any task in progress."""
        self.work.stop()
        self.player.stop()
        self.synthetic.player.stop()
        self.detected.remove()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Look quickly at the video, so that the first preview resembles it."""
        super().showEvent(event)
        self._ask_for_look()

    def _ask_for_look(self) -> None:
        if not self.isVisible():
            return
        self.looks.ask()
        if self.looks.look is not None:  # another panel may have asked
            self._take_look(self.looks.look)

    def _take_look(self, look: "QuickLook") -> None:
        """Show settings that match the video, unless the user has chosen any."""
        if look is self._taken or not self.isVisible():
            return
        self._taken = look
        self._summarize(look.match.sentence())
        if self.session.recipe.simulation is not None or not self.form.is_valid:
            return
        with QSignalBlocker(self.form):
            self.filling.fill(readable(look.match.simulator))
        self.preview()
        if self.live.isChecked():
            self.synthetic.setChecked(True)

    def _summarize(self, text: str) -> None:
        self.summary.setText(text)
        self.summary.setVisible(bool(text))

    def _follow(self) -> None:
        """Show the changed settings; an earlier message no longer applies."""
        self.bar.say("")
        if self.publish():
            self.preview()

    def _take_recipe(self) -> None:
        """Show what another panel or a file has changed."""
        recipe = self.session.recipe
        if recipe.seed != self.seed.value():
            self.seed.set_value(recipe.seed)
            self.preview()
        if recipe.simulation is not None and recipe.simulation != self.settings:
            self.filling.fill(recipe.simulation)
        self._ask_for_look()

    def _take_video(self) -> None:
        self.bar.say("")
        self._summarize("")
        self.detected.remove()
        self._fit_to_video()
        self.preview()
        self._ask_for_look()

    def _fit_to_video(self) -> None:
        """Give the simulated frames the size of the video's frames."""
        layer = self.video.layer
        if layer is None:
            return
        with QSignalBlocker(self.form):
            try:
                self.form.set_value(sized(self.settings, frame_size(layer)))
            except AsistError as error:
                self.bar.say(str(error))
        if self.session.recipe.simulation is not None:
            self.publish()

    def _begin(self) -> None:
        self._fit_to_video()
        self._follow()

    def _match(self) -> None:
        try:
            recipe = self.current_recipe()
        except AsistError as error:
            self.bar.say(str(error))
            return
        self._matched = self.video.layer
        self.work.match(self._matched, self.settings, recipe)

    def _take_match(self, match: VideoMatch) -> None:
        self.filling.fill(readable(match.settings))
        self.publish()
        self._summarize(match.summary())
        if self._matched is not None and self._matched is self.video.layer:
            self.detected.show_match(match, self._matched)

    def _switch_preview(self, is_on: bool) -> None:
        if is_on:
            self.preview()
        else:
            self.player.stop()

    def _choose_folder(self) -> None:
        title = "Folder for the label videos"
        folder = QFileDialog.getExistingDirectory(self, title)
        if folder and self.publish():
            self.work.simulate(self.session.recipe, Path(folder))

    def _load(self) -> None:
        if message := load_chosen(self, self.session):
            self.bar.say(message)

    def _save(self) -> None:
        if self.publish() and (message := save_chosen(self, self.session)):
            self.bar.say(message)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row
