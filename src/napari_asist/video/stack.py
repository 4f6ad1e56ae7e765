"""The pages of a TIFF file as frames of a video."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.files import require_file
from napari_asist.tiff import (
    in_native_order,
    open_tiff,
    refuse_circles,
    refuse_damage,
)
from napari_asist.video.metadata import (
    axis_within_time,
    channel_names,
    described_images,
    files_elsewhere,
    frame_interval,
    missing_files,
    origin,
    other_files,
    pixel_size,
    sides_of_pixels,
)

SMALLEST_IMAGE = 12
"""Bytes of a single tag; an image has more than one, and may hold several channels."""

RGB, PALETTE, MOSAIC = 2, 3, 32803
"""Values of the tag PhotometricInterpretation."""

NO_FRAME = 1 | 4
"""Bits of the tag NewSubfileType: a reduced image, a mask."""

UNREADABLE_BITS = 24
"""Bits a pixel that tifffile reads in one byte order, whatever that of the file."""

SMALLEST_SIDE = 2
"""Height and width of a frame, in px."""

UNNAMED = "IQR"
"""tifffile's name for an axis of pages whose meaning is not in the file."""


@dataclass(frozen=True)
class Plane:
    """The location of a frame's pixels, small enough to send to any worker.

    Parameters
    ----------
    path : Path
    page : int or None
        Byte at which the page's tags begin. None for raw pixels without their own page,
        as in ImageJ files above 4 GB.
    raw : int
        Byte at which raw pixels begin.
    shape : tuple of int
        As stored, including the color channels.
    dtype : str
        As stored, including the byte order.
    color : (int, int) or None
        Axis of the color channels, and the channel to take.
    photometric : int
        TIFF's interpretation of values: 1 if 0 is black.
    """

    path: Path
    page: int | None
    raw: int
    shape: tuple[int, ...]
    dtype: str
    color: tuple[int, int] | None
    photometric: int = 1

    def read(self) -> NDArray[Any]:
        """Read the frame, shape (Y, X). Reopens the file, so it is thread-safe."""
        if self.page is None:
            return self._finished(
                np.fromfile(
                    self.path, self.dtype, math.prod(self.shape), offset=self.raw
                ).reshape(self.shape)
            )
        with open_tiff(self.path) as tiff:
            return self.read_from(tiff)

    def read_from(self, tiff: tifffile.TiffFile) -> NDArray[Any]:
        """Read the frame, shape (Y, X), from its open file; it must have a page."""
        assert self.page is not None
        tiff.filehandle.seek(self.page)
        page = tifffile.TiffPage(tiff, 0)
        # tifffile compares only some of the pages.
        found = _kind_of(page.shape, page.dtype, page.photometric)
        others = self.kind
        if found != others:
            raise AsistError(
                f"{self.path} is damaged: one of its images is {found}, but others "
                f"are {others}; copy or export it again."
            )
        return self._finished(page.asarray())

    def _finished(self, image: NDArray[Any]) -> NDArray[Any]:
        if self.color is not None:
            image = image.take(self.color[1], axis=self.color[0])
        # One-bit images become 0 and 1.
        return in_native_order(image.astype("u1") if image.dtype.kind == "b" else image)

    @property
    def kind(self) -> str:
        """Shape, data type and interpretation of the values, in words."""
        dtype = np.dtype(self.dtype).newbyteorder("=")
        return _kind_of(self.shape, dtype, self.photometric)


def _kind_of(shape: tuple[int, ...], dtype: object, photometric: int) -> str:
    known = f"{' × '.join(map(str, shape))} of {dtype}"
    return known if photometric == 1 else f"{known} ({_named(photometric)})"


def _named(photometric: int) -> str:
    try:
        return tifffile.PHOTOMETRIC(photometric).name.lower()
    except ValueError:
        return f"photometric interpretation {photometric}"


