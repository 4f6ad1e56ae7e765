"""Writing of CTC folders, completely or not at all."""

import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import tifffile

from napari_asist.ctc.layout import HIGHEST_LABEL, find_track_folder, frame_name
from napari_asist.ctc.read import read_mask, read_track_table
from napari_asist.errors import AsistError
from napari_asist.events import StopFlag
from napari_asist.file_lock import is_locked, lock_file
from napari_asist.files import refuse_link
from napari_asist.labels import (
    MISSING,
    LabelVideo,
    LabelVideoError,
    Presence,
    presence,
    relabel,
    without_gaps,
)
from napari_asist.mapped import each_frame

Item = TypeVar("Item")
Kind = Literal["result", "truth"]

OWN_FILES: dict[Kind, str] = {
    "result": r"mask\d+\.tif|res_track\.txt",
    "truth": r"TRA/man_track(\d+\.tif|\.txt)|SEG/man_seg\d+\.tif",
}


LOCK = ".lock"

_drafts_here: set[Path] = set()
"""The drafts that this process is writing."""


def write_ctc(
    video: LabelVideo,
    folder: Path,
    kind: Kind = "result",
    stop: StopFlag | None = None,
    present: Presence | None = None,
) -> list[Path]:
    """Write a label video as a CTC folder.

    The files are written to a temporary folder next to it, read back and compared; only
    then do they replace an existing folder. Leftovers of killed processes are removed
    first. The video is written as `storable` returns it.

    Parameters
    ----------
    video : LabelVideo
        Files are numbered starting at its ``first_frame``.
    folder : Path
        ``01_RES`` for a result, ``01_GT`` for ground truth. An existing folder of the
        same kind is replaced.
    kind : {"result", "truth"}
        A result is ``mask000.tif`` … and ``res_track.txt``; a ground truth is
        ``TRA/man_track000.tif`` …, ``TRA/man_track.txt`` and ``SEG/man_seg000.tif`` ….
    stop : StopFlag, optional
        Checked before each frame.
    present : sequence of ndarray of int64, optional
        The labels in each frame, if known.

    Returns
    -------
    list of Path
        The files: images of TRA and results in the order of the frames, then the table.

    Raises
    ------
    AsistError
        The folder contains other files, there are more than 65,535 tracks, or what was
        written cannot be read back unchanged.
    LabelVideoError
        The video breaks the rules in a way that cutting tracks cannot fix, such as a
        label without a row or a track with several parents.
    Stopped
        If asked to stop; an existing folder is kept.
    """
    folder, stop = Path(folder), stop or StopFlag()
    recover(folder)
    refuse_foreign_files(folder, kind)
    video, _ = storable(video, present)
    draft = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}"
    try:
        with _in_use(draft):
            draft.mkdir()
            written = _write_files(video, draft, kind, stop)
            _verify(video, draft, stop)
            _put_in_place(draft, folder)
    except OSError as error:
        raise AsistError(
            f"{folder} could not be written: {error.strerror or error}."
        ) from error
    return [folder / path.relative_to(draft) for path in written]


def refuse_foreign_files(folder: Path, kind: Kind = "result") -> None:
    """Raise an error if `write_ctc` would reject a folder because of its content.

    Long work calls this before it starts.
    """
    refuse_link(folder)
    if folder.exists() and not folder.is_dir():
        raise AsistError(f"{folder} is a file; choose a folder to write to.")
    own = re.compile(OWN_FILES[kind])
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.name.startswith(".") and not own.fullmatch(name):
            raise AsistError(
                f"{folder} contains {name}, which is not part of a CTC {kind}; choose "
                "another folder so that none of your files are overwritten."
            )


def recover(folder: Path) -> None:
    """Restore a folder that a killed process had set aside, and remove its drafts.

    Drafts of living processes stay.

    Parameters
    ----------
    folder : Path
        As for `write_ctc`.
    """
    if not folder.parent.is_dir():
        return
    draft = re.compile(rf"\.{re.escape(folder.name)}\.([0-9a-f]{{8}})(\.old|\.lock)?")
    for path in sorted(folder.parent.iterdir()):
        found = draft.fullmatch(path.name)
        if not found:
            continue
        if not _is_abandoned(folder.parent / f".{folder.name}.{found[1]}"):
            continue
        if found[2] == ".old" and not folder.exists():
            path.rename(folder)
        elif found[2] == LOCK:
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _in_use(draft: Path) -> Iterator[None]:
    """Lock a draft while it is written, so that no other process removes it."""
    draft.parent.mkdir(parents=True, exist_ok=True)
    path = draft.with_name(draft.name + LOCK)
    file = path.open("x")
    try:
        lock_file(file)
        _drafts_here.add(draft)
        yield
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        _drafts_here.discard(draft)
        file.close()
        path.unlink(missing_ok=True)


