"""Where the videos of the Cell Tracking Challenge lie that benchmarks look for."""

import os
from pathlib import Path

MARGIN = 25
"""Pixels along a frame's edges where the challenge's truth has no object."""


def data_folder() -> Path:
    """Return the folder that NAPARI_ASIST_DATA names, else ../shared/data."""
    here = Path(__file__).resolve().parent.parent
    return Path(os.environ.get("NAPARI_ASIST_DATA", here.parent / "shared" / "data"))


def missing_parts(sequence: Path) -> list[str]:
    """Return what a sequence lacks of frames, truth and silver truth.

    Parameters
    ----------
    sequence : Path
        Such as ``Fluo-N2DL-HeLa/01``; the truth lies beside it.
    """
    parts = (sequence.name, f"{sequence.name}_GT/TRA", f"{sequence.name}_ST/SEG")
    return [part for part in parts if not (sequence.parent / part).is_dir()]
