"""The shared recipe is loaded, saved, and given a seed."""

from pathlib import Path
from typing import Any

import pytest
from napari.components import ViewerModel
from tiny import tiny_recipe

from napari_asist.errors import AsistError
from napari_asist.plugin.session import session_of
from napari_asist.plugin.simulate.recipe_files import load_into, recipe_with, save_from


def test_a_saved_recipe_can_be_loaded(qapp: Any, tmp_path: Path) -> None:
    viewer, other = ViewerModel(), ViewerModel()
    session_of(viewer).set_recipe(tiny_recipe())
    path = tmp_path / "mine.yaml"
    assert save_from(session_of(viewer), path) == "Saved as mine.yaml."
    assert load_into(session_of(other), path) == "Loaded mine.yaml."
    assert session_of(other).recipe == tiny_recipe()


def test_errors_are_reported_and_change_nothing(qapp: Any, tmp_path: Path) -> None:
    viewer = ViewerModel()
    session, path = session_of(viewer), tmp_path / "gone" / "mine.yaml"
    before = session.recipe
    assert "not saved" in save_from(session, path)
    assert "does not exist; check the recipe's name" in load_into(session, path)
    assert session.recipe is before


@pytest.mark.parametrize("seed", ["", "one", -1, 2**32, 0.5])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    with pytest.raises(AsistError, match="whole number"):
        recipe_with(tiny_recipe(), seed, None)
