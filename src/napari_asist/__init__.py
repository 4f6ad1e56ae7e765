"""Annotation-free segmentation and tracking of microscope videos."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("napari-asist")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
