"""Where the video of a layer is on disk, or is written to."""

from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import tifffile
from napari.layers import Image
from napari.layers._source import layer_source
from sources import video_source

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.metadata import METADATA_KEY
from napari_asist.video import open_video
from napari_asist.workflow.run_folder.claim import MARKER, claimed
from napari_asist.workflow.run_folder.lock import LOCK


def noise(shape: tuple[int, ...] = (5, 20, 30), dtype: str = "u2") -> Any:
    return np.random.default_rng(0).integers(0, 250, shape).astype(dtype)


def dropped(path: Path, data: Any) -> Image:
    """Return the layer that napari makes from a dropped file."""
    with layer_source(path=str(path), reader_plugin="napari"):
        return Image(data, name=path.stem)


def stack(path: Path, data: Any, axes: str = "TYX") -> Path:
    tifffile.imwrite(
        path,
        data,
        imagej=True,
        resolution=(4, 4),
        metadata={"axes": axes, "unit": "um", "finterval": 60},
    )
    return path


def test_a_dropped_stack_is_its_own_source(tmp_path: Path) -> None:
    path = stack(tmp_path / "cells.tif", noise())
    run = tmp_path / "run"
    assert video_source(dropped(path, noise()), run) == (path, None)
    assert not run.exists()


def test_a_folder_of_frames(tmp_path: Path) -> None:
    folder = tmp_path / "01"
    folder.mkdir()
    for time, frame in enumerate(noise()):
        tifffile.imwrite(folder / f"t{time:03d}.tif", frame)
    run = tmp_path / "run"
    assert video_source(dropped(folder, noise()), run) == (folder, None)
    # Several files opened as a stack.
    layer = dropped(folder / "t000.tif", da.from_array(noise(), (1, -1, -1)))
    assert video_source(layer, run) == (folder, None)


def test_the_channel_of_a_stack_is_found(tmp_path: Path) -> None:
    data = noise((5, 3, 20, 30))
    path = stack(tmp_path / "cells.tif", data, "TCYX")
    run = tmp_path / "run"
    assert video_source(dropped(path, data[:, 1]), run) == (path, 1)
    noted = {METADATA_KEY: {"path": path, "channel": 2}}
    assert video_source(Image(data[:, 2], metadata=noted), run) == (path, 2)
    with layer_source(parent=dropped(path, data)):
        split = Image(data[:, 0])
    assert video_source(split, run) == (path, 0)


def test_cropped_frames_are_written(tmp_path: Path) -> None:
    path = stack(tmp_path / "cells.tif", noise())
    run = tmp_path / "new" / "run"
    for data in (noise()[1:], noise()[:, 2:], noise() + 1):
        written = video_source(dropped(path, data), run)
        assert written == (run / "video.tif", None)
        video = open_video(*written)
        np.testing.assert_array_equal(video.frames.compute(), data)
        assert video.frames.dtype == data.dtype
        assert video.pixel_size == pytest.approx(0.25)
        assert video.frame_interval == 60
    assert {path.name for path in run.iterdir()} == {"video.tif", LOCK, MARKER}


def test_the_same_frames_are_written_once(tmp_path: Path) -> None:
    path, _ = video_source(Image(noise()), tmp_path)
    written = path.stat().st_mtime_ns
    video_source(Image(noise()), tmp_path)
    assert path.stat().st_mtime_ns == written
    middle = noise()
    middle[2, 3, 4] += 1
    video_source(Image(middle), tmp_path)
    np.testing.assert_array_equal(open_video(path).frame(2), middle[2])


@pytest.mark.parametrize(
    "dtype", ["u1", "i2", "u4", "i8", "f2", "f4", "f8", ">u2", "?"]
)
def test_every_kind_of_pixel(tmp_path: Path, dtype: str) -> None:
    data = (noise() % 200).astype(dtype)
    layer = Image(
        data, scale=(2, 0.5, 0.5), units=("minute", "micrometer", "micrometer")
    )
    video = open_video(*video_source(layer, tmp_path))
    np.testing.assert_array_equal(video.frames.compute(), data)
    assert video.pixel_size == 0.5
    assert video.frame_interval == 120


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (None, "Choose a video first"),
        (Image(noise((20, 30))), "choose a 2D time-lapse video"),
        (Image(noise((20, 30, 3)), rgb=False), "choose a 2D time-lapse video"),
        (Image(noise((5, 2, 20, 30))), "has the shape 5 × 2 × 20 × 30"),
        (Image(noise((1, 20, 30))), "at least 2 frames"),
        (Image(noise((5, 20, 30, 3), "u1"), rgb=True), "is in color"),
        (Image(np.full((2, 4, 5), np.nan)), "frame 0: some pixels are NaN"),
    ],
)
def test_a_layer_that_is_not_a_video_is_rejected(
    tmp_path: Path, layer: Image | None, sentence: str
) -> None:
    with pytest.raises(AsistError, match=sentence):
        video_source(layer, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {LOCK, MARKER}


def test_a_folder_that_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AsistError, match="cannot be created"):
        video_source(Image(noise()), tmp_path / "file" / "run")
    run = tmp_path / "run"
    with claimed(run):
        (run / "video.tif").mkdir()
    with pytest.raises(AsistError, match="cannot be written"):
        video_source(Image(noise()), run)