@dataclass(frozen=True)
class Projection:
    """The z slices of one time, as a frame with the maximum of each pixel.

    Parameters
    ----------
    slices : tuple of Plane
    """

    slices: tuple[Plane, ...]

    @property
    def kind(self) -> str:
        """As `Plane.kind`; the same for all slices."""
        return self.slices[0].kind

    def read(self) -> NDArray[Any]:
        """Read the frame, shape (Y, X). Reopens the file, so it is thread-safe."""
        brightest: NDArray[Any] | None = None
        for image in self._images():
            if brightest is None:
                brightest = image
            else:
                np.maximum(brightest, image, out=brightest)
        assert brightest is not None
        return brightest

    def _images(self) -> Iterator[NDArray[Any]]:
        for path, planes in groupby(self.slices, key=lambda plane: plane.path):
            with open_tiff(path) as tiff:
                for plane in planes:
                    is_raw = plane.page is None
                    yield plane.read() if is_raw else plane.read_from(tiff)


@dataclass(frozen=True)
class Stack:
    """The frames of one channel of a TIFF file, and the file's metadata."""

    planes: Sequence[Plane | Projection]
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    pixel_size: float | None
    frame_interval: float | None
    origin: tuple[str, int] = ("", 0)
    """What the frames were made from, and the number of the first one; see `Video`."""


@dataclass(frozen=True)
class Axes:
    """The lengths of a video's axes.

    Parameters
    ----------
    times, slices, rows, columns : int
    channels : list of str
        One name per channel, empty if the file has none.
    order : str
        The axes longer than one, as in ``TZYX``; the colors of an image are S.
    """

    times: int
    slices: int
    rows: int
    columns: int
    channels: list[str]
    order: str


def open_stack(path: Path, channel: int | None = None) -> Stack:
    """Find the frames of one channel in a TIFF, OME-TIFF or ImageJ TIFF file.

    Parameters
    ----------
    path : Path
    channel : int, optional
        Starting at 0; required if the file has several.

    Raises
    ------
    AsistError
        The file cannot be read as a 2D video of one channel.
    """
    with _layout_of(path, is_complete=True) as (tiff, layout):
        channel = _chosen_channel(path, layout.n_channels, layout.names(tiff), channel)
        return _stack(tiff, layout, channel)


def open_projected_stacks(path: Path) -> list[Stack]:
    """Find the frames of each channel in a TIFF file, those of 3D videos projected.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Stack
        One per channel. If the video has several z slices at each time, its frames are
        maximum projections.

    Raises
    ------
    AsistError
        The file cannot be read as a 2D or 3D video.
    """
    with _layout_of(path, is_complete=True, is_flat=False) as (tiff, layout):
        if layout.n_frames < 2:
            _refuse_depth(layout)
        return [_stack(tiff, layout, number) for number in range(layout.n_channels)]


def stack_channels(path: Path) -> list[str]:
    """Return the channel names of a TIFF file, empty ones if it has none.

    Raises
    ------
    AsistError
        The file cannot be read as a 2D video.
    """
    with _layout_of(path) as (tiff, layout):
        return layout.names(tiff)


def stack_axes(path: Path) -> Axes:
    """Return the lengths of the axes of a TIFF file.

    Raises
    ------
    AsistError
        The file cannot be read as a 2D or 3D video, nor as a stack of z slices.
    """
    with _layout_of(path, is_flat=False) as (tiff, layout):
        long = [axis for axis in layout.axes if layout.size(axis) > 1]
        return Axes(
            layout.n_frames,
            layout.size("Z"),
            layout.size("Y"),
            layout.size("X"),
            layout.names(tiff),
            "".join("T" if axis == layout.time_axis else axis for axis in long),
        )


@contextmanager
def _layout_of(
    path: Path, is_complete: bool = False, is_flat: bool = True
) -> "Iterator[tuple[tifffile.TiffFile, _Layout]]":
    """Open a video's file, and refuse what cannot be read.

    Parameters
    ----------
    path : Path
    is_complete : bool
        Whether all of its pixels have to be in the file.
    is_flat : bool
        Whether it must not have z slices.
    """
    with open_tiff(path) as tiff:
        refuse_circles(tiff, path)
        if is_complete:
            refuse_damage(tiff, path)
        layout = _layout(tiff, path)
        if is_flat:
            _refuse_depth(layout)
        _refuse_other_axes(tiff, layout)
        yield tiff, layout


