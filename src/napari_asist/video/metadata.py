"""Read pixel size, frame interval and channel names from a TIFF file."""

import math
from pathlib import Path
from xml.etree import ElementTree

import tifffile

MICROMETERS = {
    "nm": 1e-3,
    "nanometer": 1e-3,
    "um": 1.0,
    "µm": 1.0,
    "μm": 1.0,
    "\\u00b5m": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "mm": 1e3,
    "millimeter": 1e3,
    "cm": 1e4,
    "m": 1e6,
}
SECONDS = {
    "ns": 1e-9,
    "µs": 1e-6,
    "μs": 1e-6,
    "us": 1e-6,
    "ms": 1e-3,
    "msec": 1e-3,
    "millisecond": 1e-3,
    "milliseconds": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "secs": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "m": 60.0,
    "min": 60.0,
    "mins": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hrs": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "days": 86400.0,
}
NAMESPACE, MADE_FROM, FIRST_FRAME = "napari-asist", "made from", "first frame"
"""Of an annotation in the OME metadata of a file that this program wrote."""

CENTIMETER = 3
"""Value of the tag ResolutionUnit. Inches are ignored: they are defaults for
printing."""

INCH = 25_400.0
"""Micrometers."""

LARGEST_PIXEL = 10.0
"""Width in micrometers above which a pixel size is suspicious: a camera's own pixels
are smaller."""

UNSET_PIXEL = 1000.0
"""Width in micrometers of no microscope's pixel: a resolution of 1 dot per centimeter
or less was never set."""

SQUARE = 0.02
"""Relative difference of the sides of a pixel that is still square."""

DOTS_PER_INCH = (
    *(72, 90, 96, 100, 120, 144, 150, 180, 192, 200, 220, 240, 250, 300, 350, 360),
    *(400, 600, 720, 800, 1000, 1200, 1440, 2400),
)
"""Usual resolutions of screens, printers and scanners."""


def pixel_size(tiff: tifffile.TiffFile) -> float | None:
    """Return the width of a pixel in micrometers, or None if it is not in the file.

    The resolution of a printer or a screen is not a pixel size.
    """
    return _size_along(tiff, "X")


def sides_of_pixels(tiff: tifffile.TiffFile) -> tuple[float, float] | None:
    """Return the width and height in micrometers of pixels that are not square."""
    width, height = _size_along(tiff, "X"), _size_along(tiff, "Y")
    if not width or not height or math.isclose(width, height, rel_tol=SQUARE):
        return None
    return width, height


def _size_along(tiff: tifffile.TiffFile, axis: str) -> float | None:
    size = _stated_pixel_size(tiff, axis)
    if size is None or size >= UNSET_PIXEL:
        return None
    if size > LARGEST_PIXEL and _is_printed(INCH / size):
        return None
    return size


def _stated_pixel_size(tiff: tifffile.TiffFile, axis: str) -> float | None:
    if pixels := _ome_pixels(tiff):
        return _scaled(
            pixels.get(f"PhysicalSize{axis}"),
            pixels.get(f"PhysicalSize{axis}Unit", "µm"),
            MICROMETERS,
        )
    tags = tiff.pages.first.tags
    pixels_per = tags.valueof(f"{axis}Resolution")
    unit = tags.valueof("ResolutionUnit")
    if not pixels_per or not pixels_per[0]:
        return None
    width = pixels_per[1] / pixels_per[0]
    if tiff.is_imagej:
        return _scaled(width, (tiff.imagej_metadata or {}).get("unit"), MICROMETERS)
    return width * 1e4 if unit == CENTIMETER else None


def _is_printed(dots_per_inch: float) -> bool:
    return any(math.isclose(dots_per_inch, one, rel_tol=2e-3) for one in DOTS_PER_INCH)


def frame_interval(tiff: tifffile.TiffFile) -> float | None:
    """Return the seconds between frames, or None if they are not in the file.

    They may be stated for the video, or as the time of each frame.
    """
    if pixels := _ome_pixels(tiff):
        stated = _scaled(
            pixels.get("TimeIncrement"), pixels.get("TimeIncrementUnit", "s"), SECONDS
        )
        return stated or _interval_of_planes(tiff)
    imagej = tiff.imagej_metadata or {} if tiff.is_imagej else {}
    # ImageJ's fps is the speed at which it plays the video.
    return _scaled(imagej.get("finterval"), imagej.get("tunit", "s"), SECONDS)


def written_origin(made_from: str, first_frame: int) -> dict[str, object]:
    """Return what tifffile writes as OME metadata, and `origin` reads.

    Parameters
    ----------
    made_from : str
    first_frame : int
        See `Video`.
    """
    if not made_from and not first_frame:
        return {}
    values = {MADE_FROM: made_from, FIRST_FRAME: str(first_frame)}
    return {"MapAnnotation": {"Namespace": NAMESPACE, **values}}


