"""Cell Tracking Challenge (CTC) folders: read, write, validate.

A result folder has ``mask000.tif`` … and ``res_track.txt``; a ground truth folder has
``TRA/man_track000.tif`` … with ``TRA/man_track.txt`` and ``SEG/man_seg000.tif`` ….
"""

from napari_asist.ctc.layout import (
    TrackFolder,
    find_frames,
    find_track_folder,
    search_track_folder,
)
from napari_asist.ctc.read import read_ctc, read_mask, read_track_table
from napari_asist.ctc.validate import validate_ctc, validating
from napari_asist.ctc.write import refuse_foreign_files, write_ctc

__all__ = [
    "TrackFolder",
    "find_frames",
    "find_track_folder",
    "read_ctc",
    "read_mask",
    "read_track_table",
    "refuse_foreign_files",
    "search_track_folder",
    "validate_ctc",
    "validating",
    "write_ctc",
]
