"""The review of the session's result, found in a thread and kept with its layer."""

from collections.abc import Iterator
from dataclasses import dataclass

from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_asist.labels import LabelVideo, TrackTable
from napari_asist.measurement.objects import ObjectTable, joined, measured_frames
from napari_asist.plugin.session import Session
from napari_asist.plugin.work.latest_request import NewestRequest
from napari_asist.proofreading.review import ReviewItem, review_items
from napari_asist.proofreading.reviewed import Review, changed_tracks

REVIEW_KEY = "napari-asist review"
"""In a layer's metadata: its `KnownReview`."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What was found in a result.

    Parameters
    ----------
    items : list of ReviewItem
    measured : tuple of ObjectTable and TrackTable
        The objects and tracks in which it was found.
    changed : set of int
        The tracks that changed since the findings before.
    """

    items: list[ReviewItem]
    measured: tuple[ObjectTable, TrackTable]
    changed: set[int]


@dataclass(eq=False)
class KnownReview:
    """The review of a result, and what it was found in."""

    review: Review
    findings: Findings | None = None


def finding(video: LabelVideo, before: Findings | None) -> Iterator[Findings | None]:
    """Find what deserves a look, yielding None after each frame.

    Parameters
    ----------
    video : LabelVideo
    before : Findings, optional
        The findings before a correction.
    """
    frames = []
    for objects in measured_frames(video.labels):
        frames.append(objects)
        yield None
    measured = joined(frames), video.tracks
    items = review_items(video, measured[0])
    yield None
    changed = changed_tracks(before.measured, measured) if before else set()
    yield Findings(items, measured, changed)


def review_counts(labels: Labels | None) -> dict[str, int] | None:
    """Return how many items of a result were listed and decided on.

    Parameters
    ----------
    labels : Labels or None
        The result's layer.

    Returns
    -------
    dict or None
        See `Review.counts`; None if the result was never searched for items.
    """
    known = labels.metadata.get(REVIEW_KEY) if labels is not None else None
    return known.review.counts() if known and known.findings else None


class ReviewFollower(QObject):
    """Finds the items of the session's result again whenever it is corrected.

    Parameters
    ----------
    session : Session
    parent : QObject
    """

    renewed = Signal()
    """There are new items, or another result."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._request = NewestRequest()
        self._request.delivered.connect(self._take)
        self._asked: Labels | None = None
        self._searched: tuple[Labels | None, int] = (None, -1)
        """The layer and revision of the result that was searched last."""

    @property
    def review(self) -> Review | None:
        """The review of the result; None if there is no result."""
        known = self._known()
        return known.review if known else None

    @property
    def is_found(self) -> bool:
        """Whether the result was searched, at least before its last correction."""
        known = self._known()
        return known is not None and known.findings is not None

    def find(self) -> None:
        """Search the result soon, unless it has been searched since it changed."""
        result = self._session.result
        labels, known = result.labels, self._known()
        if self._searched == (labels, result.revision):
            return
        self._searched = labels, result.revision
        if labels is not self._asked:
            self._asked = labels
            self.renewed.emit()
        if known is None or result.video is None:
            self._request.close()
            return
        self._request.ask(finding(result.video, known.findings))

    def stop(self) -> None:
        """Abandon the search."""
        self._request.close()

    def _known(self) -> KnownReview | None:
        """Return the review that is kept with the result's layer."""
        result = self._session.result
        labels = result.labels
        if labels is None or result.video is None:
            return None
        if REVIEW_KEY not in labels.metadata:
            labels.metadata = {**labels.metadata, REVIEW_KEY: KnownReview(Review())}
        known: KnownReview = labels.metadata[REVIEW_KEY]
        return known

    def _take(self, number: int, found: Findings) -> None:
        known = self._known()
        if number != self._request.newest or known is None:
            return
        known.findings = found
        known.review.renew(found.items, found.changed)
        self.renewed.emit()
