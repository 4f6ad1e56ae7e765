"""The form of one section of the session's recipe."""

from typing import Any

from qtpy.QtWidgets import QWidget

from napari_asist.plugin.forms import SettingsForm
from napari_asist.plugin.session import Session


class SectionForm(SettingsForm):
    """Gives its settings to the session's recipe, and shows what others change there.

    Parameters
    ----------
    session : Session
    section : str
        Name of the recipe's section.
    parent : QWidget, optional
    """

    def __init__(
        self, session: Session, section: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(getattr(session.recipe, section), parent)
        self._session, self._section = session, section
        self.changed.connect(self._give)
        session.recipe_changed.connect(self._follow)

    def close_form(self) -> None:
        """Let the session go."""
        self._session.recipe_changed.disconnect(self._follow)

    def _give(self, settings: Any) -> None:
        recipe = self._session.recipe
        self._session.set_recipe(
            recipe.changed(**{self._section: settings.model_dump()})
        )

    def _follow(self) -> None:
        settings = getattr(self._session.recipe, self._section)
        if settings != self.value:  # else it may be what is being typed
            self.set_value(settings)
