"""The kind of the video's objects, for users who want to override the proposal."""

from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.session import Session
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.simulation.settings import SimulatorKind, simulators

PROPOSED = "proposed from the video"
STATED = "The settings for this simulator from the Simulate step are used unchanged."


def meaning() -> str:
    """Return an explanation of the choice for its tooltip."""
    kinds = [f"{model.noun} are {model.appearance}" for model in simulators().values()]
    text = "; ".join(kinds)
    return (
        f"{text[:1].upper()}{text[1:]}. A run proposes a simulator from the video and "
        "says why."
    )


class SimulatorChoice(ChoiceField):
    """Nuclei, sticks, or whatever is proposed from the video.

    Parameters
    ----------
    session : Session
        The session whose recipe is changed.
    """

    def __init__(self, session: Session) -> None:
        self._kinds: dict[str, SimulatorKind | None] = {PROPOSED: None}
        self._kinds |= {model.noun: kind for kind, model in simulators().items()}
        super().__init__(list(self._kinds), meaning())
        self._session = session
        self.changed.connect(self._give)
        Connections(self).add(session.recipe_changed, self.show_recipe)
        self.show_recipe()

    def show_recipe(self) -> None:
        """Show the choice in the session's recipe, or that the video determines it."""
        recipe = self._session.recipe
        is_open = recipe.simulation is None
        kind = recipe.simulation.kind if recipe.simulation else None
        kind = recipe.estimate.simulator if is_open else kind
        self.set_value(next(name for name, one in self._kinds.items() if one == kind))
        self.setEnabled(is_open)
        self.setToolTip(meaning() if is_open else STATED)

    def _give(self) -> None:
        recipe = self._session.recipe
        estimate = recipe.estimate.changed(simulator=self._kinds[self.value()])
        self._session.set_recipe(recipe.changed(estimate=estimate.model_dump()))
