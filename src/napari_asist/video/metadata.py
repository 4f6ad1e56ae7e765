"""Read pixel size, frame interval and channel names from a TIFF file."""

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
    "ms": 1e-3,
    "msec": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
}
CENTIMETER = 3
"""Value of the tag ResolutionUnit. Inches are ignored: they are defaults for
printing."""


def pixel_size(tiff: tifffile.TiffFile) -> float | None:
    """Return the width of a pixel in micrometers, or None if it is not in the file."""
    if pixels := _ome_pixels(tiff):
        return _scaled(
            pixels.get("PhysicalSizeX"),
            pixels.get("PhysicalSizeXUnit", "µm"),
            MICROMETERS,
        )
    tags = tiff.pages.first.tags
    pixels_per, unit = tags.valueof("XResolution"), tags.valueof("ResolutionUnit")
    if not pixels_per or not pixels_per[0]:
        return None
    width = pixels_per[1] / pixels_per[0]
    if tiff.is_imagej:
        return _scaled(width, (tiff.imagej_metadata or {}).get("unit"), MICROMETERS)
    return width * 1e4 if unit == CENTIMETER else None


def frame_interval(tiff: tifffile.TiffFile) -> float | None:
    """Return the seconds between frames, or None if they are not in the file."""
    if pixels := _ome_pixels(tiff):
        return _scaled(
            pixels.get("TimeIncrement"), pixels.get("TimeIncrementUnit", "s"), SECONDS
        )
    imagej = tiff.imagej_metadata or {} if tiff.is_imagej else {}
    return _scaled(imagej.get("finterval"), imagej.get("tunit", "s"), SECONDS)


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
    try:
        return ElementTree.fromstring(tiff.ome_metadata)
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
    return number * factor if factor and number > 0 else None
