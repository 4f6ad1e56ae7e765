"""Locate the Cell Tracking Challenge videos that benchmarks use."""

import os
from pathlib import Path

MARGIN = 25
"""Pixels along a frame's edges where the ground truth has no objects."""


def data_folder() -> Path:
    """Return the folder that NAPARI_ASIST_DATA names, or else ../shared/data."""
    here = Path(__file__).resolve().parent.parent
    return Path(os.environ.get("NAPARI_ASIST_DATA", here.parent / "shared" / "data"))


def missing_parts(sequence: Path) -> list[str]:
    """Return which of frames, ground truth and silver truth a sequence lacks.

    Parameters
    ----------
    sequence : Path
        Such as ``Fluo-N2DL-HeLa/01``; the ground truth is next to it.
    """
    parts = (sequence.name, f"{sequence.name}_GT/TRA", f"{sequence.name}_ST/SEG")
    return [part for part in parts if not (sequence.parent / part).is_dir()]
