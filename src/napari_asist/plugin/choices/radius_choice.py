"""The size of the video's objects, where the user knows better than the estimate."""

from pydantic import ValidationError
from qtpy.QtCore import Signal

from napari_asist.plugin.forms.facts import facts_of
from napari_asist.plugin.forms.numbers import NumberField
from napari_asist.plugin.session import Session
from napari_asist.resampling import ScaleSettings
from napari_asist.settings import explain

FIELD = "object_radius"
ESTIMATED = "estimated"


class RadiusChoice(NumberField):
    """A number of pixels that may be left out; then a run estimates it.

    Parameters
    ----------
    session : Session
        Whose recipe is changed.
    """

    told = Signal(str)
    """What is wrong with what was typed, or nothing."""

    def __init__(self, session: Session) -> None:
        super().__init__(facts_of(ScaleSettings.model_fields[FIELD]), is_whole=False)
        self._session = session
        self.lineEdit().setPlaceholderText(ESTIMATED)
        self.changed.connect(self._give)
        session.recipe_changed.connect(self.show_recipe)
        self.show_recipe()

    def show_recipe(self) -> None:
        """Show the radius that the session's recipe states, if any."""
        radius = self._session.recipe.scale.object_radius
        if radius != self._typed():  # else it may be what is being typed
            self.set_value(radius)

    def set_value(self, value: float | None) -> None:
        """Show a number or none, without a signal."""
        if value is None:
            self.lineEdit().clear()
        else:
            super().set_value(value)

    def close_choice(self) -> None:
        """Let the session go."""
        self._session.recipe_changed.disconnect(self.show_recipe)

    def _typed(self) -> int | float | str | None:
        return self.value() if self.text().strip() else None

    def _give(self) -> None:
        try:
            scale = ScaleSettings.model_validate({FIELD: self._typed()})
        except ValidationError as error:
            self.told.emit(f"{explain(error)}.")
            return
        self.told.emit("")
        self._session.set_recipe(self._session.recipe.changed(scale=scale.model_dump()))