def _stack(tiff: tifffile.TiffFile, layout: "_Layout", channel: int) -> Stack:
    path, times = layout.path, range(layout.n_frames)
    planes: Sequence[Plane | Projection]
    if layout.size("Z") > 1:
        depth = range(layout.size("Z"))
        planes = [
            Projection(tuple(layout.plane(time, channel, z) for z in depth))
            for time in times
        ]
    else:
        planes = [layout.plane(time, channel) for time in times]
    dtype = np.dtype(layout.plane(0, channel).dtype)
    if dtype.kind not in "uifb":
        raise AsistError(f"{path} has {dtype} values; real intensities are required.")
    if sides := sides_of_pixels(tiff):
        raise AsistError(
            f"{path} has pixels that are not square ({sides[0]:.4g} × {sides[1]:.4g} "
            "µm); scale its frames to square pixels, or correct the pixel size, for "
            "example in ImageJ (Image > Properties)."
        )
    return Stack(
        planes,
        (layout.size("Y"), layout.size("X")),
        np.dtype("u1") if dtype.kind == "b" else dtype.newbyteorder("="),
        pixel_size(tiff),
        frame_interval(tiff),
        origin(tiff),
    )


@dataclass(frozen=True)
class _Layout:
    """How the axes of the video are distributed over the pages of a file."""

    path: Path
    axes: str
    shape: tuple[int, ...]
    pages: list[Any]
    raw: int | None

    def size(self, axis: str) -> int:
        return self.shape[self.axes.index(axis)] if axis in self.axes else 1

    @property
    def time_axis(self) -> str:
        return next((axis for axis in "T" + UNNAMED if self.size(axis) > 1), "T")

    @property
    def channel_axis(self) -> str:
        return "S" if self.size("S") > 1 else "C"

    @property
    def is_rgb(self) -> bool:
        return self.channel_axis == "S" and self.pages[0].keyframe.photometric == RGB

    @property
    def n_frames(self) -> int:
        return self.size(self.time_axis)

    @property
    def n_channels(self) -> int:
        return self.size("C") * self.size("S")

    def names(self, tiff: tifffile.TiffFile) -> list[str]:
        """Return a name for each channel, empty ones if the file has none."""
        names = channel_names(tiff, self.is_rgb)
        return [*names, *[""] * self.n_channels][: self.n_channels]

    def plane(self, time: int, channel: int, depth: int = 0) -> Plane:
        """Return the location of a frame's pixels."""
        first = self.pages[0]
        within = len(first.shape)
        place = {self.time_axis: time, self.channel_axis: channel, "Z": depth}
        number = 0
        for axis in self.axes[:-within]:
            number = number * self.size(axis) + place.get(axis, 0)
        color = (first.axes.index("S"), channel) if "S" in first.axes else None
        dtype = f"{first.parent.byteorder}{first.dtype.char}"
        raw = (self.raw or 0) + number * first.nbytes
        kind = int(first.keyframe.photometric)
        if self.raw is not None and len(self.pages) == 1:
            return Plane(self.path, None, raw, first.shape, dtype, color, kind)
        page = self.pages[number] if number < len(self.pages) else None
        if page is None:
            raise AsistError(
                f"{self.path} lacks frame {time}, channel {channel}; export it again."
            )
        # The pages of an OME-TIFF may be in several files.
        path = Path(page.parent.filehandle.path)
        return Plane(path, page.offset, 0, first.shape, dtype, color, kind)


