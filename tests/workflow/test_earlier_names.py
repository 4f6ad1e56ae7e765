"""Files from earlier versions, in which the simulator of nuclei was called hela."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tiny import NUCLEI, tiny_recipe, write_tiny_video

from napari_asist.cli.main import make_parser
from napari_asist.events import Note, StopFlag
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.training.checkpoint import save_state
from napari_asist.workflow.model import Model, recipe_of_model
from napari_asist.workflow.recipe import make_recipe, read_recipe
from napari_asist.workflow.run import run_stages

EARLIER = {**NUCLEI, "kind": "hela"}
OPEN = {"simulation": None, "scale": {"object_radius": None}}


def test_settings_and_recipes_are_read(tmp_path: Path) -> None:
    settings = NucleiSettings.model_validate(NUCLEI)
    assert NucleiSettings.model_validate(EARLIER) == settings
    file = tmp_path / "recipe.yaml"
    file.write_text(f"simulation: {json.dumps(EARLIER)}\nestimate: {{simulator: hela}}")
    recipe = read_recipe(file)
    assert recipe.simulation == settings
    assert recipe.estimate.simulator == "nuclei"
    change = {"simulation": {"kind": "nuclei", "objects": 3}}
    assert make_recipe(file=file, changes=[change]).simulation == settings.changed(
        objects=3
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["simulate", "hela", "--out", "x"],
        ["estimate", "x.tif", "--simulator", "hela"],
        ["run", "x.tif", "--out", "x", "--simulator", "hela"],
    ],
)
def test_commands_accept_the_earlier_name(arguments: list[str]) -> None:
    assert make_parser().parse_args(arguments).simulator == "nuclei"


@pytest.mark.parametrize("is_estimated", [True, False])
def test_a_run_is_resumed(is_estimated: bool, tmp_path: Path) -> None:
    video, run = write_tiny_video(tmp_path / "cells.tif"), tmp_path / "run"
    size = {"videos": 1, "frames": 8, "height": 64, "width": 64, "simulator": "nuclei"}
    recipe = tiny_recipe(**(OPEN if is_estimated else {}), estimate=size)

    def simulate() -> Iterator[str]:
        work = run_stages(video, recipe, run, StopFlag(), None, ["simulate"])
        return (event.message for event in work if isinstance(event, Note))

    list(simulate())
    records = [run / "recipe.yaml", run / "scale.json", run / "simulated/record.json"]
    records += [run / "estimate.json"] if is_estimated else []
    for record in records:
        text, count = re.subn(
            r'\b(kind|simulator)("?: "?)nuclei\b',
            r"\1\2hela",
            record.read_text("utf-8"),
        )
        assert count, record
        record.write_text(text, "utf-8")
    earlier = {record: record.read_text("utf-8") for record in records[1:]}
    recipe = read_recipe(run / "recipe.yaml") if not is_estimated else recipe
    assert "simulated already exists." in list(simulate())
    assert {record: record.read_text("utf-8") for record in earlier} == earlier
    assert "hela" not in (run / "recipe.yaml").read_text("utf-8")


def test_the_simulator_of_a_model_is_read(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    use = {"estimate": {"simulator": "hela"}, "standard_radius": 13}
    save_state(weights, {"depth": {"w": torch.zeros(1)}}, use=use)
    assert recipe_of_model(weights).estimate.simulator == "nuclei"
    assert Model.load(weights).recipe.estimate.simulator == "nuclei"
    assert Model.load(weights, tiny_recipe()).recipe.engine == "depth"
    open_recipe = tiny_recipe(**OPEN)
    assert Model.load(weights, open_recipe).recipe.estimate.simulator == "nuclei"
