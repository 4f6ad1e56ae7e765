"""Form for one section of the session's recipe."""

from collections.abc import Mapping
from typing import Any

from qtpy.QtWidgets import QWidget

from napari_asist.plugin.forms.settings_form import SettingsForm
from napari_asist.plugin.session import Session
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.workflow.recipe import Engine


class SectionForm(SettingsForm):
    """Writes its settings to the session's recipe, and shows changes made elsewhere.

    Parameters
    ----------
    session : Session
    section : str or mapping of str to str
        Name of the recipe's section, or the sections by engine.
    parent : QWidget, optional
    """

    def __init__(
        self,
        session: Session,
        section: str | Mapping[Engine, str],
        parent: QWidget | None = None,
    ) -> None:
        first = _named(section, session.recipe.engine)
        super().__init__(getattr(session.recipe, first), parent)
        self._session, self._sections = session, section
        self.changed.connect(self._give)
        Connections(self).add(session.recipe_changed, self._follow)

    @property
    def engine(self) -> Engine:
        """The engine whose section is shown, if each has its own."""
        return self._session.recipe.engine

    @property
    def section(self) -> str:
        """Name of the section that is shown."""
        return _named(self._sections, self.engine)

    def lock(self, is_locked: bool) -> None:
        """Lock the fields while the settings are in use, or unlock them."""
        self.model.setEnabled(not is_locked)

    def _give(self, settings: Any) -> None:
        recipe = self._session.recipe
        self._session.set_recipe(
            recipe.changed(**{self.section: settings.model_dump()})
        )

    def _follow(self) -> None:
        settings = getattr(self._session.recipe, self.section)
        if settings != self.value:  # otherwise the user may still be typing
            self.set_value(settings)


def _named(section: str | Mapping[Engine, str], engine: Engine) -> str:
    return section if isinstance(section, str) else section[engine]