def _is_abandoned(draft: Path) -> bool:
    """Return whether no living process writes a draft."""
    # The system's lock does not show what this process itself has locked.
    if draft in _drafts_here:
        return False
    try:
        with draft.with_name(draft.name + LOCK).open("r+") as file:
            return not is_locked(file)
    except OSError:
        return True


def storable(
    video: LabelVideo, present: Presence | None = None
) -> tuple[LabelVideo, Presence]:
    """Return a label video as a CTC folder stores it.

    Tracks with a gap are cut at the gap and linked (`split_gaps`); labels above 65,535
    are renumbered (`relabel`).

    Parameters
    ----------
    video : LabelVideo
    present : sequence of ndarray of int64, optional
        The labels in each frame, if known.

    Returns
    -------
    video : LabelVideo
    present : sequence of ndarray of int64
        The labels in each of its frames.

    Raises
    ------
    AsistError, LabelVideoError
        See `write_ctc`.
    """
    if not len(video):
        raise AsistError("The video has no frames, so there is nothing to write.")
    known = present or list(presence(video.labels))
    faults = [fault for fault in video.faults(known) if fault.message != MISSING]
    if faults:
        raise LabelVideoError(faults)
    video, known = without_gaps(video, known)
    if len(video.tracks) > HIGHEST_LABEL:
        raise AsistError(
            f"The video has {len(video.tracks)} tracks; a CTC folder can have at most "
            f"{HIGHEST_LABEL}. Drop short tracks or save part of the video."
        )
    if video.tracks["label"].max(initial=0) > HIGHEST_LABEL:
        video = relabel(video)
        known = list(presence(video.labels))
    return video, known


def _write_files(
    video: LabelVideo, draft: Path, kind: Kind, stop: StopFlag
) -> list[Path]:
    if kind == "result":
        masks = list(_write_masks(video, draft, "mask", stop))
        return [*masks, _write_table(video, draft / "res_track.txt")]
    markers = list(_write_masks(video, draft / "TRA", "man_track", stop))
    table = _write_table(video, draft / "TRA" / "man_track.txt")
    return [*markers, table, *_write_masks(video, draft / "SEG", "man_seg", stop)]


def _write_masks(
    video: LabelVideo, folder: Path, prefix: str, stop: StopFlag
) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    last = video.first_frame + len(video) - 1
    frames = _until(stop, each_frame(video.labels))
    for number, frame in enumerate(frames, video.first_frame):
        path = folder / frame_name(prefix, number, last)
        tifffile.imwrite(
            path,
            frame.astype(np.uint16),
            compression="zlib",
            photometric="minisblack",
            metadata=None,
        )
        yield path


def _write_table(video: LabelVideo, path: Path) -> Path:
    first = video.first_frame
    lines = [
        f"{label} {begin + first} {end + first} {parent}\n"
        for label, begin, end, parent in video.tracks.tolist()
    ]
    path.write_text("".join(lines), "ascii", newline="\n")
    return path


def _verify(video: LabelVideo, draft: Path, stop: StopFlag) -> None:
    """Read back what was written, one frame at a time, and compare."""
    stored = find_track_folder(draft)
    tracks = read_track_table(stored.table)
    for column in ("begin", "end"):
        tracks[column] -= video.first_frame
    masks = map(read_mask, _until(stop, stored.frames.values()))
    if not (
        stored.numbers.start == video.first_frame
        and len(stored.frames) == len(video)
        and np.array_equal(tracks, video.tracks)
        and all(map(np.array_equal, masks, each_frame(video.labels)))
    ):
        raise AsistError(
            f"The files in {draft.parent} differ from what was written; check the disk."
        )


def _until(stop: StopFlag, items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        stop.raise_if_set()
        yield item


def _put_in_place(draft: Path, folder: Path) -> None:
    if not folder.exists():
        draft.rename(folder)
        return
    old = draft.with_name(f"{draft.name}.old")
    folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old)
