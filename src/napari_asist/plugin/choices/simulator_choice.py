"""What the video's objects look like, where the user knows better than the proposal."""

from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.session import Session
from napari_asist.workflow.recipe import SimulatorKind

NAMES: dict[str, SimulatorKind | None] = {
    "proposed from the video": None,
    "nuclei": "hela",
    "sticks": "microvilli",
}
"""What the panel calls the objects, and the simulator that draws such."""

MEANING = (
    "Nuclei are about as wide as long; sticks, such as rod-like cells and microvilli, "
    "are not. A run proposes one from the video, and says why."
)
STATED = (
    "The step Simulate has settings of this simulator, which are taken as they are."
)


class SimulatorChoice(ChoiceField):
    """Nuclei, sticks, or whatever the video proposes.

    Parameters
    ----------
    session : Session
        Whose recipe is changed.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(list(NAMES), MEANING)
        self._session = session
        self.changed.connect(self._give)
        session.recipe_changed.connect(self.show_recipe)
        self.show_recipe()

    def show_recipe(self) -> None:
        """Show what the session's recipe states, or that it leaves it to the video."""
        recipe = self._session.recipe
        is_open = recipe.simulation is None
        kind = recipe.simulation.kind if recipe.simulation else None
        kind = recipe.estimate.simulator if is_open else kind
        self.set_value(next(name for name, one in NAMES.items() if one == kind))
        self.setEnabled(is_open)
        self.setToolTip(MEANING if is_open else STATED)

    def close_choice(self) -> None:
        """Let the session go."""
        self._session.recipe_changed.disconnect(self.show_recipe)

    def _give(self) -> None:
        recipe = self._session.recipe
        estimate = recipe.estimate.changed(simulator=NAMES[self.value()])
        self._session.set_recipe(recipe.changed(estimate=estimate.model_dump()))
