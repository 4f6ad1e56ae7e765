"""Panels of one viewer share a session; other viewers have their own."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from cases import CASES
from napari.components import ViewerModel

from napari_asist.errors import AsistError
from napari_asist.plugin.session import session_of
from napari_asist.workflow.recipe import make_recipe, write_recipe


def test_one_session_per_viewer(qapp: Any) -> None:
    first, second = ViewerModel(), ViewerModel()
    assert session_of(first) is session_of(first)
    assert session_of(first) is not session_of(second)


def test_the_proxy_that_plugins_get_is_the_viewer(
    make_napari_viewer_proxy: Any,
) -> None:
    viewer = make_napari_viewer_proxy()
    assert session_of(viewer) is session_of(viewer.__wrapped__)


def test_a_session_ends_with_its_viewer(qapp: Any) -> None:
    viewer = ViewerModel()
    session, gone = weakref.ref(session_of(viewer)), weakref.ref(viewer)
    del viewer
    gc.collect()
    assert gone() is None
    assert session() is None


def test_changes_are_signaled_once(qapp: Any, tmp_path: Any) -> None:
    viewer = ViewerModel()
    session, received = session_of(viewer), []
    session.video_changed.connect(lambda: received.append("video"))
    session.recipe_changed.connect(lambda: received.append("recipe"))
    session.run_changed.connect(lambda: received.append("run"))
    for _ in range(2):
        session.set_layer(
            viewer.add_image(np.zeros((2, 4, 4))) if not received else None
        )
        session.set_recipe(make_recipe("paper"))
        session.set_run(tmp_path)
    assert received == ["video", "recipe", "run", "video"]


def test_result_is_shown_and_corrected_in_the_same_layers(qapp: Any) -> None:
    viewer = ViewerModel()
    result = session_of(viewer).result
    video = CASES["division"]()
    below = viewer.add_image(np.zeros(video.labels.shape), scale=(1, 0.5, 0.5))
    result.show(video, "01_RES", below)
    assert [layer.name for layer in viewer.layers][1:] == ["01_RES", "01_RES tracks"]
    assert viewer.layers[2].scale.tolist() == [1, 0.5, 0.5]
    corrected = CASES["division"]()
    corrected.labels[corrected.labels == 3] = 2
    result.replace(type(video)(corrected.labels))
    assert len(viewer.layers) == 3
    assert 3 not in np.asarray(viewer.layers["01_RES"].data)
    assert viewer.layers["01_RES tracks"].graph == {}


def test_an_existing_layer_is_adopted(qapp: Any) -> None:
    viewer = ViewerModel()
    first = session_of(viewer).result
    video = CASES["division"]()
    first.show(video, "01_RES")
    first.adopt(viewer.layers["01_RES"])
    assert first.video is not None
    np.testing.assert_array_equal(first.video.tracks, video.tracks)
    assert first.tracks is viewer.layers["01_RES tracks"]


def test_a_run_folder_brings_its_settings(qapp: Any, tmp_path: Any) -> None:
    session = session_of(ViewerModel())
    before = session.recipe
    (tmp_path / "recipe.yaml").write_text("nonsense: 1")
    with pytest.raises(AsistError, match="nonsense"):
        session.set_run(tmp_path)
    assert session.recipe == before
    assert session.run is None
    write_recipe(make_recipe("paper"), tmp_path / "recipe.yaml")
    session.set_run(tmp_path)
    assert session.recipe == make_recipe("paper")
    session.set_run(None)


def test_a_removed_video_is_no_longer_chosen(
    make_napari_viewer_proxy: Any,
) -> None:
    viewer = make_napari_viewer_proxy()
    session = session_of(viewer)
    viewer.add_image(np.zeros((2, 4, 4)), name="video")
    viewer.add_image(np.zeros((2, 4, 4)), name="other")
    session.set_layer(viewer.layers["video"])
    viewer.layers.remove("other")
    assert session.layer is viewer.layers["video"].__wrapped__
    viewer.layers.remove("video")
    assert session.layer is None


def test_a_second_result_with_the_same_name_keeps_its_layer_pair(
    qapp: Any,
) -> None:
    viewer = ViewerModel()
    result = session_of(viewer).result
    for _ in range(2):
        result.show(CASES["division"](), "01_RES")
    assert result.labels is not None
    assert result.labels.name == result.name == "01_RES [1]"
    result.adopt(result.labels)
    assert result.tracks is viewer.layers["01_RES [1] tracks"]


def test_a_result_goes_with_its_layer(qapp: Any) -> None:
    viewer = ViewerModel()
    result = session_of(viewer).result
    result.show(CASES["division"](), "01_RES")
    viewer.layers.remove("01_RES")
    assert result.labels is None
    assert result.video is None
