import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from cases import CASES, raw_frames

from napari_asist.cli import main
from napari_asist.ctc import write_ctc
from napari_asist.errors import AsistError
from napari_asist.plugin.contributions.reader import get_reader
from napari_asist.plugin.contributions.view_run import run_layers, view_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run on two videos."""
    folder = tmp_path / "run"
    (folder / "result").mkdir(parents=True)
    videos = []
    for number, case in enumerate(("division", "good"), 1):
        video = CASES[case]()
        path = tmp_path / f"{case}.tif"
        tifffile.imwrite(
            path,
            raw_frames(video),
            imagej=True,
            resolution=(2, 2),
            metadata={"axes": "TYX", "unit": "um"},
        )
        videos.append({"path": str(path)})
        write_ctc(video, folder / "result" / f"{number:02d}_RES")
    (folder / "record.json").write_text(json.dumps({"videos": videos, "channel": None}))
    (folder / "recipe.yaml").write_text("seed: 1\n")
    training = folder / "training" / "01"
    training.mkdir(parents=True)
    for time, frame in enumerate(raw_frames(CASES["touching"]())):
        tifffile.imwrite(training / f"t{time:03d}.tif", frame)
    write_ctc(CASES["touching"](), folder / "training" / "01_GT", "truth")
    return folder


def test_shows_video_labels_tracks_and_training(
    make_napari_viewer_proxy: Any, run: Path
) -> None:
    viewer = view_run(run, make_napari_viewer_proxy())
    assert {layer.name: layer.visible for layer in viewer.layers} == {
        "synthetic video": False,
        "refined labels": False,
        "division": True,
        "01_RES": True,
        "01_RES tracks": True,
        "good": False,
        "02_RES": False,
        "02_RES tracks": False,
    }
    assert "run" in viewer.title
    assert viewer.dims.current_step[0] == 0
    np.testing.assert_array_equal(
        viewer.layers["01_RES"].data, CASES["division"]().labels
    )
    for name in ("division", "01_RES", "01_RES tracks"):
        np.testing.assert_allclose(viewer.layers[name].scale, (1, 0.5, 0.5))
    # Simulated videos have the pixel size of the video that they imitate.
    assert {str(layer.units[1:]) for layer in viewer.layers} == {
        str(viewer.layers["division"].units[1:])
    }


def test_the_command_shows_the_run_until_its_window_closes(
    make_napari_viewer_proxy: Any, monkeypatch: pytest.MonkeyPatch, run: Path
) -> None:
    viewer = make_napari_viewer_proxy()
    monkeypatch.setattr("napari.Viewer", lambda: viewer)
    shown: list[int] = []
    monkeypatch.setattr("napari.run", lambda: shown.append(len(viewer.layers)))
    assert main(["view", str(run)]) == 0
    assert shown == [8]


def test_a_run_folder_opens_like_a_file(run: Path) -> None:
    reader = get_reader(str(run))
    assert reader is not None
    assert len(reader(str(run))) == len(run_layers(run))


def test_a_moved_video_is_named(run: Path) -> None:
    (run.parent / "division.tif").unlink()
    with pytest.warns(UserWarning, match=r"video cannot be shown.*division\.tif"):
        names = [attributes["name"] for _, attributes, _ in run_layers(run)]
    assert "division" not in names
    assert "01_RES" in names


def test_a_run_in_progress_shows_its_video(run: Path) -> None:
    for stage in ("result", "training"):
        (run / stage).rename(run / f"{stage}.partial")
    names = [attributes["name"] for _, attributes, _ in run_layers(run)]
    assert names == ["division", "good"]


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="is not a run folder"):
        run_layers(tmp_path)
