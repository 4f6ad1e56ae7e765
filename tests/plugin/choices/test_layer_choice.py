"""All panels share the choice of the video."""

from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_asist.plugin.choices.layer_choice import LayerChoice
from napari_asist.plugin.layers.metadata import IS_PREVIEW, METADATA_KEY
from napari_asist.plugin.session import session_of
from napari_asist.plugin.widgets.connections import release

FRAMES = np.zeros((2, 8, 9))


@pytest.fixture
def viewer(qapp: Any) -> ViewerModel:
    return ViewerModel()


def add(viewer: ViewerModel, name: str, **options: Any) -> Image:
    return viewer.add_image(FRAMES, name=name, **options)


def pick(choice: LayerChoice, name: str) -> None:
    choice.setCurrentIndex(choice.findText(name))
    choice.activated.emit(choice.currentIndex())


def test_the_top_layer_is_chosen_initially(viewer: ViewerModel) -> None:
    add(viewer, "a")
    top = add(viewer, "b")
    add(viewer, "hidden", visible=False)
    viewer.add_labels(FRAMES.astype(int))
    choice = LayerChoice(viewer)
    assert session_of(viewer).layer is top
    assert choice.currentText() == "b"
    assert choice.count() == 4


def test_a_dropped_video_is_chosen_if_none_is(viewer: ViewerModel) -> None:
    choice, received = LayerChoice(viewer), []
    choice.chosen.connect(lambda: received.append(choice.currentText()))
    add(viewer, "hidden", visible=False)
    add(viewer, "preview", metadata={METADATA_KEY: {IS_PREVIEW: True}})
    viewer.add_labels(FRAMES.astype(int))
    assert choice.layer is None
    first = add(viewer, "first")
    assert choice.layer is first
    add(viewer, "second")
    assert choice.layer is first
    assert received == ["first"]
    assert choice.findText("preview") < 0


def test_choices_follow_each_other(viewer: ViewerModel) -> None:
    layers = {name: add(viewer, name) for name in "ab"}
    one, other = LayerChoice(viewer), LayerChoice(viewer)
    received: list[str] = []
    other.chosen.connect(lambda: received.append(other.currentText()))
    pick(one, "a")
    assert other.layer is layers["a"]
    other.set_layer(layers["b"])
    assert one.currentText() == "b"
    pick(one, "none")
    assert session_of(viewer).layer is None
    session_of(viewer).set_layer(layers["a"])
    assert received == ["a", "b", "none", "a"]


def test_a_layer_stays_chosen_when_renamed_or_moved(viewer: ViewerModel) -> None:
    layer = add(viewer, "a")
    choice = LayerChoice(viewer)
    add(viewer, "b")
    layer.name = "renamed"
    assert choice.currentText() == "renamed"
    viewer.layers.move(0, 2)
    assert choice.currentText() == "renamed"
    viewer.layers.remove(layer)
    assert choice.layer is None
    assert choice.currentText() == "none"


def test_layers_of_the_proxy_match_the_viewers(
    make_napari_viewer_proxy: Any,
) -> None:
    viewer = make_napari_viewer_proxy()
    choice, received = LayerChoice(viewer), []
    choice.chosen.connect(lambda: received.append("chosen"))
    layer = viewer.add_image(FRAMES)
    choice.set_layer(layer)
    choice.set_layer(viewer.layers[0])
    assert received == ["chosen"]
    assert choice.layer is layer.__wrapped__


def test_a_closed_choice_releases_the_viewer(viewer: ViewerModel) -> None:
    choice = LayerChoice(viewer)
    release(choice)
    add(viewer, "late")
    assert choice.count() == 1
    assert session_of(viewer).layer is None
