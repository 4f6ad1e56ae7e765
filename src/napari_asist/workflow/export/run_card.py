"""The run card: the provenance of a result, for papers and to reproduce it."""

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from napari_asist.files import written_aside
from napari_asist.labels import LabelVideo, Presence, dividing_labels, presence
from napari_asist.mapped import each_frame
from napari_asist.workflow.export.methods_text import methods_text
from napari_asist.workflow.export.provenance import Origin
from napari_asist.workflow.run_folder.record import versions, write_json

CARD = "run_card.json"
METHODS = "methods.md"


def run_card(
    result: LabelVideo,
    origin: Origin | None,
    made_as: str | None = None,
    present: Presence | None = None,
) -> dict[str, Any]:
    """Return what is known about a result as plain data.

    Parameters
    ----------
    result : LabelVideo
    origin : Origin or None
        None if the result is not known to be made by this program.
    made_as : str, optional
        `digest` of the original result, which shows whether it has been corrected
        manually since; if omitted, it has not.
    present : sequence of ndarray of int64, optional
        The labels in each frame, if known.
    """
    now = digest(result)
    return {
        "program": "napari-asist",
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "result": {
            **_counts(result, present),
            "sha256": now,
            "corrected_by_hand": made_as is not None and made_as != now,
        },
        "annotations_used": None if origin is None else False,
        "origin": None if origin is None else asdict(origin),
        "versions": versions(),
    }


def write_card(
    result: LabelVideo,
    origin: Origin | None,
    folder: Path,
    made_as: str | None = None,
    present: Presence | None = None,
) -> None:
    """Write ``run_card.json`` and ``methods.md``, a paragraph for a paper.

    Parameters
    ----------
    result : LabelVideo
    origin : Origin or None
    folder : Path
        Must exist; an earlier run card is replaced.
    made_as, present
        See `run_card`.
    """
    card = run_card(result, origin, made_as, present)
    write_json(folder / CARD, card)
    with written_aside(folder / METHODS) as aside:
        aside.write_text(
            methods_text(card), encoding="utf-8", errors="backslashreplace"
        )


def digest(video: LabelVideo) -> str:
    """Hash the labels and tracks of a video, regardless of dtype."""
    total = hashlib.sha256(f"{video.labels.shape} {video.first_frame}".encode())
    for frame in each_frame(video.labels):
        total.update(np.ascontiguousarray(frame, np.uint32).data)
    total.update(np.ascontiguousarray(video.tracks).tobytes())
    return total.hexdigest()


def _counts(result: LabelVideo, present: Presence | None) -> dict[str, Any]:
    known = presence(result.labels) if present is None else present
    return {
        "frames": list(result.labels.shape),
        "tracks": len(result.tracks),
        "divisions": len(dividing_labels(result.tracks)),
        "objects": sum(map(len, known)),
    }
