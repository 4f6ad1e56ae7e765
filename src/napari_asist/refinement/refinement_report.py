"""How well the labels fit, and what the fitting cost."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.events import Note
from napari_asist.labels import TrackTable
from napari_asist.refinement.agreement import Agreement, FrameAgreement, agreement

MOST_FALLEN = 0.15
"""Part of the labels that may fall before the generator is to blame."""


@dataclass(frozen=True)
class RefinementReport:
    """What refinement did to a video.

    Parameters
    ----------
    labels_before, labels_kept : int
        Labels summed over the frames, before refinement and after the cleaning.
    labels_restored : int
        Labels that the repair gave back, summed over the frames.
    tracks_before, tracks_after : int
    before, after : Agreement
        Simulated labels with the masks; refined labels with the masks less what was
        repainted.
    repainted_components : tuple of int
        One number a frame.
    """

    labels_before: int
    labels_kept: int
    labels_restored: int
    tracks_before: int
    tracks_after: int
    before: Agreement
    after: Agreement
    repainted_components: tuple[int, ...]

    @property
    def kept_fraction(self) -> float:
        """The part of the labels that the cleaning kept; 1 where there were none."""
        return self.labels_kept / self.labels_before if self.labels_before else 1.0

    def as_record(self) -> dict[str, Any]:
        """Return the report as plain data for a JSON file."""
        kept = {"kept_fraction": self.kept_fraction}
        return (
            kept | asdict(self) | {"repainted_components": [*self.repainted_components]}
        )

    def notes(self, stage: str) -> Iterator[Note]:
        """Yield the report in one sentence, and advice where too many labels fell."""
        yield Note(
            stage,
            f"{self.kept_fraction:.1%} of the labels were kept and "
            f"{self.labels_restored} given back; with the masks, the Dice index went "
            f"from {self.before.dice:.3f} to {self.after.dice:.3f} and the Jaccard "
            f"index from {self.before.jaccard:.3f} to {self.after.jaccard:.3f}; "
            f"{np.mean(self.repainted_components or (0,)):.1f} mask components a frame "
            "were repainted.",
        )
        if self.kept_fraction < 1 - MOST_FALLEN:
            yield Note(
                stage,
                f"{1 - self.kept_fraction:.0%} of the labels fell: fix the generator "
                "rather than the cleaner; train it longer, or fit the simulator's "
                "density, size and brightness to the video.",
            )


@dataclass(frozen=True)
class Tally:
    """What the report needs of each frame, gathered while frames are finished."""

    before: list[FrameAgreement] = field(default_factory=list)
    after: list[FrameAgreement] = field(default_factory=list)
    components: list[int] = field(default_factory=list)

    def add(
        self, before: FrameAgreement, after: FrameAgreement, components: int
    ) -> None:
        """Note a frame's agreement and how many components were repainted."""
        for frames, frame in ((self.before, before), (self.after, after)):
            # What came from another process may be a view of its whole message.
            frames.append(replace(frame, indices=frame.indices.copy()))
        self.components.append(components)

    def report(
        self,
        kept: Sequence[NDArray[np.int64]],
        present: Sequence[NDArray[np.int64]],
        simulated: TrackTable,
        tracks: TrackTable,
    ) -> RefinementReport:
        """Sum up a video.

        Parameters
        ----------
        kept, present : sequence of ndarray of int64
            The labels of each frame after cleaning; after the repair.
        simulated, tracks : structured ndarray of `TRACK_DTYPE`
            Before and after; valid.
        """
        labels_kept = sum(map(len, kept))
        return RefinementReport(
            # A valid track is in each frame of its life.
            labels_before=int((simulated["end"] - simulated["begin"] + 1).sum()),
            labels_kept=labels_kept,
            labels_restored=sum(map(len, present)) - labels_kept,
            tracks_before=len(simulated),
            tracks_after=len(tracks),
            before=agreement(self.before),
            after=agreement(self.after),
            repainted_components=tuple(self.components),
        )