def _layout(tiff: tifffile.TiffFile, path: Path) -> _Layout:
    # Asking for the series opens the files that the metadata names.
    if elsewhere := files_elsewhere(tiff):
        raise AsistError(
            f"{path} takes frames from outside its folder, such as {elsewhere[0]}; "
            "copy all files of the video into one folder, and save it again there."
        )
    _refuse_impossible_number(tiff, path)
    for file in other_files(tiff):
        require_file(file)
    series = tiff.series
    first = series[0]
    missing = missing_files(tiff)
    # A single missing file may be this one under another name.
    is_whole = all(page is not None for page in first.pages) and len(missing) < 2
    if missing and not is_whole:
        raise AsistError(
            f"{path} is part of a video in several files, but {missing[0]} "
            f"{f'and {len(missing) - 1} more are' if missing[1:] else 'is'} missing; "
            "copy all of them into one folder."
        )
    layout = _Layout(path, first.axes, first.shape, list(first.pages), first.dataoffset)
    if len(series) > 1:
        if tiff.is_ome or any(_kind(one) != _kind(first) for one in series):
            raise AsistError(
                f"{path} contains {len(series)} separate images, not one video; save "
                "the one to track as a separate file."
            )
        # Frames that were appended one by one.
        pages = [page for one in series for page in one.pages]
        layout = _Layout(
            path, f"T{first.axes}", (len(series), *first.shape), pages, None
        )
    if not tiff.is_ome:  # OME metadata says which pages are frames
        layout = _without_previews(layout)
    if layout.pages[0].keyframe.bitspersample == UNREADABLE_BITS:
        raise AsistError(
            f"{path} has {UNREADABLE_BITS} bits a pixel, whose order is not certain; "
            "save it with 16 or 32 bits."
        )
    rows, columns = layout.size("Y"), layout.size("X")
    # tifffile stores several of these in one page.
    if min(rows, columns) < SMALLEST_SIDE:
        raise AsistError(
            f"{path} has frames of {rows} × {columns} px, too small to show objects; "
            "choose another file."
        )
    _refuse_indirect_values(layout)
    _refuse_fewer_images(tiff, layout)
    if tiff.is_ome or tiff.is_imagej:
        _refuse_more_pages(tiff, layout)
    return layout


def _without_previews(layout: _Layout) -> _Layout:
    """Return the layout without pages that are stated to be previews or masks."""
    if len(layout.pages) < 2 or layout.time_axis not in layout.axes:
        return layout
    kinds = [page and page.aspage().subfiletype & NO_FRAME for page in layout.pages]
    frames = [page for page, kind in zip(layout.pages, kinds, strict=True) if not kind]
    if len(frames) in (0, len(kinds)) or layout.n_frames != len(kinds):
        return layout
    shape = list(layout.shape)
    shape[layout.axes.index(layout.time_axis)] = len(frames)
    return _Layout(layout.path, layout.axes, tuple(shape), frames, None)


def _refuse_indirect_values(layout: _Layout) -> None:
    """Raise an error if the values are not the intensities of one color."""
    page = layout.pages[0].keyframe
    if page.photometric == MOSAIC:
        raise AsistError(
            f"{layout.path} has the raw pixels of a color camera, of which neighbors "
            "have different colors; convert it to one intensity per pixel, for example "
            "by debayering, and save one color."
        )
    if page.photometric == PALETTE and page.colormap is not None:
        # The palettes of microscope software only display intensities.
        brightness = np.asarray(page.colormap, np.float64).sum(axis=0)
        steps = np.diff(brightness)
        if (steps < 0).any() and (steps > 0).any():
            raise AsistError(
                f"{layout.path} has indexed colors, whose numbers are no intensities; "
                "convert it to grayscale and save it again."
            )


def _refuse_impossible_number(tiff: tifffile.TiffFile, path: Path) -> None:
    """Raise an error if OME metadata describes more images than its files can contain.

    tifffile makes a list of all of them.
    """
    stated = described_images(tiff)
    size = sum(file.stat().st_size for file in [path, *other_files(tiff)])
    if stated * SMALLEST_IMAGE > size:
        raise AsistError(
            f"{path} describes {stated} images, but is too small to contain them; "
            "export it again."
        )


