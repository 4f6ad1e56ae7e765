"""Single files that are no videos, or only seem to be."""

import os
import socket
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from fault import OUT, Fault
from numpy.typing import NDArray

FRAMES = np.arange(4 * 24 * 32, dtype=np.uint16).reshape(4, 24, 32)
TWELVE = np.concatenate([FRAMES] * 3)
CHANNELS = np.stack([FRAMES, FRAMES + 1], axis=1)
COLORS = np.stack([(FRAMES % 200 + n).astype(np.uint8) for n in range(3)], axis=-1)

MakeVideo = Callable[[Path], Path]
"""Makes a video in a folder, and returns its path."""

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, DESCRIPTION = (
    256,
    257,
    258,
    259,
    262,
    270,
)
STRIP_OFFSETS, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES = 273, 277, 278, 279
SAMPLE_FORMAT = 339

SHORT, LONG = 3, 4
"""Kinds of tag values: unsigned integers of 2 and 4 bytes."""


def saved(
    folder: Path, frames: NDArray[Any] = FRAMES, name: str = "a.tif", **how: Any
) -> Path:
    """Write frames as a TIFF file of an empty folder."""
    path = folder / name
    tifffile.imwrite(path, frames, **{"photometric": "minisblack"} | how)
    return path


def appended(folder: Path, *images: NDArray[Any], **how: Any) -> Path:
    """Write images one by one, each with its own tags."""
    path = folder / "a.tif"
    with tifffile.TiffWriter(path) as file:
        for image in images:
            file.write(
                image,
                photometric="minisblack",
                metadata=None,
                contiguous=False,
                **how,
            )
    return path


def of_bytes(content: bytes, name: str = "a.tif") -> MakeVideo:
    """Return a maker of a file with these bytes."""

    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def cut(part: float, **how: Any) -> MakeVideo:
    """Return a maker of a file that ends early, after a part or before some bytes."""

    def make(folder: Path) -> Path:
        path = saved(folder, **how)
        content = path.read_bytes()
        end = int(part) if part < 0 else int(part * len(content))
        path.write_bytes(content[:end])
        return path

    return make


def cut_in_tags(beyond: int, page: int = 0) -> MakeVideo:
    """Return a maker of a file that ends some bytes after the tags of a page begin."""

    def make(folder: Path) -> Path:
        path = appended(folder, *FRAMES)
        with tifffile.TiffFile(path) as tiff:
            start = tiff.pages[page].aspage().offset
        path.write_bytes(path.read_bytes()[: start + beyond])
        return path

    return make


def changed(
    path: Path,
    tag: int,
    value: int | None = None,
    kind: int | None = None,
    count: int | None = None,
    page: int | None = None,
) -> Path:
    """Change the entry of a tag: its value or where that is, its kind, its length.

    All pages have it changed, or only one.
    """
    with tifffile.TiffFile(path) as tiff:
        pages = tiff.pages if page is None else [tiff.pages[page]]
        offsets = [one.aspage().tags[tag].offset for one in pages]
    content = bytearray(path.read_bytes())
    for offset in offsets:
        old = struct.unpack_from("<HHII", content, offset)
        new = (tag, kind or old[1], old[2] if count is None else count)
        struct.pack_into("<HHI", content, offset, *new)
        if value is not None:
            struct.pack_into("<I", content, offset + 8, value)
    path.write_bytes(content)
    return path


def tagged(
    tag: int,
    value: int | None = None,
    page: int | None = None,
    frames: NDArray[Any] = FRAMES,
    **how: Any,
) -> MakeVideo:
    """Return a maker of a video in which a tag of one page or of all is changed."""
    entry = {name: how.pop(name) for name in ("kind", "count") if name in how}

    def make(folder: Path) -> Path:
        path = appended(folder, *frames, **how)
        return changed(path, tag, value, page=page, **entry)

    return make


def in_a_circle(*following: int) -> MakeVideo:
    """Return a maker of a video whose pages are followed by these pages."""

    def make(folder: Path) -> Path:
        path = appended(folder, *FRAMES[: len(following)])
        with tifffile.TiffFile(path) as tiff:
            starts = [page.aspage().offset for page in tiff.pages]
        content = bytearray(path.read_bytes())
        for start, page in zip(starts, following, strict=True):
            (tags,) = struct.unpack_from("<H", content, start)
            struct.pack_into("<I", content, start + 2 + 12 * tags, starts[page])
        path.write_bytes(content)
        return path

    return make


