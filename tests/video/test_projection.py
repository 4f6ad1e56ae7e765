"""Videos in 3D, opened as maximum projections, and where frames come from."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.events import result_of
from napari_asist.video import axes_of, open_channels, open_video, write_video

SHAPES = {"TZYX": (6, 4, 20, 30), "TZCYX": (6, 4, 2, 20, 30)}


def volumes(axes: str) -> NDArray[np.uint16]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 60_000, SHAPES[axes]).astype(np.uint16)


def saved(path: Path, data: Any, axes: str, **options: Any) -> Path:
    metadata = {"axes": axes, "unit": "um", "finterval": 300}
    if not options.get("imagej"):
        metadata = {"axes": axes, "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25}
        metadata["TimeIncrement"] = 300
    tifffile.imwrite(path, data, metadata=metadata, resolution=(4, 4), **options)
    return path


@pytest.mark.parametrize("axes", SHAPES)
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.tif", {"imagej": True}),
        ("a.ome.tif", {}),
        ("b.ome.tif", {"compression": "zlib"}),
    ],
)
def test_each_frame_is_the_maximum_of_its_slices(
    tmp_path: Path, axes: str, name: str, options: dict[str, Any]
) -> None:
    data = volumes(axes)
    path = saved(tmp_path / name, data, axes, **options)
    found = axes_of(path)
    assert (found.times, found.slices) == (6, 4)
    assert (found.rows, found.columns) == (20, 30)
    videos = open_channels(path)
    assert len(videos) == len(found.channels) == (2 if "C" in axes else 1)
    for number, video in enumerate(videos):
        channel = data[:, :, number] if "C" in axes else data
        np.testing.assert_array_equal(video.frames.compute(), channel.max(axis=1))
        assert video.frames.chunks[0] == (1,) * 6
        assert video.pixel_size == pytest.approx(0.25)
        assert video.frame_interval == 300
        of = f"{name}, channel {number}" if "C" in axes else name
        assert video.made_from == f"the maximum projection over z of {of}"
    with pytest.raises(AsistError, match=r"4 slices in z.*with Project z"):
        open_video(path, 0)


def test_flat_videos_are_opened_as_they_are(tmp_path: Path) -> None:
    data = volumes("TZYX")
    (video,) = open_channels(saved(tmp_path / "a.tif", data[:, 0], "TYX", imagej=True))
    np.testing.assert_array_equal(video.frames.compute(), data[:, 0])
    assert video.made_from == ""
    path = saved(tmp_path / "c.tif", data, "TCYX", imagej=True)
    for number, video in enumerate(open_channels(path)):
        np.testing.assert_array_equal(video.frames.compute(), data[:, number])


def test_slices_of_one_time_are_no_video(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tif", volumes("TZYX")[0], "ZYX", imagej=True)
    assert (axes_of(path).times, axes_of(path).slices) == (1, 4)
    with pytest.raises(AsistError, match=r"three-dimensional \(4 slices") as refused:
        open_channels(path)
    # There is nothing to project over time.
    assert "Project z" not in str(refused.value)


def test_a_file_tells_what_it_was_made_from(tmp_path: Path) -> None:
    data = volumes("TZYX")[:, 0]
    whole = open_video(saved(tmp_path / "cells.tif", data, "TYX", imagej=True))
    part = replace(
        whole,
        frames=whole.frames[2:],
        first_frame=12,
        made_from="frames 12 to 15 of <cells> & more.tif",
    )
    result_of(write_video(part, tmp_path / "video.tif"))
    stored = open_video(tmp_path / "video.tif")
    assert (stored.first_frame, stored.made_from) == (12, part.made_from)
    np.testing.assert_array_equal(stored.frames.compute(), data[2:])
    result_of(write_video(whole, tmp_path / "whole.tif"))
    again = open_video(tmp_path / "whole.tif")
    assert (again.first_frame, again.made_from) == (0, "")
