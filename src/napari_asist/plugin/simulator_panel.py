"""The panel "Simulator": settings, their preview over a video, annotation videos."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from napari import Viewer
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QCheckBox, QFileDialog, QPushButton, QWidget

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag
from napari_asist.plugin.form_choices import ChoiceField
from napari_asist.plugin.form_facts import facts_of
from napari_asist.plugin.form_numbers import NumberField
from napari_asist.plugin.forms import SettingsForm
from napari_asist.plugin.layer_choice import LayerChoice
from napari_asist.plugin.long_work import LongWork
from napari_asist.plugin.preview_player import PreviewPlayer
from napari_asist.plugin.simulator_layout import lay_out
from napari_asist.plugin.simulator_start import (
    DEFAULTS,
    SIMULATORS,
    matching,
    sized,
    starting_points,
)
from napari_asist.plugin.video_layer import frame_size, layer_video
from napari_asist.plugin.work_bar import WorkBar
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.workflow.annotations import (
    annotation_seed,
    claim_folder,
    write_annotations,
)
from napari_asist.workflow.presets import DEFAULT_PRESET
from napari_asist.workflow.recipe import (
    Recipe,
    make_recipe,
    read_recipe,
    write_recipe,
)

RECIPES = "Recipes (*.yaml *.yml)"


class SimulatorPanel(QWidget):
    """Tunes the simulator by eye, over the real video, and writes annotation videos.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recipe = make_recipe(DEFAULT_PRESET)
        self.simulator = ChoiceField(list(SIMULATORS), "What is simulated.")
        self.start = ChoiceField([], "Fills the form with settings to start from.")
        self.video = LayerChoice(viewer)
        self.match = QPushButton("Match my video")
        self.form = SettingsForm(DEFAULTS["hela"])
        self.seed = NumberField(facts_of(Recipe.model_fields["seed"]), is_whole=True)
        self.live = QCheckBox("live preview")
        self.simulate = QPushButton("Simulate…")
        self.load = QPushButton("Load recipe…")
        self.save = QPushButton("Save recipe…")
        self.bar = WorkBar()
        self.player = PreviewPlayer(viewer, self)
        self.work = LongWork(self)
        lay_out(self)
        self._is_open = True
        self._then: Callable[[Any], None] = self._take_match
        self._show_starts()
        self.seed.set_value(self.recipe.seed)
        self.live.setChecked(True)
        self._connect()
        self._fit_to_video()
        self.preview()

    def _connect(self) -> None:
        self.simulator.changed.connect(self._change_simulator)
        self.start.activated.connect(self._take_start)
        self.video.chosen.connect(self._change_video)
        self.match.clicked.connect(self._match)
        self.form.changed.connect(self._follow)
        self.seed.changed.connect(self._follow)
        self.live.toggled.connect(self._switch_preview)
        self.simulate.clicked.connect(self._choose_folder)
        self.load.clicked.connect(self._choose_recipe)
        self.save.clicked.connect(self._choose_file)
        self.bar.cancel.clicked.connect(self.work.stop)
        self.player.failed.connect(self.bar.say)
        self.player.removed.connect(lambda: self.live.setChecked(False))
        self.work.progressed.connect(self.bar.advance)
        self.work.failed.connect(self.bar.say)
        self.work.stopped.connect(lambda: self.bar.say("Cancelled."))
        self.work.returned.connect(lambda result: self._then(result))
        self.work.ended.connect(self._unlock)

    @property
    def settings(self) -> Any:
        """The simulator's settings that the form has, the last valid ones."""
        return self.form.value

    def current_recipe(self) -> Recipe:
        """Return the recipe with the panel's seed and settings.

        Raises
        ------
        AsistError
            Something in the form is not valid.
        """
        seed = self.seed.value()
        if isinstance(seed, str) or not 0 <= seed < 2**32 or seed != int(seed):
            raise AsistError("The seed is a whole number from 0 to 4294967295.")
        if not self.form.is_valid:
            raise AsistError(self.form.error.text())
        values = dict(self.recipe) | {"seed": int(seed), "simulation": self.settings}
        return Recipe.model_validate(values)

    def preview(self) -> None:
        """Show the settings soon, where a preview is wanted."""
        if not self.live.isChecked():
            return
        try:
            recipe = self.current_recipe()
        except AsistError as error:
            if self.form.is_valid:
                self.bar.say(str(error))
            return
        seed = annotation_seed(recipe.seed)
        self.player.ask(self.settings, seed, self._video_below())

    def simulate_into(self, folder: Path) -> None:
        """Write annotation videos into a folder, with progress."""
        try:
            recipe = self.current_recipe()
            claim_folder(folder, recipe)
        except AsistError as error:
            self.bar.say(str(error))
            return
        stop = StopFlag()
        work = write_annotations(self.settings, recipe.seed, folder, stop)
        self._begin(work, "simulate", stop, self._tell_folders)

    def load_recipe(self, path: Path) -> None:
        """Take all settings from a recipe."""
        try:
            recipe = read_recipe(path)
            if recipe.simulation is None:
                raise AsistError(
                    f"{path.name} has no settings of a simulator; press Match my "
                    "video to estimate them."
                )
        except AsistError as error:
            self.bar.say(str(error))
            return
        self.recipe = recipe
        self.seed.set_value(recipe.seed)
        self._take_settings(recipe.simulation)
        self.start.setCurrentIndex(-1)
        self.preview()

    def save_recipe(self, path: Path) -> None:
        """Write all settings as a recipe, for the command line as well."""
        try:
            write_recipe(self.current_recipe(), path)
        except (AsistError, OSError) as error:
            self.bar.say(f"{path.name} is not saved: {error}")
            return
        self.bar.say(f"Saved as {path.name}.")

    def event(self, event: QEvent) -> bool:
        """Let the viewer go when the dock is closed."""
        is_undocked = event.type() == QEvent.Type.ParentChange and not self.parent()
        if is_undocked and self._is_open:
            self._is_open = False
            self.work.stop()
            self.player.close()
            self.video.close_choice()
        return bool(super().event(event))

    def _follow(self) -> None:
        """Show what has been changed; what was said before no longer counts."""
        self.bar.say("")
        self.preview()

    def _show_starts(self) -> None:
        self.start.clear()
        self.start.addItems(list(starting_points(self.settings.kind)))

    def _change_simulator(self) -> None:
        kind = SIMULATORS[self.simulator.value()]
        self._take_settings(DEFAULTS[kind])
        self._fit_to_video()

    def _take_start(self) -> None:
        self._take_settings(starting_points(self.settings.kind)[self.start.value()])
        self._fit_to_video()

    def _take_settings(self, settings: Any) -> None:
        is_other_kind = settings.kind != self.settings.kind
        names = {kind: name for name, kind in SIMULATORS.items()}
        self.simulator.set_value(names[settings.kind])
        self.form.set_value(settings)
        if is_other_kind:
            self._show_starts()

    def _change_video(self) -> None:
        self.bar.say("")
        self._fit_to_video()
        self.preview()

    def _fit_to_video(self) -> None:
        """Give the simulated frames the size of the video's."""
        layer = self.video.layer
        if layer is None:
            return
        try:
            self.form.set_value(sized(self.settings, frame_size(layer)))
        except AsistError as error:
            self.bar.say(str(error))

    def _video_below(self) -> Any:
        """Return the video's layer, None where it is no video that fits."""
        layer = self.video.layer
        return layer if layer is not None and layer.ndim == 3 else None

    def _match(self) -> None:
        try:
            work = matching(
                layer_video(self.video.layer), self.settings, self.current_recipe()
            )
        except AsistError as error:
            self.bar.say(str(error))
            return
        self._begin(work, "match my video", StopFlag(), self._take_match)

    def _begin(
        self, work: Any, title: str, stop: StopFlag, then: Callable[[Any], None]
    ) -> None:
        self._then = then
        for button in (self.match, self.simulate):
            button.setEnabled(False)
        self.bar.begin()
        self.work.start(work, title, stop)

    def _tell_folders(self, folders: list[Path]) -> None:
        self.bar.say(f"{len(folders)} videos are in {folders[0].parent}.")

    def _take_match(self, settings: SimulatorSettings) -> None:
        self._take_settings(settings)
        self.start.setCurrentIndex(-1)
        self.bar.say("The settings match the video.")

    def _unlock(self) -> None:
        self.bar.end()
        for button in (self.match, self.simulate):
            button.setEnabled(True)

    def _switch_preview(self, is_on: bool) -> None:
        if is_on:
            self.preview()
        else:
            self.player.stop()

    def _choose_folder(self) -> None:
        title = "Folder for the annotation videos"
        if folder := QFileDialog.getExistingDirectory(self, title):
            self.simulate_into(Path(folder))

    def _choose_recipe(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Load recipe", "", RECIPES)
        if path:
            self.load_recipe(Path(path))

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save recipe", "recipe.yaml", RECIPES
        )
        if path:
            self.save_recipe(Path(path))
