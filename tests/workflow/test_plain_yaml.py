import time
from pathlib import Path
from typing import Any

import pytest

from napari_asist.errors import AsistError
from napari_asist.workflow.plain_yaml import load_plain
from napari_asist.workflow.recipe import make_recipe, parse_change, read_recipe

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=False)
)
DEEP = "[" * 50_000 + "]" * 50_000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10),
        ("1:30", "1:30"),
        ("1e-3", 1e-3),
        ("+5", 5),
        (".5", 0.5),
        ("2.", 2.0),
        ("2024-01-31", "2024-01-31"),
        ("yes", True),
        ("null", None),
        ("[1, 2.5, a]", [1, 2.5, "a"]),
        ("a: {b: 1}", {"a": {"b": 1}}),
        ("", None),
    ],
)
def test_values_are_what_they_look_like(text: str, value: Any) -> None:
    found = load_plain(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "references"),
        ("a: &b 1\nc: *b", "references"),
        ("<<: *a", "references"),
        (DEEP, "levels deep"),
        ("{" * 30 + "}" * 30, "levels deep"),
        ("a" * 1_000_001, "more than 1,000,000 characters"),
        ("9" * 5000, "integer string conversion"),
        ("!!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("!!timestamp 2024-13-45", "month must be in"),
        ("a: [1", "expected ',' or ']'"),
        ("a: b: c", "mapping values are not allowed"),
        ("\x00", "special characters are not allowed"),
        ("? [a]\n: 1", "unhashable"),
    ],
    ids=lambda value: value[:12],
)
def test_other_texts_are_refused_at_once(text: str, said: str, tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(AsistError, match=said):
        load_plain(text)
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AsistError, match=r"recipe\.yaml is not a readable YAML file"):
        read_recipe(path)
    with pytest.raises(AsistError) as raised:
        make_recipe(changes=[parse_change(f"depth.steps={text}")])
    assert len(str(raised.value)) < 500
    assert "\n" not in str(raised.value)
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "change",
    [
        "depth.learning_rate=.nan",
        "depth.depth_weight=.inf",
        "depth.depth_weight=1e300",
        "synthesis.cycle_weight=1e13",
        "depth.steps=99999999999999999999",
        "depth.channels=[4, 1e20]",
        "seed=" + "9" * 400,
    ],
)
def test_every_number_is_finite_and_bounded(change: str) -> None:
    with pytest.raises(AsistError) as raised:
        make_recipe(changes=[parse_change(change)])
    assert change.partition("=")[0].rpartition(".")[2] in str(raised.value)


@pytest.mark.parametrize("bad", [".nan", "-.inf", "1e300"])
def test_numbers_in_lists_are_finite_and_bounded(bad: str) -> None:
    for field in ("brightness: {quantiles: [1, 2, %s]}", "density_map: [[1, %s]]"):
        nested = load_plain(f"simulation: {{kind: nuclei, {field % bad}}}")
        with pytest.raises(AsistError):
            make_recipe(changes=[nested])
