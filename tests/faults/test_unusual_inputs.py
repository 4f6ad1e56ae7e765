"""Videos that are unusual but right are read with the right values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from faulty_folders import NAME, frames_named
from faulty_videos import (
    FRAMES,
    OME,
    PHOTOMETRIC,
    SAMPLES,
    STRIP_BYTES,
    MakeVideo,
    appended,
    described,
    imagej,
    ome,
    planes_of,
    saved,
    tagged,
)
from numpy.typing import NDArray

from napari_asist.video import open_video


def linked(folder: Path) -> Path:
    (folder / "link.tif").symlink_to(saved(folder))
    return folder / "link.tif"


def without_pages(folder: Path) -> Path:
    """Write frames whose tags come first, as if a camera had reserved the space."""
    return saved(folder, FRAMES, bigtiff=True, metadata=None, rowsperstrip=5)


def with_previews(folder: Path) -> Path:
    """Write a reduced image, as large as the frame, after each frame."""
    path = folder / "a.tif"
    with tifffile.TiffWriter(path) as file:
        for frame in FRAMES:
            for kind in (0, 1):
                file.write(
                    frame + kind,
                    photometric="minisblack",
                    metadata=None,
                    contiguous=False,
                    subfiletype=kind,
                )
    return path


def of_scanimage(folder: Path) -> Path:
    path = folder / "a.tif"
    lines = ("LINE_FORMAT_VERSION = 1", "VERSION_MAJOR = 2020")
    with tifffile.TiffWriter(path) as file:
        for number, frame in enumerate(FRAMES):
            file.write(
                frame,
                photometric="minisblack",
                metadata=None,
                contiguous=False,
                software="".join(f"SI.{line}\n" for line in lines),
                description=f"frameNumbers = {number}\n",
            )
    return path


STACKS: dict[str, MakeVideo] = {
    "a link": linked,
    "many strips of a BigTIFF": without_pages,
    "no bytes stated": tagged(STRIP_BYTES, 0),
    "too few bytes stated": tagged(STRIP_BYTES, 8),
    "no samples stated": tagged(SAMPLES, 0),
    "an unknown photometry": tagged(PHOTOMETRIC, 9999),
    "previews of the frames": with_previews,
    "pages of ScanImage": of_scanimage,
    "OME of another width": ome(x=64),
    "OME of no frames": ome(t=0),
    "OME of negative frames": ome(t=-4),
    "OME that is cut off": described(OME[:300]),
    "OME of no planes": ome(""),
    "ImageJ in disagreement": imagej(images=4, channels=3, frames=2),
    "ImageJ of negative frames": imagej(images=-4, frames=-4),
    "ImageJ of no frames": imagej(images=0, frames=0),
    "ImageJ of an endless interval": imagej(images=4, frames=4, finterval="1e400"),
    "a description of fewer frames": described('{"shape": [2, 24, 32]}'),
    "a description of another width": described('{"shape": [4, 24, 33]}'),
}


@pytest.mark.parametrize("name", STACKS)
def test_unusual_stacks(name: str, tmp_path: Path) -> None:
    video = open_video(STACKS[name](tmp_path))
    np.testing.assert_array_equal(video.frames.compute(), FRAMES)
    assert video.frame_interval is None
    assert video.pixel_size is None


def test_frames_of_ome_are_in_its_order(tmp_path: Path) -> None:
    video = open_video(ome(planes_of(3, 2, 1, 0))(tmp_path))
    np.testing.assert_array_equal(video.frames.compute(), FRAMES[::-1])


@pytest.mark.parametrize(
    "dtype", [np.bool_, np.int8, np.uint32, np.int64, np.float16, np.float64]
)
def test_unusual_dtypes(dtype: type, tmp_path: Path) -> None:
    frames: NDArray[Any] = (FRAMES % 2).astype(dtype)
    video = open_video(saved(tmp_path, frames, metadata={"axes": "TYX"}))
    np.testing.assert_array_equal(video.frames.compute(), frames)


def test_pages_between_frames_without_metadata(tmp_path: Path) -> None:
    video = open_video(appended(tmp_path, *FRAMES, rowsperstrip=1))
    np.testing.assert_array_equal(video.frames.compute(), FRAMES)
    assert len(video) == 4


Name = Callable[[int], str]

HOUR = 3600.0

FOLDERS: dict[str, tuple[Name, int, float | None]] = {
    "hours in halves": (lambda n: f"x_{0.5 * n:.1f}h.tif", 16, HOUR / 2),
    "hours in quarters": (lambda n: f"x_{0.25 * n:.2f}h.tif", 16, HOUR / 4),
    "decimals without a unit": (lambda n: f"x_{0.25 * n:.2f}.tif", 16, None),
    "minutes of several digits": (lambda n: f"x{5 * n}min.tif", 16, 300),
    "days and hours": (lambda n: f"{n // 24:02}d{n % 24:02}h.tif", 30, HOUR),
    "hours and minutes": (lambda n: f"x{n // 2}h{30 * (n % 2):02}m.tif", 9, HOUR / 2),
    "seconds since 1970": (lambda n: f"t{1_700_000_000 + 60 * n}.tif", 16, None),
    "a number of twenty digits": (lambda n: f"t{n:020}.tif", 16, None),
    "long numbers": (lambda n: f"t{2**53 + n}.tif", 16, None),
    "decimal commas": (lambda n: f"x{0.25 * n:.2f}.tif".replace(".", ",", 1), 8, None),
    "frames of a well": (lambda n: f"A1_{n:03}.tif", 8, None),
    "times of a plate": (lambda n: f"A01_T{n:04}F001Z01C01.tif", 8, None),
    "times of a well": (lambda n: f"V_A1_1_00d{n:02}h00m.tif", 8, HOUR),
    "f for frames": (lambda n: f"f{n}.tif", 8, None),
    "a number after each tenth": (lambda n: f"t{10 * n}.tif", 16, None),
    "a clock over midnight": (
        lambda n: (
            f"20240131_{23 + n}0000.tif" if n < 1 else f"20240201_0{n - 1}0000.tif"
        ),
        9,
        HOUR,
    ),
    "negative by a dash": (lambda n: f"t-{n}.tif", 16, None),
    "Arabic digits": (lambda n: f"t{chr(0x660 + n)}.tif", 10, None),
    "letters of all kinds": (lambda n: f"Zelle ä ☃ {n}.tif", 16, None),
    "a date in all": (lambda n: f"20240131_t{n:03}.tif", 16, None),
    "a well in all": (lambda n: f"B04_s1_t{n:03}.tif", 16, None),
}
"""The name of each frame, their number and their interval in seconds."""


@pytest.mark.parametrize("name", FOLDERS)
def test_unusual_names(name: str, tmp_path: Path) -> None:
    name_of, count, seconds = FOLDERS[name]
    video = open_video(frames_named(*map(name_of, range(count)))(tmp_path))
    assert video.frames[:, 0, 0].compute().tolist() == list(range(count))
    assert video.frame_interval == pytest.approx(seconds)


def test_other_contents_do_not_matter(tmp_path: Path) -> None:
    folder = frames_named("t5.tif", "t6.tif", "t7.tif")(tmp_path)
    (folder / "notes.txt").write_text("my notes")
    (folder / "._t8.tif").write_text("of macOS")
    (folder / "results").mkdir()
    (folder / "t9.tif").mkdir()
    video = open_video(folder)
    assert video.frames[:, 0, 0].compute().tolist() == [0, 1, 2]
    assert video.first_frame == 5
    assert video.name == NAME


def test_a_folder_of_links(tmp_path: Path) -> None:
    folder = frames_named("t0.tif", "t1.tif")(tmp_path)
    (folder / "t2.tif").symlink_to(tmp_path / "other.tif")
    frame = np.full((24, 32), 2, np.uint16)
    tifffile.imwrite(tmp_path / "other.tif", frame)
    assert open_video(folder).frames[:, 0, 0].compute().tolist() == [0, 1, 2]
