"""Annotation cleaning (AC): make labels and image of a frame show the same objects."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_asist.labels import LabelArray
from napari_asist.refinement.deform import EIGHT_NEIGHBORS, keep_covered
from napari_asist.refinement.settings import RefinementSettings

MOST_CORRELATED = 0.95
"""Slow changes of brightness are not noise, although they also correlate neighbors."""


@dataclass(frozen=True)
class Background:
    """Mean, noise and grain of a frame's background.

    Parameters
    ----------
    mean, deviation : float
        In the units of the frame.
    correlation : float
        Between a pixel's noise and its right neighbor's.
    """

    mean: float
    deviation: float
    correlation: float

    def drawn(
        self, shape: tuple[int, ...], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Draw a frame of background only, with noise of the same grain.

        White noise filtered by a Gaussian of standard deviation s has the correlation
        ``exp(-1 / (4 s²))`` between neighbors.
        """
        noise = rng.standard_normal(shape)
        if self.correlation > 0:
            sigma = 0.5 / math.sqrt(-math.log(self.correlation))
            noise = ndimage.gaussian_filter(noise, sigma, mode="wrap")
            noise /= max(float(noise.std()), np.finfo(np.float32).tiny)
        return (self.mean + self.deviation * noise).astype(np.float32)


def measured_background(
    image: NDArray[np.float32], mask: NDArray[np.bool_], dilation: int
) -> Background:
    """Measure the background farther than `dilation` pixels from the mask.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)
    dilation : int
        In pixels. A mask that leaves no such pixel is not dilated; if it leaves none at
        all, the darkest tenth is used.
    """
    free = ~mask
    if dilation and mask.any():
        distant = ndimage.distance_transform_edt(free) > dilation
        free = distant if distant.any() else free
    if not free.any():
        free = image <= np.quantile(image, 0.1)
    values = image[free].astype(np.float64)
    mean, deviation = float(values.mean()), float(values.std())
    residual = image.astype(np.float64) - mean
    pairs = free[:, 1:] & free[:, :-1]
    correlation = 0.0
    if deviation > 0 and pairs.any():
        products = residual[:, 1:][pairs] * residual[:, :-1][pairs]
        correlation = float(products.mean()) / deviation**2
    return Background(mean, deviation, min(max(correlation, 0.0), MOST_CORRELATED))


@dataclass(frozen=True, eq=False)
class CleanedFrame:
    """A frame after both tests.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    image : ndarray of float32, shape (Y, X)
    repainted : ndarray of bool, shape (Y, X)
        Where the image shows synthetic background, excluding soft edges.
    labels_before, labels_kept : int
        Numbers of labels.
    components_repainted : int
    """

    labels: LabelArray
    image: NDArray[np.float32]
    repainted: NDArray[np.bool_]
    labels_before: int
    labels_kept: int
    components_repainted: int


def clean(
    labels: LabelArray,
    image: NDArray[np.float32],
    mask: NDArray[np.bool_],
    settings: RefinementSettings,
    rng: np.random.Generator,
) -> CleanedFrame:
    """Remove labels missing in the mask; paint over objects that no label covers.

    The instance test comes first, so that the object of a removed label is uncovered in
    the component test and does not remain visible without a label.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    image : ndarray of float32, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)
        Mask of the objects that `image` shows.
    settings : RefinementSettings
    rng : numpy.random.Generator
        Draws the noise of painted regions.
    """
    kept = keep_shown(labels, mask, settings)
    painted, repainted, components = repaint_uncovered(kept, image, mask, settings, rng)
    before, after = (
        int(np.count_nonzero(np.unique(frame))) for frame in (labels, kept)
    )
    return CleanedFrame(kept, painted, repainted, before, after, components)


def keep_shown(
    labels: LabelArray, mask: NDArray[np.bool_], settings: RefinementSettings
) -> LabelArray:
    """Return the labels that the mask sufficiently covers (90 % in the paper).

    Labels below the minimum area are removed too.
    """
    return keep_covered(labels, mask, settings.instance_coverage, settings.minimum_area)


def repaint_uncovered(
    labels: LabelArray,
    image: NDArray[np.float32],
    mask: NDArray[np.bool_],
    settings: RefinementSettings,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.bool_], int]:
    """Paint background over mask components that labels do not sufficiently cover.

    The paper repaints the whole component. Only its uncovered part is repainted here:
    in a cluster that lost one label, the others keep their objects, so no label is left
    without an object.

    Returns
    -------
    image : ndarray of float32, shape (Y, X)
    repainted : ndarray of bool, shape (Y, X)
    components : int
        Number of components that failed the test (90 % covered in the paper).
    """
    components, count = ndimage.label(mask, EIGHT_NEIGHBORS)
    area = np.bincount(components.ravel(), minlength=count + 1)
    covered = np.bincount(components[labels > 0], minlength=count + 1)
    fails = covered < settings.component_coverage * area
    fails[0] = False
    if not fails.any():
        return image, np.zeros(mask.shape, bool), 0
    gap = _distance_to(labels > 0)
    # The pixel next to a label belongs to its object's blurred edge.
    region = fails[components] & (gap > np.sqrt(2))
    weight = _feathered(region, gap, settings.feather)
    background = measured_background(image, mask, settings.background_dilation)
    drawn = background.drawn(image.shape, rng)
    painted = (1 - weight) * image + weight * drawn
    return painted.astype(np.float32), region, int(fails.sum())


def _feathered(
    region: NDArray[np.bool_], gap: NDArray[np.float64], width: float
) -> NDArray[np.float64]:
    """Return the weight of the paint.

    It is 1 in the region and `width` pixels around it, where the blurred edge of the
    object is, then falls to 0 over another `width`. Toward labels at the distance
    `gap`, it falls inside the region instead.
    """
    outwards = np.clip(1 - (_distance_to(region) - width) / (width + 1), 0, 1)
    toward_labels = np.clip(gap / (width + 1), 0, 1)
    weight: NDArray[np.float64] = outwards * toward_labels
    return weight


def _distance_to(region: NDArray[np.bool_]) -> NDArray[np.float64]:
    if not region.any():
        return np.full(region.shape, np.inf)
    distance: NDArray[np.float64] = ndimage.distance_transform_edt(~region)
    return distance
