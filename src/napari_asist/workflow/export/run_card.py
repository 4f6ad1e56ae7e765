"""The run card: the provenance of a result, for papers and to reproduce it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from napari_asist.files import written_aside
from napari_asist.labels import LabelVideo, Presence, dividing_labels, presence
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
    journal: Sequence[str] = (),
    reviewed: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return what is known about a result as plain data.

    Parameters
    ----------
    result : LabelVideo
    origin : Origin or None
        None if the result is not known to be made by this program.
    made_as : str, optional
        `LabelVideo.digest` of the original result, which shows whether it has been
        changed manually since; if omitted, a result of known origin has not, and
        nothing is claimed about any other.
    present : sequence of ndarray of int64, optional
        The labels in each frame, if known.
    journal : sequence of str
        The corrections that were made by hand.
    reviewed : mapping of str to int, optional
        The numbers of items that were listed for review, and that were accepted,
        corrected and dismissed; see `napari_asist.proofreading.reviewed`.
    """
    now = result.digest()
    return {
        "program": "napari-asist",
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "result": {
            **_counts(result, present),
            "sha256": now,
            "corrected_by_hand": _is_corrected(now, origin, made_as, journal),
            "corrections": len(journal),
            "reviewed": None if reviewed is None else dict(reviewed),
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
    journal: Sequence[str] = (),
    reviewed: Mapping[str, int] | None = None,
) -> None:
    """Write ``run_card.json`` and ``methods.md``, a paragraph for a paper.

    Parameters
    ----------
    result : LabelVideo
    origin : Origin or None
    folder : Path
        Must exist; an earlier run card is replaced.
    made_as, present, journal, reviewed
        See `run_card`.
    """
    card = run_card(result, origin, made_as, present, journal, reviewed)
    write_json(folder / CARD, card)
    with written_aside(folder / METHODS) as aside:
        aside.write_text(
            methods_text(card), encoding="utf-8", errors="backslashreplace"
        )


def _is_corrected(
    now: str, origin: Origin | None, made_as: str | None, journal: Sequence[str]
) -> bool | None:
    """Return whether a result was corrected by hand; None if that is not known."""
    if journal:
        return True
    if made_as is not None:
        return made_as != now
    return None if origin is None else False


def _counts(result: LabelVideo, present: Presence | None) -> dict[str, Any]:
    known = presence(result.labels) if present is None else present
    return {
        "frames": list(result.labels.shape),
        "tracks": len(result.tracks),
        "divisions": len(dividing_labels(result.tracks)),
        "objects": sum(map(len, known)),
    }
