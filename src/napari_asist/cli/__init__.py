"""The command line: ``napari-asist COMMAND …``."""

from napari_asist.cli.main import main

__all__ = ["main"]