def _refuse_fewer_images(tiff: tifffile.TiffFile, layout: _Layout) -> None:
    """Raise an error if a file has fewer images than its metadata describes."""
    path, first = layout.path, layout.pages[0]
    found = math.prod(layout.shape) // first.size
    stated = int((tiff.imagej_metadata or {}).get("images", 1)) if tiff.is_imagej else 1
    if tiff.is_ome:
        stated = described_images(tiff)
        found *= layout.size("S") if "S" in first.axes else 1
    if layout.raw is not None and len(layout.pages) == 1:
        # Only one page describes them, unless each has its own.
        stated = max(stated, found)
        found = min(found, (path.stat().st_size - layout.raw) // first.nbytes)
        if len(tiff.pages) > 1:
            found = min(found, len(tiff.pages))
    if stated > found:
        raise AsistError(
            f"{path} should have {stated} images but is truncated; copy it again."
        )


def _refuse_more_pages(tiff: tifffile.TiffFile, layout: _Layout) -> None:
    """Raise an error if a file has more frames than its metadata describes."""
    first = layout.pages[0]
    described = math.prod(layout.shape) // first.size
    if any(page is None or page.parent is not tiff for page in layout.pages):
        return  # in several files
    # A preview, which some programs append, has another shape.
    kind = first.shape, first.dtype
    more = (tiff.pages[number].aspage() for number in range(described, len(tiff.pages)))
    similar = [page for page in more if (page.shape, page.dtype) == kind]
    if similar:
        raise AsistError(
            f"{layout.path} has {described + len(similar)} images, but its metadata "
            f"describes only {described}; open it in ImageJ, check that all frames are "
            "there, and save it as TIFF."
        )


def _kind(series: tifffile.TiffPageSeries) -> tuple[object, ...]:
    return series.shape, series.dtype, series.axes, len(series.pages) == 1


def _refuse_depth(layout: _Layout) -> None:
    if layout.size("Z") < 2:
        return
    in_napari = ""
    if layout.n_frames > 1:
        in_napari = " (in napari, the step Video projects a video with Project z)"
    raise AsistError(
        f"{layout.path} is three-dimensional ({layout.size('Z')} slices in z); only 2D "
        f"videos can be opened. Save a projection{in_napari} or one slice; if the "
        "slices are time points, save the file with frames instead of slices."
    )


def _refuse_other_axes(tiff: tifffile.TiffFile, layout: _Layout) -> None:
    axes = list(layout.axes)
    long = {axis for axis in axes if layout.size(axis) > 1} - set("YXZ")
    shape = " × ".join(map(str, layout.shape))
    if "T" in long and (within := axis_within_time(tiff)):
        raise AsistError(
            f"{layout.path} has the axis {within} within its time axis; save one image "
            "of it for each time."
        )
    if others := sorted(long - set("T" + UNNAMED + "CS")):
        sizes = ", ".join(f"{axis} with {layout.size(axis)} images" for axis in others)
        raise AsistError(
            f"{layout.path} has an axis that is not time ({sizes}); save one channel "
            "and position with the axes time, y, x, or name the axis T if it is time."
        )
    if len(axes) != len(set(axes)) or len(long - set("CS")) > 1:
        raise AsistError(
            f"{layout.path} has {len(axes)} axes ({shape}) whose meaning is not in the "
            "file; save it with the axes time, y, x."
        )
    if {"C", "S"} <= long or not layout.axes.endswith(layout.pages[0].axes):
        raise AsistError(
            f"{layout.path} has the axes {layout.axes} ({shape}), which cannot be read "
            "as a video; save one channel with the axes time, y, x."
        )


def _chosen_channel(
    path: Path, count: int, names: list[str], channel: int | None
) -> int:
    if channel is None and count == 1:
        return 0
    if channel is not None and 0 <= channel < count:
        return channel
    if count == 1:
        raise AsistError(f"{path} has only one channel; omit --channel {channel}.")
    named = [
        f"{number} {names[number] if number < len(names) else ''}".strip()
        for number in range(count)
    ]
    raise AsistError(
        f"{path} has {count} channels ({', '.join(named)}); choose one with "
        "--channel, for example --channel 0."
    )