def origin(tiff: tifffile.TiffFile) -> tuple[str, int]:
    """Return what a file's frames were made from, and the number of the first one.

    Only this program's own files state it; for others, it is nothing and 0.
    """
    root = _ome_root(tiff)
    path = f".//{{*}}MapAnnotation[@Namespace='{NAMESPACE}']/{{*}}Value/{{*}}M"
    pairs = [] if root is None else root.findall(path)
    known = {pair.get("K"): pair.text or "" for pair in pairs}
    first = known.get(FIRST_FRAME, "")
    return known.get(MADE_FROM, ""), int(first) if first.isdecimal() else 0


def _interval_of_planes(tiff: tifffile.TiffFile) -> float | None:
    """Return the mean interval between the first planes of the frames."""
    root = _ome_root(tiff)
    planes = [] if root is None else root.findall(".//{*}Plane")
    times: dict[int, float] = {}
    for plane in planes:
        if plane.get("TheC", "0") != "0" or plane.get("TheZ", "0") != "0":
            continue
        factor = SECONDS.get(plane.get("DeltaTUnit", "s").strip().lower())
        try:
            frame, elapsed = int(plane.get("TheT", "")), float(plane.get("DeltaT", ""))
        except ValueError:
            continue
        if factor and math.isfinite(elapsed):
            times[frame] = elapsed * factor
    if len(times) < 2:
        return None
    first, last = min(times), max(times)
    interval = (times[last] - times[first]) / (last - first)
    return interval if interval > 0 else None


def described_images(tiff: tifffile.TiffFile) -> int:
    """Return the number of images of one channel that OME metadata describes."""
    sizes = _ome_pixels(tiff)
    try:
        return math.prod(int(sizes.get(f"Size{axis}", "1")) for axis in "ZCT")
    except ValueError:
        return 0


def axis_within_time(tiff: tifffile.TiffFile) -> str:
    """Return the name of an axis whose images OME counts as times, or nothing.

    OME stores an additional axis, such as the lifetime of fluorescence, in one of its
    own (ModuloAlongT, see "6D, 7D and 8D storage" in the OME model's documentation).
    """
    root = _ome_root(tiff)
    along = None if root is None else root.find(".//{*}ModuloAlongT")
    return "" if along is None else along.get("Type", "without a name")


def missing_files(tiff: tifffile.TiffFile) -> list[str]:
    """Return the other files of an OME-TIFF set that are not in its folder, sorted.

    The file itself may have been renamed; its identifier shows which one it is.
    """
    folder = Path(tiff.filehandle.dirname)
    names = {Path(name).name for name in _named_files(tiff)}
    return sorted(name for name in names if not (folder / name).exists())


def other_files(tiff: tifffile.TiffFile) -> list[Path]:
    """Return the other files of an OME-TIFF set that are in its folder, sorted."""
    own = Path(tiff.filehandle.path)
    paths = {own.parent / Path(name).name for name in _named_files(tiff)}
    return sorted(path for path in paths - {own} if path.exists())


def files_elsewhere(tiff: tifffile.TiffFile) -> list[str]:
    """Return existing files that an OME-TIFF names in other folders, sorted.

    The metadata of a file from somebody else, or a link beside it, may name any file of
    this machine.
    """
    own = Path(tiff.filehandle.path)
    folder = own.parent
    homes = {folder.resolve(), own.resolve().parent}

    def is_elsewhere(name: str) -> bool:
        file = folder / name
        return file.exists() and (
            name != Path(name).name or file.resolve().parent not in homes
        )

    return sorted(name for name in set(_named_files(tiff)) if is_elsewhere(name))


def _named_files(tiff: tifffile.TiffFile) -> list[str]:
    """Return the names of the other files of an OME-TIFF set, as it states them."""
    root = _ome_root(tiff)
    if root is None:
        return []
    own = root.get("UUID", "")
    named = root.findall(".//{*}UUID[@FileName]")
    others = [one for one in named if not own or (one.text or "").strip() != own]
    return [one.get("FileName", "") for one in others]


def channel_names(tiff: tifffile.TiffFile, is_rgb: bool = False) -> list[str]:
    """Return the names of the channels, empty if they are not in the file."""
    if is_rgb:
        return ["red", "green", "blue", "alpha"]
    root = _ome_root(tiff)
    channels = [] if root is None else root.findall(".//{*}Channel")
    return [channel.get("Name", "") for channel in channels]


def _ome_root(tiff: tifffile.TiffFile) -> ElementTree.Element | None:
    if not tiff.is_ome or not tiff.ome_metadata:
        return None
    # Entities could make a few bytes fill the memory; OME metadata has none.
    if "<!DOCTYPE" in tiff.ome_metadata:
        return None
    try:
        return ElementTree.fromstring(tiff.ome_metadata)  # nosec B314
    except ElementTree.ParseError:
        return None


def _ome_pixels(tiff: tifffile.TiffFile) -> dict[str, str]:
    root = _ome_root(tiff)
    pixels = None if root is None else root.find(".//{*}Pixels")
    return {} if pixels is None else dict(pixels.attrib)


def _scaled(value: object, unit: object, factors: dict[str, float]) -> float | None:
    factor = factors.get(str(unit).strip().lower())
    try:
        number = float(str(value))
    except ValueError:
        return None
    is_known = factor and number > 0 and math.isfinite(number)
    return number * factor if factor and is_known else None