def with_pixel(value: float, dtype: type = np.float32) -> MakeVideo:
    """Return a maker of a video with this pixel in its frame 2."""

    def make(folder: Path) -> Path:
        frames: NDArray[Any] = FRAMES.astype(dtype)
        frames[2, 3, 4] = value
        return saved(folder, frames)

    return make


OME = (
    '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/'
    'Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" Type="uint16" '
    'DimensionOrder="XYZCT" SizeX="{x}" SizeY="24" SizeZ="{z}" SizeC="{c}" '
    'SizeT="{t}"><Channel ID="Channel:0:0" SamplesPerPixel="1"/>{planes}'
    "</Pixels></Image></OME>"
)


def described(text: str) -> MakeVideo:
    """Return a maker of a video of four pages, with this description in the first."""

    def make(folder: Path) -> Path:
        path = folder / "a.ome.tif"
        with tifffile.TiffWriter(path, ome=False) as file:
            for number, frame in enumerate(FRAMES):
                file.write(
                    frame,
                    photometric="minisblack",
                    metadata=None,
                    description=text if number == 0 else None,
                    contiguous=False,
                )
        return path

    return make


def ome(planes: str = "<TiffData/>", **sizes: object) -> MakeVideo:
    """Return a maker of an OME-TIFF file that tells these sizes of four frames."""
    whole = {"x": 32, "z": 1, "c": 1, "t": 4} | sizes
    return described(OME.format(planes=planes, **whole))


def imagej(**counts: object) -> MakeVideo:
    """Return a maker of an ImageJ file that tells these counts of four frames."""
    lines = [f"{name}={count}" for name, count in counts.items()]
    return described("\n".join(["ImageJ=1.53t", *lines, ""]))


def axes(names: str, frames: NDArray[Any], **how: Any) -> MakeVideo:
    """Return a maker of a file whose axes have these names."""
    return partial(saved, frames=frames, metadata={"axes": names}, **how)


def damaged(compression: str) -> MakeVideo:
    """Return a maker of a video whose frame 2 is not compressed as it states."""

    def make(folder: Path) -> Path:
        path = appended(folder, *FRAMES.astype(np.uint8), compression=compression)
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages[2].aspage()
            start, count = page.dataoffsets[0], page.databytecounts[0]
        content = bytearray(path.read_bytes())
        content[start : start + count] = b"\x55" * count
        path.write_bytes(content)
        return path

    return make


def linked(target: str) -> MakeVideo:
    """Return a maker of a link."""

    def make(folder: Path) -> Path:
        (folder / "a.tif").symlink_to(target)
        return folder / "a.tif"

    return make


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "a.tif")
    return folder / "a.tif"


def socket_file(folder: Path) -> Path:
    # The path of a socket may have only about 100 characters.
    before = Path.cwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("a.tif")
    finally:
        os.chdir(before)
    return folder / "a.tif"


def stacks(folder: Path) -> Path:
    saved(folder)
    return saved(folder, append=True)


def empty_folder(folder: Path) -> Path:
    (folder / "a.tif").mkdir()
    return folder / "a.tif"


def below_a_file(folder: Path) -> Path:
    return saved(folder) / "b.tif"


def elsewhere(folder: Path) -> Path:
    inner = folder / "from a colleague"
    inner.mkdir()
    saved(folder, FRAMES[0], "secret.tif")
    planes = (
        '<TiffData FirstT="0" IFD="0" PlaneCount="1"/><TiffData FirstT="1" IFD="0" '
        'PlaneCount="1"><UUID FileName="../secret.tif">urn:uuid:2</UUID></TiffData>'
    )
    return ome(planes, t=2)(inner)


def of_a_link(folder: Path) -> Path:
    inner = folder / "from a colleague"
    inner.mkdir()
    (inner / "b.tif").symlink_to(saved(folder, FRAMES[0], "secret.tif"))
    planes = (
        '<TiffData FirstT="0" IFD="0" PlaneCount="1"/><TiffData FirstT="1" IFD="0" '
        'PlaneCount="1"><UUID FileName="b.tif">urn:uuid:2</UUID></TiffData>'
    )
    return ome(planes, t=2)(inner)


