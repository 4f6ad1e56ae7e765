"""What earlier runs say about the time of stages that have not begun."""

import json
from pathlib import Path

import pytest
from tiny import tiny_recipe

from napari_asist.workflow.recipe import Recipe, write_recipe
from napari_asist.workflow.run_folder.earlier_times import expected_seconds
from napari_asist.workflow.run_folder.record import machine

STAGES = ("simulate", "synthesize", "refine", "train", "track")
PIXELS = 8 * 64 * 64


def earlier_run(run: Path, recipe: Recipe, seconds: dict[str, float]) -> Path:
    run.mkdir()
    write_recipe(recipe, run / "recipe.yaml")
    record = {
        "videos": [{"frames": [8, 64, 64]}],
        "seconds": seconds,
        "machine": machine(),
    }
    (run / "record.json").write_text(json.dumps(record))
    return run


def test_times_grow_with_the_work(tmp_path: Path) -> None:
    took = {"simulate": 10.0, "train": 60.0, "track": 5.0}
    earlier_run(tmp_path / "earlier", tiny_recipe(), took)
    run = tmp_path / "run"
    assert expected_seconds(run, tiny_recipe(), PIXELS, STAGES) == took
    larger = tiny_recipe(embedding={"steps": 50})
    found = expected_seconds(run, larger, 3 * PIXELS, STAGES)
    assert found == pytest.approx({"simulate": 10, "train": 600, "track": 15})
    assert expected_seconds(run, larger, PIXELS, ("simulate",)) == {"simulate": 10}


def test_only_the_same_method_on_the_same_machine_counts(tmp_path: Path) -> None:
    run = tmp_path / "run"
    earlier = earlier_run(tmp_path / "earlier", tiny_recipe(), {"train": 60.0})
    other = tiny_recipe(engine="depth")
    assert expected_seconds(run, other, PIXELS, STAGES) == {}
    record = json.loads((earlier / "record.json").read_text())
    record["machine"]["cores"] += 1
    (earlier / "record.json").write_text(json.dumps(record))
    assert expected_seconds(run, tiny_recipe(), PIXELS, STAGES) == {}


def test_folders_that_cannot_be_read_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    broken = earlier_run(tmp_path / "broken", tiny_recipe(), {"train": 60.0})
    (broken / "recipe.yaml").write_text("nonsense: 1")
    torn = earlier_run(tmp_path / "torn", tiny_recipe(), {"train": 60.0})
    (torn / "record.json").write_text("{")
    run = tmp_path / "run"
    assert expected_seconds(run, tiny_recipe(), PIXELS, STAGES) == {}
