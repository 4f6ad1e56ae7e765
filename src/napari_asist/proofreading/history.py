"""The history of corrections: undo, redo and journal."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from napari_asist.ctc import RESULT_SUFFIX
from napari_asist.files import written_aside
from napari_asist.labels import LabelVideo
from napari_asist.proofreading.edit import Edit, write_changes

MOST_BYTES = 256 * 2**20
JOURNAL = "corrections.json"


class EditHistory:
    """A label video being corrected, with everything needed to undo edits.

    Parameters
    ----------
    video : LabelVideo
        A valid video. Its labels are copied, as ``uint16`` at least.
    most_bytes : int
        Memory for undo; when it is full, the oldest edits can no longer be undone.
    earlier : sequence of str
        The journal of a video that was corrected before, which goes on. These edits
        cannot be undone.
    """

    def __init__(
        self,
        video: LabelVideo,
        most_bytes: int = MOST_BYTES,
        earlier: Sequence[str] = (),
    ) -> None:
        dtype = np.promote_types(video.labels.dtype, np.uint16)
        labels = np.array(video.labels, dtype)
        self.video = replace(video, labels=labels)
        """The current video. Its labels are changed in place by each edit."""
        self._most_bytes = most_bytes
        self._done: deque[Edit] = deque()
        self._undone: list[Edit] = []
        self._journal = list(earlier)

    @property
    def journal(self) -> tuple[str, ...]:
        """Return the descriptions of all edits in the video, oldest first."""
        return tuple(self._journal)

    @property
    def undoable(self) -> str:
        """Return the edit that `undo` would undo, or an empty text."""
        return self._done[-1].words if self._done else ""

    @property
    def redoable(self) -> str:
        """Return the edit that `redo` would redo, or an empty text."""
        return self._undone[-1].words if self._undone else ""

    def do(self, edit: Edit) -> Edit:
        """Apply an edit that was made for the current video, and return it."""
        self._undone.clear()
        return self._apply(edit)

    def undo(self) -> Edit | None:
        """Undo the last edit; return the change, or None if there is none."""
        if not self._done:
            return None
        edit = self._done.pop()
        self._undone.append(edit)
        self._journal.pop()
        back = edit.inverse()
        self._write(back)
        return back

    def redo(self) -> Edit | None:
        """Redo the edit that was undone last; return it, or None if there is none."""
        return self._apply(self._undone.pop()) if self._undone else None

    def _apply(self, edit: Edit) -> Edit:
        self._write(edit)
        self._done.append(edit)
        self._journal.append(edit.words)
        used = sum(done.size for done in self._done)
        while used > self._most_bytes and len(self._done) > 1:
            used -= self._done.popleft().size
        return edit

    def _write(self, edit: Edit) -> None:
        write_changes(edit.changes, self.video.labels)
        self.video = replace(self.video, tracks=edit.after.copy())


def journal_beside(folder: Path) -> Path:
    """Return the file with the corrections of a result folder.

    For ``01_RES``, it is ``01_corrections.json`` next to it. The CTC folder itself
    contains only the challenge's files.
    """
    return folder.with_name(f"{folder.name.removesuffix(RESULT_SUFFIX)}_{JOURNAL}")


def write_journal(journal: Sequence[str], folder: Path, digest: str) -> Path:
    """Write the corrections of a result next to its exported folder.

    Parameters
    ----------
    journal : sequence of str
        See `EditHistory.journal`.
    folder : Path
        The exported folder; see `journal_beside`.
    digest : str
        `LabelVideo.digest` of the folder's labels and tracks.

    Returns
    -------
    Path
        The file.
    """
    path = journal_beside(folder)
    content = {"corrections": list(journal), "sha256": digest}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    with written_aside(path) as aside:
        aside.write_text(text + "\n", "utf-8")
    return path


def read_journal(video: LabelVideo, folder: Path) -> tuple[str, ...]:
    """Read the corrections of a result from the file next to its folder.

    Parameters
    ----------
    video : LabelVideo
        As read from the folder.
    folder : Path

    Returns
    -------
    tuple of str
        Empty if there is no such file, or if it was written for other labels or tracks
        than the folder has now.
    """
    journal, digest = _stored(journal_beside(folder))
    # Earlier versions did not record for which labels a journal was written.
    if digest is not None and digest != video.digest():
        return ()
    return journal


def remove_journal(folder: Path) -> None:
    """Remove the journal of an earlier result from next to a folder.

    Parameters
    ----------
    folder : Path
        The folder, whose labels are now without corrections. A file of the same name
        that is no journal is kept.
    """
    path = journal_beside(folder)
    if _stored(path)[0]:
        path.unlink()


def _stored(path: Path) -> tuple[tuple[str, ...], str | None]:
    """Return the journal in a file, if there is one, and the digest of its labels."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return tuple(map(str, content["corrections"])), content.get("sha256")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return (), None