def of_lifetimes(folder: Path) -> Path:
    modulo = (
        '<ModuloAlongT Type="lifetime" Unit="ps" Start="0" Step="50" End="50"/></OME>'
    )
    described_by = OME.format(planes="<TiffData/>", x=32, z=1, c=1, t=4)
    return described(described_by.replace("</OME>", modulo))(folder)


def of_a_color_camera(folder: Path) -> Path:
    path = appended(folder, *FRAMES)
    with tifffile.TiffFile(path, mode="r+") as tiff:
        for page in tiff.pages:
            page.aspage().tags["PhotometricInterpretation"].overwrite(32803)
    return path


def in_indexed_colors(folder: Path) -> Path:
    palette = np.random.default_rng(1).integers(2**16, size=(3, 256)).astype("u2")
    frames = FRAMES.astype(np.uint8)
    return saved(folder, frames, photometric="palette", colormap=palette)


def of_oblong_pixels(folder: Path) -> Path:
    return saved(folder, resolution=(2e4, 1e4), resolutionunit="CENTIMETER")


def of_absent_files(folder: Path) -> Path:
    planes = "".join(
        f'<TiffData FirstT="{time}" IFD="0" PlaneCount="1">'
        f'<UUID FileName="{name}.tif">urn:uuid:{time}</UUID></TiffData>'
        for time, name in enumerate("xy")
    )
    return ome(planes, t=2)(folder)


def of_a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "b.tif")
    planes = (
        '<TiffData FirstT="0" IFD="0" PlaneCount="1"/><TiffData FirstT="1" IFD="0" '
        'PlaneCount="1"><UUID FileName="b.tif">urn:uuid:2</UUID></TiffData>'
    )
    return ome(planes, t=2)(folder)


def planes_of(*times: int) -> str:
    """Return OME's description of planes: the page of each time."""
    return "".join(
        f'<TiffData FirstT="{time}" IFD="{page}" PlaneCount="1"/>'
        for page, time in enumerate(times)
    )


UNREADABLE = (
    r"a(\.ome)?\.tif (is not a readable TIFF file \(.+\); export the video as TIFF"
    r"|cannot be read and may be damaged: .+)\.$"
)
"""What is said about damage of any kind."""

