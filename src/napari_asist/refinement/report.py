"""Measure how well labels fit the masks, and how many labels were removed."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_asist.events import Note
from napari_asist.labels import LabelArray, TrackTable
from napari_asist.refinement.deform import EIGHT_NEIGHBORS

MOST_FALLEN = 0.15
"""Fraction of the labels that may be removed before the generator is to blame."""


@dataclass(frozen=True)
class Agreement:
    """How well labels fit masks.

    Parameters
    ----------
    dice : float
        Dice index of the foreground of all frames together.
    jaccard : float
        Mean, over all mask components, of the Jaccard index of the component with the
        labels that are mostly inside it.
    """

    dice: float
    jaccard: float


@dataclass(frozen=True, eq=False)
class FrameAgreement:
    """Contribution of one frame to the `Agreement` of its video.

    Parameters
    ----------
    common, total : int
        Pixels in both foregrounds; sum of the pixels of the two.
    indices : ndarray of float64, shape (number of mask components,)
        Their Jaccard indices.
    """

    common: int
    total: int
    indices: NDArray[np.float64]


@dataclass(frozen=True)
class RefinementReport:
    """How refinement changed a video.

    Parameters
    ----------
    labels_before, labels_kept : int
        Labels summed over the frames, before refinement and after the cleaning.
    labels_restored : int
        Labels that the repair restored, summed over the frames.
    tracks_before, tracks_after : int
    before, after : Agreement
        Simulated labels with the masks; refined labels with the masks without the
        repainted regions.
    repainted_components : tuple of int
        One number per frame.
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
        """Fraction of the labels that the cleaning kept; 1 if there were none."""
        return self.labels_kept / self.labels_before if self.labels_before else 1.0

    def as_record(self) -> dict[str, Any]:
        """Return the report as plain data for a JSON file."""
        kept = {"kept_fraction": self.kept_fraction}
        return (
            kept | asdict(self) | {"repainted_components": [*self.repainted_components]}
        )

    def notes(self, stage: str) -> Iterator[Note]:
        """Yield the report in one sentence; add advice if many labels were removed."""
        yield Note(
            stage,
            f"{self.kept_fraction:.1%} of the labels were kept and "
            f"{self.labels_restored} restored; the Dice index with the masks changed "
            f"from {self.before.dice:.3f} to {self.after.dice:.3f} and the Jaccard "
            f"index from {self.before.jaccard:.3f} to {self.after.jaccard:.3f}; "
            f"{np.mean(self.repainted_components or (0,)):.1f} mask components per "
            "frame were repainted.",
        )
        if self.kept_fraction < 1 - MOST_FALLEN:
            yield Note(
                stage,
                f"{1 - self.kept_fraction:.0%} of the labels were removed: improve the "
                "generator instead of the cleaning; train it longer, or fit the "
                "simulator's density, size and brightness to the video.",
            )


@dataclass(frozen=True)
class Tally:
    """What the report needs from each frame, collected while frames are finished."""

    before: list[FrameAgreement] = field(default_factory=list)
    after: list[FrameAgreement] = field(default_factory=list)
    components: list[int] = field(default_factory=list)

    def add(
        self, before: FrameAgreement, after: FrameAgreement, components: int
    ) -> None:
        """Record a frame's agreement and its number of repainted components."""
        for frames, frame in ((self.before, before), (self.after, after)):
            # Data from another process may be a view of its whole message.
            frames.append(replace(frame, indices=frame.indices.copy()))
        self.components.append(components)

    def report(
        self,
        kept: Sequence[NDArray[np.int64]],
        present: Sequence[NDArray[np.int64]],
        simulated: TrackTable,
        tracks: TrackTable,
    ) -> RefinementReport:
        """Summarize a video.

        Parameters
        ----------
        kept, present : sequence of ndarray of int64
            The labels of each frame after cleaning; after the repair.
        simulated, tracks : structured ndarray of `TRACK_DTYPE`
            Before and after; valid.
        """
        labels_kept = sum(map(len, kept))
        return RefinementReport(
            # A valid track is present in all its frames.
            labels_before=int((simulated["end"] - simulated["begin"] + 1).sum()),
            labels_kept=labels_kept,
            labels_restored=sum(map(len, present)) - labels_kept,
            tracks_before=len(simulated),
            tracks_after=len(tracks),
            before=agreement(self.before),
            after=agreement(self.after),
            repainted_components=tuple(self.components),
        )


def frame_agreement(labels: LabelArray, mask: NDArray[np.bool_]) -> FrameAgreement:
    """Compare the labels of a frame with its mask.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)
    """
    common = int(np.count_nonzero(mask & (labels > 0)))
    total = int(np.count_nonzero(mask)) + int(np.count_nonzero(labels))
    return FrameAgreement(common, total, component_indices(labels, mask))


def agreement(frames: Sequence[FrameAgreement]) -> Agreement:
    """Combine the frames of a video; both indices are 1 if nothing is compared."""
    common = sum(frame.common for frame in frames)
    total = sum(frame.total for frame in frames)
    indices = np.concatenate([np.empty(0), *(frame.indices for frame in frames)])
    dice = 2 * common / total if total else 1.0
    return Agreement(dice, float(indices.mean()) if len(indices) else 1.0)


def component_indices(
    labels: LabelArray, mask: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the Jaccard index of each mask component with its labels.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)
    """
    components, count = ndimage.label(mask, EIGHT_NEIGHBORS)
    names, numbers = np.unique(labels, return_inverse=True)
    numbers = numbers.reshape(labels.shape)
    shared = np.zeros((len(names), count + 1), np.int64)
    np.add.at(shared, (numbers, components), 1)
    area = shared.sum(axis=0)
    shared[names == 0] = 0
    # Component 0 is outside the mask; labels that are never inside remain there.
    home = shared[:, 1:].argmax(axis=1) + 1 if count else np.zeros(len(names), int)
    home[shared[:, 1:].sum(axis=1) == 0] = 0
    size = np.bincount(home, weights=shared.sum(axis=1), minlength=count + 1)
    common = np.bincount(
        home, weights=shared[np.arange(len(names)), home], minlength=count + 1
    )
    union = size + area - common
    indices: NDArray[np.float64] = common[1:] / union[1:]
    return indices
