from pathlib import Path

import pytest
import yaml
from tiny import TINY, tiny_recipe

from napari_asist.errors import AsistError
from napari_asist.workflow.presets import PRESETS
from napari_asist.workflow.recipe import (
    Recipe,
    make_recipe,
    merged,
    parse_change,
    read_recipe,
    recipe_text,
    write_recipe,
)


@pytest.mark.parametrize("recipe", [Recipe(), tiny_recipe()], ids=["default", "tiny"])
def test_a_recipe_is_unchanged_after_saving(recipe: Recipe, tmp_path: Path) -> None:
    write_recipe(recipe, tmp_path / "recipe.yaml")
    assert read_recipe(tmp_path / "recipe.yaml") == recipe
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.yaml"]


def test_the_file_includes_settings_left_at_their_defaults() -> None:
    written = yaml.safe_load(recipe_text(Recipe()))
    assert written == Recipe().model_dump(mode="json")
    assert written["embedding"]["learning_rate"] == 1e-4
    assert written["simulation"] is None


def test_the_name_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("embedding: {neighbour_radius: 17}\n")
    assert read_recipe(tmp_path / "recipe.yaml").embedding.neighbor_radius == 17


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("# nothing\n")
    assert read_recipe(tmp_path / "recipe.yaml") == Recipe()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("embedding: {stepz: 3}", r"bad\.yaml: embedding\.stepz: there is no such"),
        ("embeding: {}", r"bad\.yaml: embeding: there is no such setting"),
        ("embedding: {steps: 0}", r"bad\.yaml: embedding\.steps = 0: .* 1"),
        (
            "simulation: {kind: cells}",
            r"bad\.yaml: simulation.*nuclei or microvilli \(sticks\)",
        ),
        ("simulation: {objects: 3}", r"bad\.yaml: simulation: set its kind"),
        ("simulation: {kind: nuclei, move: -1}", r"simulation\.move = -1"),
        ("- 1", "a recipe has sections"),
        ("a: [", "not a readable YAML file"),
    ],
)
def test_a_faulty_file_is_named_with_the_field(
    text: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(AsistError, match=says):
        read_recipe(tmp_path / "bad.yaml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="does not exist; check the recipe's name"):
        read_recipe(tmp_path / "none.yaml")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_recipes(name: str) -> None:
    recipe = make_recipe(name)
    assert recipe.simulation is None
    assert recipe == Recipe.model_validate(PRESETS[name])


def test_the_paper_preset_is_the_defaults_in_tiles() -> None:
    tiles = {"tracking": {"tile": 256, "overlap": 128}}
    assert make_recipe("paper") == make_recipe(changes=[tiles])
    assert make_recipe("paper") != Recipe()


def test_an_unknown_preset_is_rejected() -> None:
    with pytest.raises(AsistError, match=r"no preset 'papr'; choose paper"):
        make_recipe("papr")


def test_later_settings_take_precedence(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("embedding: {steps: 30}\nseed: 4\n")
    small = make_recipe("paper-small")
    recipe = make_recipe(
        "paper-small", tmp_path / "mine.yaml", [parse_change("seed=5")]
    )
    assert recipe.embedding.steps == 30
    assert recipe.embedding.channels == small.embedding.channels
    assert recipe.seed == 5


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("seed=3", {"seed": 3}),
        ("embedding.steps=1000", {"embedding": {"steps": 1000}}),
        ("embedding.learning_rate=2e-4", {"embedding": {"learning_rate": 2e-4}}),
        ("simulation=null", {"simulation": None}),
        ("refinement.iterations=[5, 5]", {"refinement": {"iterations": [5, 5]}}),
    ],
)
def test_a_change_is_parsed(text: str, change: dict[str, object]) -> None:
    assert parse_change(text) == change
    make_recipe(changes=[change])


@pytest.mark.parametrize("text", ["seed", "=3", "a..b=1", "seed=[1"])
def test_a_malformed_change_is_rejected(text: str) -> None:
    with pytest.raises(AsistError, match="--set"):
        parse_change(text)


def test_another_kind_of_simulator_replaces_the_settings() -> None:
    change = {"simulation": {"kind": "microvilli", "objects": 7}}
    assert merged(TINY, change)["simulation"] == change["simulation"]
    assert merged(TINY, {"simulation": {"objects": 6}})["simulation"]["frames"] == 8


def test_sections_are_plain_data() -> None:
    sections = tiny_recipe().sections("simulation", "refinement")
    assert list(sections) == ["simulation", "refinement"]
    assert sections["simulation"]["brightness"]["quantiles"][0] == 12
    assert isinstance(sections["refinement"]["iterations"], list)
