"""Choice of a preset: what a run is for, and how long it may take."""

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.preferences import preferred
from napari_asist.plugin.session import Session
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.workflow.presets import PRESETS
from napari_asist.workflow.recipe import Recipe, make_recipe

OWN = "custom settings"
MEANINGS = {
    "laptop": "For two CPU cores and a few minutes: a compact network learns from new "
    "frames of the virtual microscope, fitted to the video.",
    "paper-small": "For two CPU cores and two hours: a small CycleGAN, for objects "
    "that the virtual microscope cannot draw.",
    "paper": "For a GPU and days: the published networks at their published sizes.",
    "demo": "For trying it out: like laptop, but with fewer steps, for a small video.",
    OWN: "Settings that differ from every preset.",
}


class PresetChoice(QWidget):
    """A list of presets, and a sentence about the recipe's preset.

    Parameters
    ----------
    session : Session
        The session whose recipe is set.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        names = [name for name in MEANINGS if name in PRESETS]
        self.list = ChoiceField(names, "Settings for all steps.")
        self.list.setPlaceholderText(OWN)
        self.meaning = QLabel()
        self.meaning.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        layout.addWidget(self.meaning)
        self.list.activated.connect(self._choose)
        Connections(self).add(session.recipe_changed, self.show_recipe)
        self.show_recipe()

    def show_recipe(self) -> None:
        """Show the preset of the session's recipe, or that it has none."""
        name = preset_of(self._session.recipe)
        self.list.setCurrentIndex(self.list.findText(name) if name else -1)
        self.meaning.setText(MEANINGS[name or OWN])

    def _choose(self, place: int) -> None:
        preset = self.list.itemText(place)
        self._session.set_recipe(with_preset(self._session.recipe, preset))
        self.show_recipe()


def with_preset(recipe: Recipe, preset: str) -> Recipe:
    """Return a preset's recipe, with the video-specific settings and seed of another.

    Parameters
    ----------
    recipe : Recipe
        Gives the simulation, which may be tuned by eye, and the object size.
    preset : str
        A name in `PRESETS`.
    """
    values = dict(preferred(make_recipe(preset)))
    kept = {"simulator": recipe.estimate.simulator}
    values["estimate"] = values["estimate"].changed(**kept)
    values |= {"seed": recipe.seed, "simulation": recipe.simulation}
    values["scale"] = recipe.scale
    return Recipe.model_validate(values)


def preset_of(recipe: Recipe) -> str | None:
    """Return the preset that matches a recipe's settings, or None."""
    return next((name for name in PRESETS if with_preset(recipe, name) == recipe), None)
