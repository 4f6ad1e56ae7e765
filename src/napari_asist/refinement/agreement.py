"""How well labels fit masks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_asist.labels import LabelArray
from napari_asist.refinement.prefilter import EIGHT_NEIGHBORS


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


@dataclass(frozen=True, eq=False)
class FrameAgreement:
    """What one frame adds to the `Agreement` of its video.

    Parameters
    ----------
    common, total : int
        Pixels in both foregrounds; pixels of the two together.
    indices : ndarray of float64, shape (number of mask components,)
        Their Jaccard indices.
    """

    common: int
    total: int
    indices: NDArray[np.float64]


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
    """Join the frames of a video; both indices are 1 where nothing is compared."""
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
