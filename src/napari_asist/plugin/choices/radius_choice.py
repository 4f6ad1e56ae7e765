"""The size of the video's objects, for users who want to override the estimate."""

from pydantic import ValidationError
from qtpy.QtCore import Signal

from napari_asist.plugin.forms.facts import facts_of
from napari_asist.plugin.forms.numbers import NumberField
from napari_asist.plugin.session import Session
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.resampling import ScaleSettings
from napari_asist.settings import explain

FIELD = "object_radius"
ESTIMATED = "estimated"


class RadiusChoice(NumberField):
    """A number of pixels; if left empty, a run estimates it.

    Parameters
    ----------
    session : Session
        The session whose recipe is changed.
    """

    reported = Signal(str)
    """What is wrong with the typed text; empty if it is valid."""

    def __init__(self, session: Session) -> None:
        super().__init__(facts_of(ScaleSettings.model_fields[FIELD]), is_whole=False)
        self._session = session
        self.lineEdit().setPlaceholderText(ESTIMATED)
        self.changed.connect(self._give)
        Connections(self).add(session.recipe_changed, self.show_recipe)
        self.show_recipe()

    def show_recipe(self) -> None:
        """Show the radius in the session's recipe, if any."""
        radius = self._session.recipe.scale.object_radius
        if radius != self._typed():  # otherwise the user may still be typing
            self.set_value(radius)

    def set_value(self, value: float | None) -> None:
        """Show a number or none, without emitting a signal."""
        if value is None:
            self.lineEdit().clear()
        else:
            super().set_value(value)

    def _typed(self) -> int | float | str | None:
        return self.value() if self.text().strip() else None

    def _give(self) -> None:
        try:
            scale = ScaleSettings.model_validate({FIELD: self._typed()})
        except ValidationError as error:
            self.reported.emit(f"{explain(error)}.")
            return
        self.reported.emit("")
        self._session.set_recipe(self._session.recipe.changed(scale=scale.model_dump()))
