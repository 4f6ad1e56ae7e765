"""What would stop a run hours later is said before anything is read or written."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tiny import tiny_depth_recipe, write_tiny_video

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, result_of
from napari_asist.workflow.run import run_stages

NOWHERE = "tcp://127.0.0.1:1"


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"depth": {"device": "cuda:77"}},
            r"depth\.device: .*'cuda:77' cannot",
        ),
        (
            {"synthesis": {"device": "mps"}},
            r"synthesis\.device: .*'mps' cannot",
        ),
        ({"refinement": {"scheduler": NOWHERE}}, "No dask scheduler responds at"),
    ],
)
def test_missing_devices_and_clusters(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    video = write_tiny_video(tmp_path / "video.tif")
    run = tmp_path / "run"
    with pytest.raises(AsistError, match=message):
        result_of(run_stages(video, tiny_depth_recipe(**changes), run, StopFlag()))
    assert not [path for path in run.iterdir() if path.is_dir()]


def test_a_disk_without_room_for_the_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = write_tiny_video(tmp_path / "video.tif")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 100_000))
    with pytest.raises(
        AsistError, match=r"97\.66 kiB left, but tracking needs \d+\.\d\d kiB; free"
    ):
        result_of(run_stages(video, tiny_depth_recipe(), tmp_path / "run", StopFlag()))


def test_a_device_of_a_stage_that_is_not_run_does_not_matter(tmp_path: Path) -> None:
    video = write_tiny_video(tmp_path / "video.tif")
    recipe = tiny_depth_recipe(depth={"device": "cuda:77"})
    work = run_stages(video, recipe, tmp_path / "run", StopFlag(), stages=["simulate"])
    result_of(work)
    assert (tmp_path / "run" / "simulated" / "01_GT").is_dir()
