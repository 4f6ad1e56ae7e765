import pickle
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
import tifffile
from cases import good, late_start, raw_frames
from numpy.typing import NDArray

from napari_asist.ctc import write_ctc
from napari_asist.errors import AsistError
from napari_asist.video import Video, open_video
from napari_asist.video.metadata import INCH

FRAMES = raw_frames(good())
CHANNELS = np.stack([FRAMES, FRAMES + 1], axis=1)
COLORS = np.stack([(FRAMES // 4 + n).astype(np.uint8) for n in range(3)], axis=-1)

STACKS: dict[str, tuple[str, NDArray[Any], dict[str, Any]]] = {
    "plain": ("a.tif", FRAMES, {}),
    "zlib": ("a.tif", FRAMES, {"compression": "zlib", "predictor": True}),
    "lzw": ("a.tiff", FRAMES, {"compression": "lzw"}),
    "no metadata": ("a.tif", FRAMES, {"metadata": None}),
    "tiles": ("a.tif", FRAMES, {"tile": (16, 16)}),
    "BigTIFF": ("a.tif", FRAMES, {"bigtiff": True}),
    "big endian": ("a.TIF", FRAMES.astype(">u2"), {"byteorder": ">"}),
    "float32": ("a.tif", FRAMES.astype(np.float32), {}),
    "int16": ("a.tif", -FRAMES.astype(np.int16), {}),
    "uint8": ("a.tif", (FRAMES // 4).astype(np.uint8), {}),
    "one bit": ("a.tif", FRAMES > 200, {}),
    "one frame": ("a.tif", FRAMES[:1], {}),
    "ImageJ": ("a.tif", FRAMES, {"imagej": True, "metadata": {"axes": "TYX"}}),
    "OME": ("a.ome.tif", FRAMES, {"metadata": {"axes": "TYX"}}),
    "OME zlib": (
        "a.ome.tif",
        FRAMES,
        {"metadata": {"axes": "TYX"}, "compression": "zlib"},
    ),
}


def saved(folder: Path, image: NDArray[Any], name: str = "a.tif", **how: Any) -> Path:
    path = folder / name
    # tifffile takes four 16-bit frames for the color channels of one.
    tifffile.imwrite(path, image, **{"photometric": "minisblack"} | how)
    return path


def refusal(path: Path, channel: int | None = None) -> str:
    with pytest.raises(AsistError) as raised:
        open_video(path, channel)
    return str(raised.value)


@pytest.mark.parametrize("name", STACKS)
def test_stacks_are_read_unchanged(name: str, tmp_path: Path) -> None:
    file_name, image, how = STACKS[name]
    video = open_video(saved(tmp_path, image, file_name, **how))
    assert video.name == "a"
    assert video.frames.chunks == ((1,) * len(image), (40,), (48,))
    native = np.uint8 if image.dtype == bool else image.dtype.newbyteorder("=")
    assert video.frames.dtype == video.frame(0).dtype == native
    assert np.array_equal(video.frames.compute(), image)
    assert np.array_equal(video.frame(len(image) - 1), image[-1])


def test_frames_appended_one_by_one(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for frame in FRAMES:
            writer.write(frame, contiguous=False)
    assert np.array_equal(open_video(tmp_path / "a.tif").frames, FRAMES)


def test_a_single_image_is_a_video_of_one_frame(tmp_path: Path) -> None:
    assert open_video(saved(tmp_path, FRAMES[0])).frames.shape == (1, 40, 48)


def test_imagej_above_4_gb_has_one_page_for_all_frames(tmp_path: Path) -> None:
    path = saved(tmp_path, CHANNELS, imagej=True, metadata={"axes": "TCYX"})
    content = bytearray(path.read_bytes())
    order = ">" if content[:2] == b"MM" else "<"
    (first,) = struct.unpack(f"{order}I", content[4:8])
    (tags,) = struct.unpack(f"{order}H", content[first : first + 2])
    following = first + 2 + 12 * tags
    content[following : following + 4] = bytes(4)
    path.write_bytes(content)
    with tifffile.TiffFile(path) as tiff:
        assert len(tiff.pages) == 1
    assert np.array_equal(open_video(path, 1).frames, CHANNELS[:, 1])
    path.write_bytes(content[: len(content) // 2])
    assert "is truncated" in refusal(path, 1)


def test_pixel_size_and_interval_of_imagej(tmp_path: Path) -> None:
    for unit, expected in (("um", 0.645), ("micron", 0.645), ("nm", 645.0)):
        metadata = {"axes": "TYX", "unit": unit, "finterval": 1800.0}
        path = saved(
            tmp_path,
            FRAMES,
            imagej=True,
            resolution=(1 / expected, 1 / expected),
            metadata=metadata,
        )
        video = open_video(path)
        assert video.pixel_size == pytest.approx(0.645, rel=1e-4)
        assert video.frame_interval == 1800


def test_pixel_size_and_interval_of_ome(tmp_path: Path) -> None:
    metadata = {
        "axes": "TYX",
        "PhysicalSizeX": 645,
        "PhysicalSizeXUnit": "nm",
        "TimeIncrement": 30,
        "TimeIncrementUnit": "min",
    }
    video = open_video(saved(tmp_path, FRAMES, "a.ome.tif", metadata=metadata))
    assert video.pixel_size == pytest.approx(0.645)
    assert video.frame_interval == 1800


def test_pixel_size_is_read_in_centimeters_but_not_in_inches(
    tmp_path: Path,
) -> None:
    fine, coarse = (20_000, 20_000), (72, 72)
    in_cm = saved(tmp_path, FRAMES, "cm.tif", resolution=fine, resolutionunit=3)
    in_inches = saved(tmp_path, FRAMES, "inch.tif", resolution=coarse, resolutionunit=2)
    assert open_video(in_cm).pixel_size == pytest.approx(0.5)
    assert open_video(in_inches).pixel_size is None
    assert open_video(in_cm).frame_interval is None


def test_a_channel_is_chosen(tmp_path: Path) -> None:
    names = {"axes": "TCYX", "Channel": {"Name": ["DAPI", "GFP"]}}
    ome = saved(tmp_path, CHANNELS, "a.ome.tif", metadata=names)
    imagej = saved(tmp_path, CHANNELS, imagej=True, metadata={"axes": "TCYX"})
    for path in (ome, imagej):
        assert np.array_equal(open_video(path, 1).frames, CHANNELS[:, 1])
        assert "choose one with --channel" in refusal(path)
        assert "2 channels" in refusal(path, 2)
        assert "2 channels" in refusal(path, -1)
    assert "(0 DAPI, 1 GFP)" in refusal(ome)


def test_colors_are_channels(tmp_path: Path) -> None:
    together = saved(tmp_path, COLORS, "a.tif", photometric="rgb")
    apart = saved(
        tmp_path,
        np.moveaxis(COLORS, -1, 1),
        "b.tif",
        photometric="rgb",
        planarconfig="separate",
    )
    for path in (together, apart):
        assert np.array_equal(open_video(path, 2).frames, COLORS[..., 2])
        assert "(0 red, 1 green, 2 blue)" in refusal(path)


def test_a_missing_channel_is_reported(tmp_path: Path) -> None:
    path = saved(tmp_path, FRAMES)
    assert np.array_equal(open_video(path, 0).frames, FRAMES)
    assert "only one channel; omit --channel 1" in refusal(path, 1)


def test_other_dimensions_are_rejected(tmp_path: Path) -> None:
    volume = saved(tmp_path, FRAMES, "z.tif", metadata={"axes": "ZYX"})
    volumes = saved(tmp_path, CHANNELS, "tz.tif", metadata={"axes": "TZYX"})
    unnamed = saved(tmp_path, CHANNELS, "q.tif")
    colored = np.stack([COLORS, COLORS], axis=1)
    axes = {"axes": "TCYXS"}
    both = saved(tmp_path, colored, "cs.tif", photometric="rgb", metadata=axes)
    assert "three-dimensional (4 slices in z)" in refusal(volume)
    assert "three-dimensional (2 slices in z)" in refusal(volumes)
    assert "4 axes (4 × 2 × 40 × 48) whose meaning" in refusal(unnamed)
    assert "cannot be read as a video" in refusal(both)


def test_separate_images_are_rejected(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(FRAMES)
        writer.write(FRAMES[0, :20])
    assert "2 separate images" in refusal(tmp_path / "a.tif")


def test_complex_values_are_rejected(tmp_path: Path) -> None:
    assert "complex64" in refusal(saved(tmp_path, FRAMES.astype(np.complex64)))


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"compression": "zlib"},
        {"metadata": None},
        {"ome": True, "metadata": {"axes": "TYX"}},
        {"imagej": True, "metadata": {"axes": "TYX"}},
    ],
    ids=str,
)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.97])
def test_a_truncated_file_is_never_a_shorter_video(
    how: dict[str, Any], part: float, tmp_path: Path
) -> None:
    path = saved(tmp_path, FRAMES, **how)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    assert "truncated" in refusal(path) or "damaged" in refusal(path)


def test_files_that_are_not_videos(tmp_path: Path) -> None:
    (tmp_path / "empty.tif").touch()
    (tmp_path / "text.tif").write_text("This is not a TIFF file")
    (tmp_path / "film.avi").write_text("RIFF")
    assert "is empty" in refusal(tmp_path / "empty.tif")
    assert "not a readable TIFF" in refusal(tmp_path / "text.tif")
    assert "export the video as TIFF" in refusal(tmp_path / "film.avi")
    assert "does not exist" in refusal(tmp_path / "absent.tif")


def test_every_refusal_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\0" + bytes(range(40)))
    assert "\n" not in refusal(tmp_path / "a.tif")


def test_pixels_damaged_later_give_one_sentence(tmp_path: Path) -> None:
    path = saved(tmp_path, FRAMES, compression="zlib")
    video = open_video(path)
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[1]
        assert page is not None
        start, count = page.dataoffsets[0], page.databytecounts[0]
    content = bytearray(path.read_bytes())
    content[start : start + count] = bytes(count)
    path.write_bytes(content)
    assert np.array_equal(video.frame(0), FRAMES[0])
    with pytest.raises(AsistError, match="damaged"):
        video.frame(1)


def test_nothing_is_read_before_it_is_needed(tmp_path: Path) -> None:
    path = saved(tmp_path, FRAMES, compression="zlib")
    video = open_video(path)
    path.unlink()
    assert video.frames.shape == FRAMES.shape
    with pytest.raises(AsistError, match="does not exist"):
        video.frame(0)


def test_reading_is_thread_safe(tmp_path: Path) -> None:
    many = np.concatenate([FRAMES + n for n in range(10)])
    video = open_video(saved(tmp_path, many, compression="zlib"))
    with ThreadPoolExecutor(8) as readers:
        frames = list(readers.map(video.frame, list(range(len(many))) * 3))
    assert np.array_equal(np.stack(frames), np.concatenate([many] * 3))
    with dask.config.set(scheduler="threads", num_workers=8):
        assert np.array_equal(video.frames.compute(), many)


def test_a_video_can_be_sent_to_another_process(tmp_path: Path) -> None:
    video = open_video(saved(tmp_path, FRAMES, compression="zlib"))
    copy = pickle.loads(pickle.dumps(video))
    assert np.array_equal(copy.frame(2), FRAMES[2])


def frame_folder(folder: Path, names: list[str]) -> Path:
    folder.mkdir()
    for name, frame in zip(names, FRAMES, strict=True):
        tifffile.imwrite(folder / name, frame)
    return folder


def test_a_folder_is_sorted_by_number(tmp_path: Path) -> None:
    names = ["img8.tif", "img9.tif", "img10.tif", "img11.tif"]
    folder = frame_folder(tmp_path / "run 3", names)
    (folder / "notes.txt").write_text("not an image")
    (folder / ".hidden.tif").write_text("not an image")
    video = open_video(folder)
    assert np.array_equal(video.frames, FRAMES)
    assert (video.name, video.first_frame, video.path) == ("run 3", 0, folder)


def test_a_ctc_sequence_keeps_its_numbers(tmp_path: Path) -> None:
    folder = frame_folder(tmp_path / "01", [f"t{n}.tif" for n in range(150, 154)])
    assert open_video(folder).first_frame == 150
    (folder / "t152.tif").unlink()
    assert "no frame 152" in refusal(folder)


def test_folders_that_are_not_videos(tmp_path: Path) -> None:
    names = ["t000.tif", "t001.tif", "t002.tif", "t003.tif"]
    mixed = frame_folder(tmp_path / "mixed", names)
    saved(mixed, FRAMES[0], "mean.tif")
    assert "more than one kind of image (t#.tif and mean.tif)" in refusal(mixed)

    pictures = frame_folder(tmp_path / "pictures", names)
    (pictures / "view.png").touch()
    assert "also contains view.png" in refusal(pictures)

    stacks = frame_folder(tmp_path / "stacks", names)
    saved(stacks, FRAMES, "t002.tif")
    assert "has 4 images" in refusal(stacks)

    sizes = frame_folder(tmp_path / "sizes", names)
    saved(sizes, FRAMES[0, :30], "t003.tif")
    assert "30 × 48 of uint16, but t000.tif is 40 × 48" in refusal(sizes)

    channels = ["a1_c1.tif", "a1_c2.tif", "a2_c1.tif", "a2_c2.tif"]
    assert "has files of 2 channels" in refusal(frame_folder(tmp_path / "cs", channels))

    write_ctc(late_start(), tmp_path / "01_RES")
    assert "contains labels" in refusal(tmp_path / "01_RES")

    (tmp_path / "nothing").mkdir()
    assert "contains no TIFF files; choose a folder" in refusal(tmp_path / "nothing")
    assert "choose one of its folders: 01_RES, cs" in refusal(tmp_path)


def test_frames_are_sampled_evenly() -> None:
    frames = da.from_array(np.arange(10).reshape(10, 1, 1), chunks=(1, 1, 1))
    video = Video(frames, "made")
    assert video.sampled(4).ravel().tolist() == [0, 3, 6, 9]
    assert video.sampled(50).ravel().tolist() == list(range(10))
    assert video.sampled(1).ravel().tolist() == [0]
    assert len(video) == 10
    assert video.pixel_size is None


def test_real_sequences_open(data: Path) -> None:
    video = open_video(data / "PhC-C2DL-PSC" / "01")
    assert video.frames.shape == (101, 576, 720)
    assert video.frames.dtype == np.uint8
    assert video.first_frame == 150
    assert "01, 02" in refusal(data / "PhC-C2DL-PSC")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_frame_with_pixels_that_are_not_numbers_is_named(
    value: float, tmp_path: Path
) -> None:
    frames = FRAMES.astype(np.float32)
    frames[2, 3, 4] = value
    (tmp_path / "01").mkdir()
    for number, frame in enumerate(frames, 150):
        tifffile.imwrite(tmp_path / "01" / f"t{number}.tif", frame)
    video = open_video(tmp_path / "01")
    np.testing.assert_array_equal(video.frame(1), frames[1])
    with pytest.raises(AsistError, match=r"01, frame 152: some pixels are NaN or inf"):
        video.frame(2)


OME = (
    '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/'
    'Schemas/OME/2016-06"{uuid}><Image ID="Image:0"><Pixels ID="Pixels:0" '
    'Type="uint16" DimensionOrder="XYZCT" SizeX="48" SizeY="40" SizeZ="1" SizeC="1" '
    'SizeT="{frames}"><Channel ID="Channel:0:0" SamplesPerPixel="1"/>{planes}'
    "</Pixels></Image></OME>"
)


def described(path: Path, frames: NDArray[Any], text: str) -> Path:
    """Write an OME-TIFF file, one page after the other."""
    with tifffile.TiffWriter(path, ome=False) as file:
        for number, frame in enumerate(frames):
            file.write(
                frame,
                photometric="minisblack",
                metadata=None,
                description=text if number == 0 else None,
                contiguous=False,
            )
    return path


def test_more_images_than_described_are_not_dropped(tmp_path: Path) -> None:
    text = OME.format(frames=3, uuid="", planes="<TiffData/>")
    more = described(tmp_path / "a.ome.tif", FRAMES, text)
    assert "has 4 images, but its metadata describes only 3" in refusal(more)
    whole = described(tmp_path / "b.ome.tif", FRAMES[:3], text)
    assert np.array_equal(open_video(whole).frames, FRAMES[:3])


def test_an_incomplete_set_of_files_names_the_missing_ones(tmp_path: Path) -> None:
    planes = "".join(
        f'<TiffData FirstT="{2 * file + page}" IFD="{page}" PlaneCount="1">'
        f'<UUID FileName="s{file}.ome.tif">urn:uuid:{file}</UUID></TiffData>'
        for file in range(2)
        for page in range(2)
    )
    for file in range(2):
        text = OME.format(frames=4, uuid=f' UUID="urn:uuid:{file}"', planes=planes)
        frames = FRAMES[2 * file : 2 * file + 2]
        described(tmp_path / f"s{file}.ome.tif", frames, text)
    for file in range(2):
        video = open_video(tmp_path / f"s{file}.ome.tif")
        assert np.array_equal(video.frames, FRAMES)
    (tmp_path / "s0.ome.tif").unlink()
    assert "but s0.ome.tif is missing" in refusal(tmp_path / "s1.ome.tif")


@pytest.mark.parametrize("is_absolute", [False, True])
def test_files_outside_the_folder_are_not_read(
    tmp_path: Path, is_absolute: bool
) -> None:
    tifffile.imwrite(tmp_path / "secret.tif", FRAMES[0])
    folder = tmp_path / "from a colleague"
    folder.mkdir()
    name = str(tmp_path / "secret.tif") if is_absolute else "../secret.tif"
    planes = (
        '<TiffData FirstT="0" IFD="0" PlaneCount="1"><UUID FileName="a.ome.tif">'
        'urn:uuid:1</UUID></TiffData><TiffData FirstT="1" IFD="0" PlaneCount="1">'
        f'<UUID FileName="{name}">urn:uuid:2</UUID></TiffData>'
    )
    text = OME.format(frames=2, uuid=' UUID="urn:uuid:1"', planes=planes)
    file = described(folder / "a.ome.tif", FRAMES[:1], text)
    assert f"from outside its folder, such as {name}" in refusal(file)


def test_a_renamed_file_is_not_a_set(tmp_path: Path) -> None:
    planes = "".join(
        f'<TiffData FirstT="{time}" IFD="{time}" PlaneCount="1">'
        '<UUID FileName="original.ome.tif">urn:uuid:1</UUID></TiffData>'
        for time in range(4)
    )
    for name, uuid in (("a.ome.tif", ' UUID="urn:uuid:1"'), ("b.ome.tif", "")):
        text = OME.format(frames=4, uuid=uuid, planes=planes)
        video = open_video(described(tmp_path / name, FRAMES, text))
        assert np.array_equal(video.frames, FRAMES)


@pytest.mark.parametrize(
    ("unit", "step", "seconds"),
    [("s", 300.0, 300), ("ms", 500.0, 0.5), ("min", 2.0, 120), ("parsec", 1.0, None)],
)
def test_the_times_of_planes_give_the_interval(
    unit: str, step: float, seconds: float | None, tmp_path: Path
) -> None:
    planes = "".join(
        f'<Plane TheT="{time}" TheC="0" TheZ="0" DeltaT="{0.2 + step * time}" '
        f'DeltaTUnit="{unit}"/>'
        for time in range(4)
    )
    text = OME.format(frames=4, uuid="", planes=f"<TiffData/>{planes}")
    video = open_video(described(tmp_path / "a.ome.tif", FRAMES, text))
    assert video.frame_interval == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("metadata", "seconds"),
    [
        ({"finterval": 2, "tunit": "hr"}, 7200),
        ({"finterval": 0.5, "tunit": "days"}, 43_200),
        ({"fps": 0.5}, None),
        ({"finterval": "nan"}, None),
    ],
)
def test_intervals_of_imagej(
    metadata: dict[str, Any], seconds: float | None, tmp_path: Path
) -> None:
    path = saved(tmp_path, FRAMES, imagej=True, metadata={"axes": "TYX"} | metadata)
    assert open_video(path).frame_interval == seconds


@pytest.mark.parametrize(
    ("micrometers", "expected"),
    [(0.65, 0.65), (12.9, 12.9), (INCH / 72, None), (INCH / 300, None), (10_000, None)],
)
def test_the_resolution_of_a_printer_is_not_a_pixel_size(
    micrometers: float, expected: float | None, tmp_path: Path
) -> None:
    per_centimeter = 1e4 / micrometers
    path = saved(
        tmp_path,
        FRAMES,
        resolution=(per_centimeter, per_centimeter),
        resolutionunit="CENTIMETER",
    )
    assert open_video(path).pixel_size == pytest.approx(expected)


@pytest.mark.parametrize("axis", "PMAHV")
def test_an_axis_with_another_meaning_is_named(axis: str, tmp_path: Path) -> None:
    path = saved(tmp_path, FRAMES, metadata={"axes": f"{axis}YX"})
    assert f"not time ({axis} with 4 images)" in refusal(path)


@pytest.mark.parametrize("count", [3, 4])
def test_three_or_four_frames_are_not_colors(count: int, tmp_path: Path) -> None:
    frames = (FRAMES[:count] // 4).astype(np.uint8)
    for name, how in (("a.tif", {}), ("b.tif", {"metadata": {"axes": "TYX"}})):
        assert np.array_equal(
            open_video(saved(tmp_path, frames, name, **how)).frames, frames
        )
