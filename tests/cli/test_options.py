from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from napari_asist.cli.main import make_parser
from napari_asist.cli.options import KINDS, recipe_from
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.embedding.train import build_network, save_model
from napari_asist.errors import AsistError
from napari_asist.simulation.settings import kinds_in_words
from napari_asist.workflow.recipe import make_recipe, write_recipe
from napari_asist.workflow.run_folder.folder import RECIPE

SMALL = EmbeddingSettings(channels=8, levels=2)


def options(**values: Any) -> Namespace:
    return Namespace(
        **{"preset": None, "recipe": None, "seed": None, "changes": []} | values
    )


def model_with(use: dict[str, Any], folder: Path) -> Path:
    path = folder / "model.safetensors"
    save_model(path, build_network(SMALL), SMALL, use)
    return path


def test_a_models_own_settings_are_used_unless_others_are_named(tmp_path: Path) -> None:
    trained = make_recipe(changes=[{"tracking": {"window": 5, "radius": 17.0}}])
    model = model_with(trained.sections("scaling", "tracking"), tmp_path)
    assert recipe_from(options(), model=model).tracking == trained.tracking
    asked = recipe_from(options(changes=["tracking.radius=9"]), model=model)
    assert (asked.tracking.window, asked.tracking.radius) == (5, 9)
    named = recipe_from(options(preset="paper"), model=model)
    assert named.tracking == make_recipe("paper").tracking


def test_a_model_without_settings_takes_the_default_preset(tmp_path: Path) -> None:
    # Except for the network, which is the one in the file.
    default = make_recipe("laptop", changes=[{"engine": "rshn"}])
    assert recipe_from(options(), model=model_with({}, tmp_path)) == default


def test_settings_of_another_version_are_reported(tmp_path: Path) -> None:
    model = model_with({"tracking": {"reach": 3}}, tmp_path)
    with pytest.raises(
        AsistError, match=r"model\.safetensors stores .*\(tracking\.reach: .*\); use"
    ):
        recipe_from(options(), model=model)
    recipe_from(options(preset="demo"), model=model)


def test_the_radius_of_objects_is_that_of_the_video(tmp_path: Path) -> None:
    stated = recipe_from(options(object_radius=31.5))
    assert stated.scale.object_radius == 31.5
    changes = ["scale.object_radius=8"]
    assert recipe_from(options(object_radius=31.5, changes=changes)).scale == (
        stated.scale.changed(object_radius=8)
    )
    with pytest.raises(AsistError, match=r"scale\.object_radius = 0\.0"):
        recipe_from(options(object_radius=0.0))
    write_recipe(stated, tmp_path / RECIPE)
    assert recipe_from(options(), tmp_path) == stated
    # A model does not know the object size of another video.
    other = recipe_from(options(), tmp_path, model=tmp_path / "model.safetensors")
    assert other.scale.object_radius is None
    asked = recipe_from(
        options(object_radius=9.0), tmp_path, model=tmp_path / "model.safetensors"
    )
    assert asked.scale.object_radius == 9


@pytest.mark.parametrize(
    "command",
    [
        ["run", "video", "--out", "run"],
        ["estimate", "video"],
        ["synthesize", "run"],
        ["refine", "run"],
        ["train", "run"],
        ["track", "video", "--model", "run", "--out", "here"],
    ],
)
def test_every_command_with_a_recipe_takes_it(command: list[str]) -> None:
    parsed = make_parser().parse_args([*command, "--object-radius", "12.5"])
    assert parsed.object_radius == 12.5


def test_the_help_names_all_simulators() -> None:
    assert kinds_in_words() == KINDS
