from pathlib import Path

import pytest
from cases import empty, good
from tiny import tiny_recipe, write_tiny_video

from napari_asist.ctc import read_ctc, write_ctc
from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, result_of
from napari_asist.workflow.export.check import check_result
from napari_asist.workflow.run import run_stages


def test_a_valid_result_passes(tmp_path: Path) -> None:
    write_ctc(good(), tmp_path / "01_RES")
    result_of(check_result(tmp_path / "01_RES"))


def test_an_empty_result_is_reported_and_kept(tmp_path: Path) -> None:
    result = tmp_path / "01_RES"
    write_ctc(empty(), result)
    with pytest.raises(
        AsistError, match=r"found no objects .* increase synthesis\.steps"
    ):
        result_of(check_result(result))
    assert len(read_ctc(result)) == len(empty())


def test_a_fault_is_reported(tmp_path: Path) -> None:
    result = tmp_path / "01_RES"
    write_ctc(good(), result)
    (result / "mask002.tif").unlink()
    with pytest.raises(AsistError, match=r"not valid: .*its image file is missing"):
        result_of(check_result(result))


def test_a_run_without_objects_fails_each_time(tmp_path: Path) -> None:
    video, out = write_tiny_video(tmp_path / "cells.tif"), tmp_path / "run"
    # No object is this large.
    recipe = tiny_recipe(tracking={"minimum_size": 100_000})
    for _ in range(2):
        with pytest.raises(AsistError, match=r"result.01_RES was written but is empty"):
            result_of(run_stages(video, recipe, out, StopFlag()))
    assert len(read_ctc(out / "result" / "01_RES")) == 8
    assert (out / "result" / "01_tracks.csv").exists()
