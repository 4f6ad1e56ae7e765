"""Many videos with one model: results, failures, and the same command again."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import tifffile

from napari_asist.cli import main
from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.workflow import batch
from napari_asist.workflow.apply_model import track_with_model


def cells(seed: int) -> Any:
    settings = NucleiSettings(
        frames=5,
        height=128,
        width=128,
        objects=8,
        appearing=0,
        disappearing=0,
        mitoses=0,
        radius_mean=11,
    )
    return render_video(simulate_video(settings, seed), MicroscopeSettings(), seed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a stack, a folder of frames, and files that are no videos."""
    videos = tmp_path / "videos"
    (videos / "frames").mkdir(parents=True)
    tifffile.imwrite(
        videos / "stack.tif",
        cells(1),
        photometric="minisblack",
        metadata={"axes": "TYX"},
    )
    for time, frame in enumerate(cells(2)):
        tifffile.imwrite(videos / "frames" / f"t{time:03}.tif", frame)
    (videos / "broken.tif").write_bytes(b"II*\0 and nothing else")
    (videos / "notes.txt").write_text("mine")
    return videos


def test_each_video_has_a_folder_and_all_share_a_table(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["batch", str(folder), "--out", str(out), "--quiet"]
    assert main(command) == 1  # because of the broken one
    said = capsys.readouterr()
    assert said.out == f"{out / 'tracks.csv'}\n"
    assert "broken.tif" in said.err
    assert "1 of 3 videos were not tracked; run the same command" in said.err
    table = pandas.read_csv(out / "tracks.csv")
    assert set(table["video"]) == {"stack", "frames"}
    for name in ("stack", "frames"):
        assert validate_ctc(out / name / "01_RES") == []
        found = read_ctc(out / name / "01_RES")
        objects = sum(len(np.unique(frame)) - 1 for frame in found.labels)
        assert (table["video"] == name).sum() == objects > 0
        own = pandas.read_csv(out / name / "01_tracks.csv")
        mine = table[table["video"] == name].drop(columns="video")
        pandas.testing.assert_frame_equal(
            mine.reset_index(drop=True), own, check_dtype=False
        )


def test_the_same_command_tries_only_what_is_missing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    command = ["batch", str(folder), "--out", str(out), "--quiet"]
    assert main(command) == 1
    tifffile.imwrite(
        folder / "broken.tif",
        cells(3),
        photometric="minisblack",
        metadata={"axes": "TYX"},
    )
    tracked: list[str] = []

    def watched(video: Any, *given: Any) -> Any:
        tracked.append(video.name)
        return track_with_model(video, *given)

    monkeypatch.setattr(batch, "track_with_model", watched)
    assert main(command) == 0
    assert tracked == ["broken"]
    assert set(pandas.read_csv(out / "tracks.csv")["video"]) == {
        "broken",
        "frames",
        "stack",
    }
    # Another video, other settings and another model are tracked again.
    tifffile.imwrite(
        folder / "stack.tif",
        cells(4),
        photometric="minisblack",
        metadata={"axes": "TYX"},
    )
    assert main(command) == 0
    assert tracked == ["broken", "stack"]
    tracked.clear()
    assert main([*command, "--set", "depth_tracking.small_track=0.5"]) == 0
    assert len(tracked) == 3
    tracked.clear()
    assert main([*command, "--model", "rods"]) == 0
    assert len(tracked) == 3
    # A radius that was given is no longer one that is estimated.
    for radius in (["--object-radius", "11"], []):
        tracked.clear()
        assert main([*command, *radius]) == 0
        assert len(tracked) == 3


def test_folders_without_videos_and_with_other_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    out = ["--out", str(tmp_path / "out")]
    assert main(["batch", str(tmp_path / "empty"), *out]) == 1
    assert "contains no videos; choose a folder with" in capsys.readouterr().err
    assert main(["batch", str(tmp_path / "none"), *out]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_videos_of_one_name_are_told_apart_by_their_endings(tmp_path: Path) -> None:
    videos = [tmp_path / name for name in ("a.tif", "a.tiff", "b.tif")]
    named = batch._named(videos)
    assert list(named) == ["a.tif", "a.tiff", "b"]
