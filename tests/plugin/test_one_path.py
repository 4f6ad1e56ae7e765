"""A run, the command line, a script and the panel give the same labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from results import Results
from tiny import tiny_depth_recipe, write_tiny_video

import napari_asist as asist
from napari_asist.cli.main import main


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_video(tmp_path_factory.mktemp("video") / "cells.tif")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Path:
    """A run on an array; no radius is set, so it is estimated and kept."""
    run = tmp_path_factory.mktemp("runs") / "run"
    # A network that is hardly trained outlines objects too small.
    recipe = tiny_depth_recipe(
        scale={"object_radius": None}, depth_tracking={"smallest_track": 0}
    )
    result = asist.run(tifffile.imread(video), run, recipe=recipe, progress=False)
    assert result == run / "result"
    return run


@pytest.fixture(scope="module")
def labels(trained: Path) -> Any:
    found = asist.read_ctc(trained / "result" / "01_RES").labels
    assert len(np.unique(found)) > 3
    return found


def test_the_command_line_gives_the_labels_of_the_run(
    video: Path, trained: Path, labels: Any, tmp_path: Path
) -> None:
    command = ["track", str(video), "--model", str(trained), "--out", str(tmp_path)]
    assert main([*command, "--quiet"]) == 0
    np.testing.assert_array_equal(asist.read_ctc(tmp_path / "01_RES").labels, labels)


@pytest.mark.parametrize("kind", ["file", "array"])
def test_a_script_gives_the_labels_of_the_run(
    video: Path, trained: Path, labels: Any, kind: str
) -> None:
    source = video if kind == "file" else tifffile.imread(video)
    model = asist.Model.load(trained)
    tracked = model.track(asist.open_video(source), progress=False)
    np.testing.assert_array_equal(tracked.labels, labels)


def test_the_panel_gives_the_labels_of_the_run(
    make_napari_viewer_proxy: Any, qtbot: Any, video: Path, trained: Path, labels: Any
) -> None:
    results = Results(make_napari_viewer_proxy(), qtbot)
    layer = results.viewer.add_image(tifffile.imread(video), name="in memory")
    results.session.set_layer(layer.__wrapped__)
    results.panel.model.take(trained)
    results.click(results.panel.track)
    results.until(lambda: results.session.result.labels is not None)
    shown = results.session.result.labels
    assert shown is not None
    np.testing.assert_array_equal(shown.data, labels)
