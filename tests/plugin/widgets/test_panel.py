"""A panel disconnects once, when it is removed from its dock and not before."""

from typing import Any

import pytest
from qtpy.QtWidgets import QStackedWidget, QWidget

from napari_asist.plugin.choices.section_form import SectionForm
from napari_asist.plugin.session import session_of
from napari_asist.plugin.widgets.panel import Panel
from napari_asist.workflow.recipe import Recipe


class Counted(Panel):
    """Counts how often it is undocked."""

    count = 0

    def on_undock(self) -> None:
        self.count += 1


@pytest.fixture
def viewer(make_napari_viewer_proxy: Any) -> Any:
    return make_napari_viewer_proxy()


def test_has_the_session_of_its_viewer(viewer: Any, qtbot: Any) -> None:
    panel = Panel(viewer)
    qtbot.addWidget(panel)
    assert panel.viewer is viewer
    assert panel.session is session_of(viewer)


@pytest.mark.parametrize("make", [QWidget, QStackedWidget])
def test_disconnects_once_without_a_parent(viewer: Any, qtbot: Any, make: Any) -> None:
    parents = [make(), make()]
    panel = Counted(viewer)
    for widget in (panel, *parents):
        qtbot.addWidget(widget)
    for parent in parents:
        panel.setParent(parent)
        assert panel.count == 0
    for parent in (None, parents[0], None):
        panel.setParent(parent)
        assert panel.count == 1


def test_disconnects_when_its_dock_is_closed(viewer: Any) -> None:
    panel = Counted(viewer)
    form = SectionForm(panel.session, "embedding", panel)
    dock = viewer.window.add_dock_widget(panel)
    panel.session.set_recipe(with_batch(panel.session.recipe, 3))
    assert form.value.batch == 3
    assert panel.count == 0
    viewer.window.remove_dock_widget(dock)
    assert panel.count == 1
    panel.session.set_recipe(with_batch(panel.session.recipe, 2))
    assert form.value.batch == 3


def with_batch(recipe: Recipe, batch: int) -> Recipe:
    changed = recipe.embedding.changed(batch=batch)
    return recipe.changed(embedding=changed.model_dump())
