"""Forms show the section of the engine that a recipe, or a model, names."""

from typing import Any

import pytest
from napari.components import ViewerModel
from tiny import tiny_depth_recipe, tiny_recipe

from napari_asist.depth.settings import DepthSettings
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.plugin.choices.engine_forms import NetworkForm, TrackingForm
from napari_asist.plugin.choices.simulator_choice import SimulatorChoice
from napari_asist.plugin.session import Session, session_of
from napari_asist.plugin.widgets.connections import release
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.settings import TrackingSettings


@pytest.fixture
def session(qapp: Any) -> Session:
    return session_of(ViewerModel())


def shown(form: Any) -> Any:
    """Return the settings of a form, which may belong to different models."""
    return form.value


def choose(choice: Any, place: int) -> None:
    choice.setCurrentIndex(place)


def test_the_network_is_chosen(session: Session, qtbot: Any) -> None:
    form = NetworkForm(session)
    qtbot.addWidget(form)
    assert isinstance(shown(form), DepthSettings)
    choose(form.network, 1)
    assert session.recipe.engine == "rshn"
    assert isinstance(shown(form), EmbeddingSettings)
    batch = form.model.fields["batch"]
    batch.set_value(3)
    batch.changed.emit()
    assert session.recipe.embedding.batch == 3
    session.set_recipe(tiny_depth_recipe())
    assert form.network.value() == "compact (depth)"
    assert shown(form) == session.recipe.depth
    form.lock(True)
    assert not form.network.isEnabled()
    release(form)


def test_channels_and_scenes_are_typed(session: Session, qtbot: Any) -> None:
    form = NetworkForm(session)
    qtbot.addWidget(form)
    channels: Any = form.model.fields["channels"]
    channels.setText("8, 16")
    channels.textEdited.emit("8, 16")
    assert session.recipe.depth.channels == (8, 16)
    kept: Any = form.model.fields["scenes"]
    kept.fields["kept"].set_value(5)
    kept.fields["kept"].changed.emit()
    assert session.recipe.depth.scenes.kept == 5
    channels.setText("8")
    channels.textEdited.emit("8")
    assert not form.is_valid


def test_a_model_of_the_other_engine_shows_its_own(
    session: Session, qtbot: Any
) -> None:
    form = TrackingForm(session)
    qtbot.addWidget(form)
    assert isinstance(shown(form), DepthTrackingSettings)
    model = tiny_recipe(tracking={"window": 4})
    form.show_model(model)
    assert shown(form) == model.tracking
    assert isinstance(shown(form), TrackingSettings)
    assert session.recipe.engine == "depth"
    form.show_model(tiny_depth_recipe())
    assert shown(form) == tiny_depth_recipe().depth_tracking
    form.show_model(None)
    assert isinstance(shown(form), DepthTrackingSettings)


def test_the_kind_of_objects_can_be_set(session: Session, qtbot: Any) -> None:
    choice = SimulatorChoice(session)
    qtbot.addWidget(choice)
    assert choice.value() == "proposed from the video"
    choose(choice, 2)
    assert session.recipe.estimate.simulator == "microvilli"
    # A simulation that was tuned by eye takes precedence.
    session.set_recipe(tiny_recipe())
    assert choice.value() == "nuclei"
    assert not choice.isEnabled()
    session.set_recipe(session.recipe.changed(simulation=None))
    assert choice.isEnabled()
    assert choice.value() == "proposed from the video"
    release(choice)