VIDEOS: list[tuple[str, MakeVideo, str]] = [
    # No TIFF file at all
    ("empty", of_bytes(b""), r"a\.tif is empty; copy or export it again"),
    ("text", of_bytes(b"This is no picture."), r"a\.tif is not a readable TIFF file"),
    ("zeros", of_bytes(bytes(5000)), r"a\.tif is not a readable TIFF file"),
    ("png", of_bytes(b"\x89PNG\r\n\x1a\n"), r"a\.tif is not a readable TIFF file"),
    ("nd2", of_bytes(b"\xda\xce\xbe\n", "a.nd2"), r"a\.nd2 is not a TIFF file; export"),
    ("no suffix", of_bytes(b"II*\0", "a"), r"/a is not a TIFF file; export"),
    ("missing", lambda folder: folder / "a.tif", r"a\.tif does not exist; check its"),
    ("below a file", below_a_file, r"a\.tif/b\.tif does not exist; check its name"),
    ("broken link", linked("gone.tif"), r"a\.tif does not exist; check its name"),
    ("link to itself", linked("a.tif"), r"a\.tif does not exist; check its name"),
    ("long name", lambda folder: folder / ("a" * 300), r"aaa.*File name too long"),
    ("pipe", pipe, r"a\.tif is a pipe or a device, not a file; choose a file"),
    ("socket", socket_file, r"a\.tif is a pipe or a device, not a file"),
    ("device", linked("/dev/zero"), r"a\.tif is a pipe or a device, not a file"),
    ("empty folder", empty_folder, r"a\.tif contains no TIFF files"),
    # Cut short
    ("half a header", of_bytes(b"II*\0"), r"a\.tif is not a readable TIFF file"),
    ("only a header", of_bytes(b"II*\0\x08\0\0\0"), UNREADABLE),
    ("no pages", of_bytes(b"II*\0\0\0\0\0"), UNREADABLE),
    ("pages beyond the end", of_bytes(b"II*\0\xff\xff\0\0" + bytes(90)), UNREADABLE),
    ("half a BigTIFF header", of_bytes(b"II+\0\x08\0\0\0"), UNREADABLE),
    ("cut in the number of tags", cut_in_tags(1), UNREADABLE),
    ("cut in the first tags", cut_in_tags(30), UNREADABLE),
    ("cut between tags", cut_in_tags(2 + 3 * 12), UNREADABLE),
    ("cut in the tags of page 2", cut_in_tags(30, 2), UNREADABLE),
    ("cut in the last tags", cut(-100), r"a\.tif cannot be read and may be damaged"),
    ("cut in the last frame", cut(0.9, metadata=None), r"a\.tif is truncated"),
    ("cut zlib", cut(-100, compression="zlib"), r"a\.tif is truncated"),
    ("cut tiles", cut(0.7, tile=(16, 16)), r"a\.tif is truncated"),
    ("cut BigTIFF", cut(0.7, bigtiff=True), r"a\.tif is truncated"),
    ("cut ImageJ", cut(0.6, imagej=True, metadata={"axes": "TYX"}), r"is truncated"),
    ("cut OME", cut(0.6, ome=True, metadata={"axes": "TYX"}), r"a\.tif is truncated"),
    # Damaged tags
    ("page 0 after page 0", in_a_circle(0), r"a\.tif is damaged: its pages follow"),
    ("page 0 after page 1", in_a_circle(1, 0), r"pages follow each other in a circle"),
    ("page 1 after page 3", in_a_circle(1, 2, 3, 1), r"in a circle; copy or export"),
    ("no tags", of_bytes(b"II*\0\x08\0\0\0" + bytes(60)), r"1 × 1 px, too s"),
    ("65535 tags", of_bytes(b"II*\0\x08\0\0\0\xff\xff" + bytes(60)), UNREADABLE),
    ("strip beyond the end", tagged(STRIP_OFFSETS, 10**8), r"a\.tif is truncated"),
    ("strip of page 3", tagged(STRIP_OFFSETS, 10**8, 3), r"a\.tif is truncated"),
    ("huge strip", tagged(STRIP_BYTES, 2**31), r"a\.tif is truncated"),
    ("description beyond the end", tagged(305, 10**8), r"a\.tif is truncated"),
    ("endless description", tagged(305, count=2**31), r"a\.tif is truncated"),
    (
        "no height of page 2",
        tagged(HEIGHT, 0, 2),
        r"an image without pixels \(0 × 32\)",
    ),
    ("no width", tagged(WIDTH, 0), r"a\.tif contains an image without pixels \(24 × 0"),
    (
        "no height",
        tagged(HEIGHT, 0),
        r"a\.tif contains an image without pixels \(0 × 3",
    ),
    ("pixels in the header", tagged(STRIP_OFFSETS, 0), r"lacks a part of its pixels"),
    (
        "a missing zlib strip",
        tagged(HEIGHT, 48, compression="zlib"),
        r"a\.tif is damaged: an image lacks a part of its pixels; copy or export",
    ),
    ("a missing lzw strip", tagged(HEIGHT, 48, compression="lzw"), r"lacks a part of"),
    (
        "8 bits in one of 12",
        tagged(BITS, 8, 3, frames=TWELVE),
        r"one of its images is 24 × 32 of uint8, but others are 24 × 32 of uint16",
    ),
    (
        "a row less in one of 12",
        tagged(HEIGHT, 23, 5, frames=TWELVE),
        r"one of its images is 23 × 32 of uint16, but others are 24 × 32 of uint16",
    ),
    (
        "a huge width",
        tagged(WIDTH, 2**31 - 1, kind=LONG),
        r"a\.tif is truncated",
    ),
    (
        "a huge height",
        tagged(HEIGHT, 2**31 - 1, kind=LONG),
        r"a\.tif is damaged: an image lacks a part",
    ),
    ("one row too many", tagged(HEIGHT, 25), r"a\.tif is damaged: an image lacks a p"),
    ("no strip in the list", tagged(STRIP_OFFSETS, count=0), r"lacks a part of its p"),
    (
        "two strips in a list of one",
        tagged(STRIP_OFFSETS, count=2),
        r"a\.tif is truncated",
    ),
    ("bits of three samples", tagged(BITS, count=3), UNREADABLE),
    ("width as text", tagged(WIDTH, kind=2), UNREADABLE),
    ("no bits", tagged(BITS, 0), UNREADABLE),
    (
        "24 bits",
        tagged(BITS, 24, frames=FRAMES[:, :, :16]),
        r"24 bits a pixel, whose order is not certain; save it with 16 or 32 bits",
    ),
    ("1000 bits", tagged(BITS, 1000), UNREADABLE),
    ("32 bits in place of 16", tagged(BITS, 32), r"a\.tif is truncated"),
    ("9 samples", tagged(SAMPLES, 9), r"a\.tif is truncated"),
    ("unknown compression", tagged(COMPRESSION, 9999), UNREADABLE),
    (
        "unknown compression of page 3",
        tagged(COMPRESSION, 9999, 3),
        r"contains 2 separate images",
    ),
    ("zlib only by name", tagged(COMPRESSION, 8), r"a\.tif cannot be read and may be"),
    ("damaged zlib", damaged("zlib"), r"a\.tif cannot be read and may be damaged"),
    ("damaged lzw", damaged("lzw"), r"a\.tif cannot be read and may be damaged"),
    ("damaged jpeg", damaged("jpeg"), r"a\.tif cannot be read and may be damaged"),
    ("damaged zstd", damaged("zstd"), r"a\.tif cannot be read and may be damaged"),
    # Pixels that are no intensities
    ("not a number", with_pixel(np.nan), r"frame 2: some pixels are NaN or infinite"),
    ("infinite", with_pixel(np.inf), r"a\.tif, frame 2: some pixels are NaN or inf"),
    ("half infinite", with_pixel(-np.inf, np.float16), r"frame 2: some pixels are NaN"),
    (
        "complex",
        partial(saved, frames=FRAMES.astype(np.complex64)),
        r"complex64 values",
    ),
    ("complex128", partial(saved, frames=FRAMES + 0j), r"complex128 values; real"),
    # Axes and channels
    ("colors", partial(saved, frames=COLORS, photometric="rgb"), r"3 channels \(0 red"),
    ("one color frame", partial(saved, frames=COLORS[0], photometric="rgb"), r"3 chan"),
    ("channels", axes("TCYX", CHANNELS), r"a\.tif has 2 channels.*--channel 0"),
    ("slices", axes("ZYX", FRAMES), r"three-dimensional \(4 slices in z\)"),
    ("TZYX", axes("TZYX", CHANNELS), r"three-dimensional \(2 slices in z\)"),
    ("TCZYX", axes("TCZYX", np.stack([CHANNELS] * 2, 2)), r"three-dimensional"),
    ("positions", axes("PTYX", CHANNELS), r"not time \(P with 4 images\)"),
    ("angles", axes("AYX", FRAMES), r"has an axis that is not time \(A with 4 images"),
    ("no names", partial(saved, frames=CHANNELS), r"4 axes .* whose meaning is not"),
    ("five axes", partial(saved, frames=np.stack([CHANNELS] * 2)), r"5 axes .*meaning"),
    (
        "frames of two sizes",
        lambda f: appended(f, FRAMES[0], FRAMES[1, :9]),
        r"2 separ",
    ),
    (
        "a smaller frame in between",
        lambda folder: appended(folder, FRAMES[0], FRAMES[1, :9], FRAMES[2]),
        r"a\.tif contains \d separate images, not one video",
    ),
    (
        "frames of two dtypes",
        lambda folder: appended(folder, FRAMES[0], FRAMES[1].astype(np.float32)),
        r"a\.tif contains 2 separate images, not one video",
    ),
    ("1 × 1 px", axes("TYX", FRAMES[:, :1, :1]), r"frames of 1 × 1 px, too small to"),
    ("24 × 1 px", axes("TYX", FRAMES[:, :, :1]), r"frames of 24 × 1 px, too small"),
    # Metadata
    ("OME with fewer frames", ome(t=3), r"has 4 images, but .* describes only 3"),
    ("OME with more frames", ome(t=6), r"a\.ome\.tif lacks frame 4"),
    ("OME of billions", ome(t=2 * 10**9), r"describes 2000000000 images, but is too"),
    (
        "OME of two absent files",
        of_absent_files,
        r"x\.tif and 1 more are missing; copy",
    ),
    ("OME of a pipe", of_a_pipe, r"b\.tif is a pipe or a device, not a file; choose"),
    (
        "appended stacks",
        stacks,
        r"4 axes \(2 × 4 × 24 × 32\) whose meaning is not in the file",
    ),
    (
        "uint64 beyond floats",
        partial(saved, frames=FRAMES.astype(np.uint64) + 2**60),
        r"too large to be told apart; subtract 1152921504606846976 from all of them",
    ),
    (
        "a description of more frames",
        described('{"shape": [6, 24, 32]}'),
        r"should have 6 images but is truncated",
    ),
    ("OME with slices", ome(z=4, t=1), r"three-dimensional \(4 slices in z\)"),
    ("OME with channels", ome(c=2, t=2), r"a\.ome\.tif has 2 channels"),
    ("OME with letters", ome(t="four"), UNREADABLE),
    (
        "OME with one of four",
        ome('<TiffData IFD="1" PlaneCount="1"/>'),
        r"lacks frame 1",
    ),
    (
        "OME with repeated planes",
        ome('<TiffData PlaneCount="1"/>' * 4),
        r"lacks frame 1",
    ),
    (
        "OME with a gap",
        ome(planes_of(0, 1, 3)),
        r"a\.ome\.tif lacks frame 2, channel 0",
    ),
    ("OME of files elsewhere", elsewhere, r"from outside its folder, such as \.\./sec"),
    ("OME of links elsewhere", of_a_link, r"from outside its folder, such as b\.tif"),
    ("OME of lifetimes", of_lifetimes, r"has the axis lifetime within its time axis"),
    ("a color camera's mosaic", of_a_color_camera, r"raw pixels of a color camera"),
    ("indexed colors", in_indexed_colors, r"has indexed colors, whose numbers are no"),
    ("oblong pixels", of_oblong_pixels, r"not square \(0\.5 × 1 µm\); scale its fra"),
    ("ImageJ with more images", imagej(images=9, frames=9), r"should have 9 images"),
    ("ImageJ with fewer", imagej(images=3, frames=3), r"has 4 images, but .* only 3"),
    ("ImageJ with slices", imagej(images=4, slices=4), r"three-dimensional \(4 slices"),
    ("ImageJ with huge numbers", imagej(images=2 * 10**9), r"should have 2000000000"),
    ("ImageJ without a number", imagej(images="nan", frames=4), UNREADABLE),
    ("ImageJ with letters", imagej(images="four"), UNREADABLE),
]
"""Name, maker and message of each faulty file."""


def run_on(make: MakeVideo, *options: str) -> Callable[[Path], list[str]]:
    """Return a maker of a video and of the command that runs the method on it."""

    def arguments(folder: Path) -> list[str]:
        video = make(folder)
        return ["run", str(video), "--out", str(folder / OUT), *options]

    return arguments


def second_is_missing(folder: Path) -> list[str]:
    return ["run", str(saved(folder)), str(folder / "b.tif"), "--out", OUT]


FAULTS = [
    *(Fault("video", name, run_on(make), says) for name, make, says in VIDEOS),
    Fault(
        "video",
        "a channel that is not there",
        run_on(partial(saved, frames=COLORS, photometric="rgb"), "--channel", "3"),
        r"a\.tif has 3 channels .* choose one with --channel",
    ),
    Fault(
        "video",
        "a negative channel",
        run_on(axes("TCYX", CHANNELS), "--channel", "-1"),
        r"a\.tif has 2 channels .* choose one with --channel",
    ),
    Fault(
        "video",
        "a channel of a single one",
        run_on(saved, "--channel", "1"),
        r"a\.tif has only one channel; omit --channel 1",
    ),
    Fault(
        "video", "the second is missing", second_is_missing, r"b\.tif does not exist"
    ),
]
