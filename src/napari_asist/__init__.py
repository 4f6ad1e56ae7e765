"""Annotation-free segmentation and tracking of microscope videos.

Names listed in ``__init__.pyi`` are loaded on first use, so importing the package loads
nothing heavy.
"""

from importlib.metadata import PackageNotFoundError, version

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

try:
    __version__ = version("napari-asist")
except PackageNotFoundError:  # a source tree without an installed package
    __version__ = "0+unknown"

__all__ += ["__version__"]
