"""The kind of the video's objects, for users who want to override the proposal."""

from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.session import Session
from napari_asist.workflow.recipe import SimulatorKind

NAMES: dict[str, SimulatorKind | None] = {
    "proposed from the video": None,
    "nuclei": "hela",
    "sticks": "microvilli",
}
"""The objects' names in the panel, and the simulator for each."""

MEANING = (
    "Nuclei are about as wide as they are long; sticks, such as rod-like cells and "
    "microvilli, are not. A run proposes one from the video and says why."
)
STATED = "The settings for this simulator from the Simulate step are used unchanged."


class SimulatorChoice(ChoiceField):
    """Nuclei, sticks, or whatever the video proposes.

    Parameters
    ----------
    session : Session
        The session whose recipe is changed.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(list(NAMES), MEANING)
        self._session = session
        self.changed.connect(self._give)
        session.recipe_changed.connect(self.show_recipe)
        self.show_recipe()

    def show_recipe(self) -> None:
        """Show the choice in the session's recipe, or that the video determines it."""
        recipe = self._session.recipe
        is_open = recipe.simulation is None
        kind = recipe.simulation.kind if recipe.simulation else None
        kind = recipe.estimate.simulator if is_open else kind
        self.set_value(next(name for name, one in NAMES.items() if one == kind))
        self.setEnabled(is_open)
        self.setToolTip(MEANING if is_open else STATED)

    def close_choice(self) -> None:
        """Release the session."""
        self._session.recipe_changed.disconnect(self.show_recipe)

    def _give(self) -> None:
        recipe = self._session.recipe
        estimate = recipe.estimate.changed(simulator=NAMES[self.value()])
        self._session.set_recipe(recipe.changed(estimate=estimate.model_dump()))
