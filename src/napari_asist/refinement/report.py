"""How well the labels fit, and what the fitting cost."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_asist.events import Note
from napari_asist.labels import LabelArray
from napari_asist.refinement.prefilter import EIGHT_NEIGHBORS

MOST_FALLEN = 0.15
"""Part of the labels that may fall before the generator is to blame."""


@dataclass(frozen=True)
class Agreement:
    """How well labels fit masks.

    Parameters
    ----------
    dice : float
        Dice index of the foreground of all frames together.
    jaccard : float
        Mean, over all mask components, of the Jaccard index of the component with
        the labels that lie mostly in it.
    """

    dice: float
    jaccard: float


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

    def notes(self, stage: str) -> Iterator[Note]:
        """Yield the report in one sentence, and advice where too many labels fell."""
        yield Note(
            stage,
            f"{self.kept_fraction:.1%} of the labels were kept; the Dice index with "
            f"the masks went from {self.before.dice:.3f} to {self.after.dice:.3f}, and "
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


def agreement(labels: LabelArray, masks: NDArray[np.bool_]) -> Agreement:
    """Compare labels with masks.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)
    masks : ndarray of bool, shape (T, Y, X)

    Returns
    -------
    Agreement
        Both indices are 1 where there is nothing to compare.
    """
    common = total = 0
    indices: list[float] = []
    for frame, mask in zip(labels, masks, strict=True):
        common += int(np.count_nonzero(mask & (frame > 0)))
        total += int(np.count_nonzero(mask)) + int(np.count_nonzero(frame))
        indices.extend(component_indices(frame, mask))
    dice = 2 * common / total if total else 1.0
    return Agreement(dice, float(np.mean(indices)) if indices else 1.0)


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
    # Component 0 is the mask's outside; a label that never enters stays there.
    home = shared[:, 1:].argmax(axis=1) + 1 if count else np.zeros(len(names), int)
    home[shared[:, 1:].sum(axis=1) == 0] = 0
    size = np.bincount(home, weights=shared.sum(axis=1), minlength=count + 1)
    common = np.bincount(
        home, weights=shared[np.arange(len(names)), home], minlength=count + 1
    )
    union = size + area - common
    indices: NDArray[np.float64] = common[1:] / union[1:]
    return indices
