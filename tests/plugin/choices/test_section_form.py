"""A section's form and the session's recipe stay in sync."""

from typing import Any

import pytest
from napari.components import ViewerModel

from napari_asist.plugin.choices.section_form import SectionForm
from napari_asist.plugin.session import Session, session_of
from napari_asist.plugin.widgets.connections import release


@pytest.fixture
def session(qapp: Any) -> Session:
    return session_of(ViewerModel())


@pytest.fixture
def form(session: Session, qtbot: Any) -> SectionForm:
    form = SectionForm(session, "embedding")
    qtbot.addWidget(form)
    return form


def test_typed_values_enter_the_recipe(session: Session, form: SectionForm) -> None:
    before = session.recipe
    batch = form.model.fields["batch"]
    batch.set_value(3)
    batch.changed.emit()
    changed = before.embedding.model_dump() | {"batch": 3}
    assert session.recipe == before.changed(embedding=changed)


def test_shows_changes_made_elsewhere(session: Session, form: SectionForm) -> None:
    changed = session.recipe.embedding.changed(batch=3)
    session.set_recipe(session.recipe.changed(embedding=changed.model_dump()))
    assert form.value == changed
    release(form)
    session.set_recipe(session.recipe.changed(seed=session.recipe.seed + 1))
    other = changed.changed(batch=2)
    session.set_recipe(session.recipe.changed(embedding=other.model_dump()))
    assert form.value == changed


def test_unfinished_typing_is_kept(session: Session, form: SectionForm) -> None:
    batch = form.model.fields["batch"]
    batch.set_value(0)
    batch.changed.emit()
    assert not form.is_valid
    session.set_recipe(session.recipe.changed(seed=session.recipe.seed + 1))
    assert not form.is_valid
