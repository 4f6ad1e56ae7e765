"""Write a tracked video: its CTC folder and a table of its objects."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_asist.events import Note, Work
from napari_asist.labels import LabelVideo, Presence
from napari_asist.measurement.objects import labels_of, measured_frames
from napari_asist.workflow.export.tables import write_tracks_table


@contextmanager
def scratch_beside(result: Path) -> Iterator[Path]:
    """Provide a temporary folder for labels, next to their result folder."""
    scratch = _scratch(result)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def remove_drafts(result: Path) -> None:
    """Remove what a killed process left next to a complete result."""
    from napari_asist.ctc import recover

    recover(result)
    shutil.rmtree(_scratch(result), ignore_errors=True)


def _scratch(result: Path) -> Path:
    return result.with_name(f".{result.name}.tracking")


def writing_tracked(
    tracked: LabelVideo, result: Path
) -> Work[tuple[LabelVideo, Presence]]:
    """Write a tracked video, reading its labels as few times as possible.

    Parameters
    ----------
    tracked : LabelVideo
    result : Path
        For ``…/01_RES``, the table is ``…/01_tracks.csv``.

    Returns
    -------
    video : LabelVideo
        The video as written.
    present : sequence of ndarray of int64
        The labels in each of its frames.

    Raises
    ------
    AsistError
        See `napari_asist.ctc.write_ctc`.
    """
    from napari_asist.ctc import storable, write_ctc

    yield Note("track", f"Writing {len(tracked)} frames to {result}.")
    frames = list(measured_frames(tracked.labels))
    write_tracks_table(tracked, table_beside(result), frames=frames)
    video, present = storable(tracked, labels_of(frames))
    write_ctc(video, result, present=present)
    return video, present


def table_beside(result: Path) -> Path:
    """Return the table of a result's objects: ``01_tracks.csv`` for ``01_RES``."""
    from napari_asist.ctc import RESULT_SUFFIX

    name = result.name.removesuffix(RESULT_SUFFIX)
    return result.with_name(f"{name}_tracks.csv")
