"""Manual correction of a result: merge, split, relabel, delete, parents, undo.

Each correction is a function that takes a label video and returns an `Edit`: the
changes, in a few pixels and in the track table. An `EditHistory` applies edits, undoes
them and keeps the journal.
"""

from napari_asist.proofreading.delete import delete_track
from napari_asist.proofreading.edit import Edit, FrameChange
from napari_asist.proofreading.family import remove_parent, set_parent
from napari_asist.proofreading.history import (
    EditHistory,
    journal_beside,
    read_journal,
    remove_journal,
    write_journal,
)
from napari_asist.proofreading.merge import merge_tracks
from napari_asist.proofreading.names import relabel_track, swap_tracks
from napari_asist.proofreading.painting import accept_painting, painted_frames
from napari_asist.proofreading.split import split_object, split_track

__all__ = [
    "Edit",
    "EditHistory",
    "FrameChange",
    "accept_painting",
    "delete_track",
    "journal_beside",
    "merge_tracks",
    "painted_frames",
    "read_journal",
    "relabel_track",
    "remove_journal",
    "remove_parent",
    "set_parent",
    "split_object",
    "split_track",
    "swap_tracks",
    "write_journal",
]
