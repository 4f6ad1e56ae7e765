"""A result and its provenance."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from napari.layers import Labels

from napari_asist.ctc import read_ctc
from napari_asist.errors import AsistError
from napari_asist.events import Finished, Started, Work
from napari_asist.labels import LabelVideo
from napari_asist.plugin.layers.label_layers import Look, look_of
from napari_asist.plugin.layers.metadata import JOURNAL_KEY, METADATA_KEY
from napari_asist.proofreading import read_journal
from napari_asist.workflow.export.provenance import Origin
from napari_asist.workflow.export.tables import read_confidence
from napari_asist.workflow.export.tracked import table_beside

ORIGIN_KEY = "napari-asist origin"


@dataclass(frozen=True, eq=False)
class TrackedResult:
    """A result and where it comes from.

    Parameters
    ----------
    video : LabelVideo
    origin : Origin or None
        None if unknown.
    made_as : str
        `LabelVideo.digest` of the result, which later reveals changes.
    look : Look
        How its layers look.
    journal : tuple of str
        The corrections that were made by hand and saved before.
    """

    video: LabelVideo
    origin: Origin | None
    made_as: str
    look: Look
    journal: tuple[str, ...] = ()


def reading(result: Path, origin: Callable[[], Origin]) -> Work[TrackedResult]:
    """Read a result folder.

    Parameters
    ----------
    result : Path
        A ``01_RES`` folder.
    origin : callable
        Returns where it comes from.
    """
    began = time.monotonic()
    yield Started("read the result", 0)
    video = read_ctc(result)
    confidence = read_confidence(video, table_beside(result))
    video = replace(video, confidence=confidence)
    try:
        known: Origin | None = origin()
    except AsistError:
        known = None
    tracked = as_result(video, known, read_journal(video, result))
    yield Finished("read the result", time.monotonic() - began)
    return tracked


def as_result(
    video: LabelVideo, origin: Origin | None, journal: tuple[str, ...] = ()
) -> TrackedResult:
    """Return a label video as a result; may be called in any thread.

    Parameters
    ----------
    video : LabelVideo
    origin : Origin or None
    journal : tuple of str
        The corrections that were made by hand and saved before.
    """
    return TrackedResult(video, origin, video.digest(), look_of(video), journal)


def origin_metadata(tracked: TrackedResult) -> dict[str, Any]:
    """Return what a result's layer records about where its labels come from."""
    return {
        ORIGIN_KEY: {"origin": tracked.origin, "made_as": tracked.made_as},
        METADATA_KEY: {JOURNAL_KEY: list(tracked.journal)},
    }


def noted_origin(labels: Labels | None) -> tuple[Origin | None, str | None]:
    """Return a layer's origin and the digest of its original labels."""
    noted: Any = {} if labels is None else labels.metadata.get(ORIGIN_KEY, {})
    return noted.get("origin"), noted.get("made_as")
