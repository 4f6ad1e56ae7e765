"""Cell Tracking Challenge (CTC) folders: read, write, validate.

A result folder has ``mask000.tif`` … and ``res_track.txt``; a ground truth folder has
``TRA/man_track000.tif`` … with ``TRA/man_track.txt`` and ``SEG/man_seg000.tif`` ….
"""

from napari_asist.ctc.layout import (
    RESULT_SUFFIX,
    TrackFolder,
    find_frames,
    find_track_folder,
    result_name,
    search_track_folder,
)
from napari_asist.ctc.read import read_ctc, read_mask, read_track_table
from napari_asist.ctc.validate import validate_ctc, validating
from napari_asist.ctc.write import (
    recover,
    refuse_foreign_files,
    storable,
    write_ctc,
)

__all__ = [
    "RESULT_SUFFIX",
    "TrackFolder",
    "find_frames",
    "find_track_folder",
    "read_ctc",
    "read_mask",
    "read_track_table",
    "recover",
    "refuse_foreign_files",
    "result_name",
    "search_track_folder",
    "storable",
    "validate_ctc",
    "validating",
    "write_ctc",
]
