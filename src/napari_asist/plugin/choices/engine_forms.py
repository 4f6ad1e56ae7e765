"""Forms for the network and for tracking, which differ by engine."""

from qtpy.QtWidgets import QFormLayout

from napari_asist.plugin.choices.section_form import SectionForm
from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.session import Session
from napari_asist.workflow.recipe import NETWORK_OF, TRACKING_OF, Engine, Recipe

NAMES: dict[str, Engine] = {
    "compact (depth)": "depth",
    "recurrent hourglass (RSHN)": "rshn",
}
"""The engines' names in the panels, and in recipes."""

MEANING = (
    "The network that outlines and tracks the objects. The compact one trains in "
    "minutes; the published recurrent hourglass network (RSHN) takes far longer."
)


class NetworkForm(SectionForm):
    """The choice of the network to train, with its settings below.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session, NETWORK_OF)
        self.network = ChoiceField(list(NAMES), MEANING)
        row = QFormLayout()
        row.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        row.addRow("network", self.network)
        self.add_above(row)
        self.network.changed.connect(self._choose)
        self._show_engine()

    def lock(self, is_locked: bool) -> None:
        """Lock all fields while the network is trained, or unlock them."""
        super().lock(is_locked)
        self.network.setEnabled(not is_locked)

    def _choose(self) -> None:
        engine = NAMES[self.network.value()]
        self._session.set_recipe(self._session.recipe.changed(engine=engine))

    def _follow(self) -> None:
        self._show_engine()
        super()._follow()

    def _show_engine(self) -> None:
        name = next(name for name, one in NAMES.items() if one == self.engine)
        self.network.set_value(name)


class TrackingForm(SectionForm):
    """The tracking settings for the engine of the model, or of the recipe.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session, TRACKING_OF)
        self._model_engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The engine of the model or, without one, of the recipe."""
        return self._model_engine or super().engine

    def show_model(self, recipe: Recipe | None) -> None:
        """Show the tracking settings that belong to a model.

        Parameters
        ----------
        recipe : Recipe or None
            The model's recipe; None if there is no model.
        """
        self._model_engine = None if recipe is None else recipe.engine
        shown = self._session.recipe if recipe is None else recipe
        self.set_value(getattr(shown, self.section))
