"""The state of a review: what was listed, and what the user decided."""

from collections import Counter
from collections.abc import Iterable

from napari_asist.labels import TrackTable
from napari_asist.measurement.objects import ObjectTable
from napari_asist.proofreading.review import ReviewItem

OPEN = "open"
ACCEPTED = "accepted"
CORRECTED = "corrected"
DISMISSED = "dismissed"

Key = tuple[str, int, int, int]
"""See `ReviewItem.key`."""


class Review:
    """The review of one result, which survives corrections.

    Decisions are kept by kind and place, so correcting or relabeling other tracks does
    not change them.
    """

    def __init__(self) -> None:
        self.items: list[ReviewItem] = []
        """All items, worst first."""
        self._decisions: dict[Key, str] = {}

    def state(self, item: ReviewItem) -> str:
        """Return ``open``, ``accepted``, ``corrected`` or ``dismissed``."""
        return self._decisions.get(item.key, OPEN)

    def decide(self, item: ReviewItem, state: str) -> None:
        """Set the state of an item; ``open`` takes a decision back."""
        self._decisions[item.key] = state

    def renew(self, found: Iterable[ReviewItem], changed: set[int]) -> None:
        """Take over the items of the corrected result.

        An open item that is no longer found was corrected if one of its tracks changed;
        otherwise it is dropped. Items that the user decided on stay.

        Parameters
        ----------
        found : iterable of ReviewItem
        changed : set of int
            The tracks that changed since the last call, see `changed_tracks`.
        """
        items = {item.key: item for item in found}
        for key in items:
            if self._decisions.get(key) == CORRECTED:
                del self._decisions[key]  # the correction was undone, or did not help
        for item in self.items:
            if item.key in items:
                continue
            if self.state(item) == OPEN and not changed.isdisjoint(item.labels):
                self.decide(item, CORRECTED)
            if self.state(item) != OPEN:
                items[item.key] = item
        self.items = sorted(items.values(), key=lambda item: (-item.level, item.key))

    def counts(self) -> dict[str, int]:
        """Return the numbers of listed, accepted, corrected and dismissed items."""
        states = Counter(map(self.state, self.items))
        decided = {state: states[state] for state in (ACCEPTED, CORRECTED, DISMISSED)}
        return {"listed": len(self.items), **decided}


def changed_tracks(
    before: tuple[ObjectTable, TrackTable], after: tuple[ObjectTable, TrackTable]
) -> set[int]:
    """Return the labels of the tracks that differ between two results.

    Parameters
    ----------
    before, after : tuple of ObjectTable and TrackTable
        The objects and the tracks of each result.
    """
    return {
        row[0]
        for old, new in zip(before, after, strict=True)
        for row in set(old.tolist()) ^ set(new.tolist())
    }
