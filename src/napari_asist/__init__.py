"""Annotation-free segmentation and tracking of microscope videos.

What is listed in ``__init__.pyi`` is loaded when it is first used, so the package
itself loads nothing heavy.
"""

from importlib.metadata import PackageNotFoundError, version

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

try:
    __version__ = version("napari-asist")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ += ["__version__"]
