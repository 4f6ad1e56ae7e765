"""Redraw outlines in a synthetic frame, where people would draw them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.drawn_borders import DrawnBorder, label_parts, redrawn
from napari_asist.estimation.object_areas import maxima
from napari_asist.labels import LabelArray
from napari_asist.scaling import IntensityScaling, background_deviation

SMOOTHED = 0.5
"""Sigma in pixels over which noise is averaged; a larger sigma would also blur the
edges and move outlines outward."""

CLEAR = 3.0
"""Standard deviations of the smoothed background above which a border is not noise."""


@dataclass(frozen=True)
class DrawnOutlines:
    """Redraws labels in frames on the networks' scale.

    Parameters
    ----------
    scaling : IntensityScaling
        The networks' scale.
    border : DrawnBorder
    """

    scaling: IntensityScaling
    border: DrawnBorder

    def drawn(self, image: NDArray[np.float32], labels: LabelArray) -> LabelArray:
        """Return labels that end where the objects in the frame do.

        Objects whose border is lost in the noise keep their shape, as do those that
        would disappear.

        Parameters
        ----------
        image : ndarray of float32, shape (Y, X)
            A synthetic frame, -1 to 1.
        labels : ndarray of unsigned int, shape (Y, X)

        Returns
        -------
        ndarray of unsigned int, shape (Y, X)
            Of the same objects.
        """
        from scipy.ndimage import gaussian_filter

        counts = gaussian_filter(self.scaling.to_counts(image), SMOOTHED)
        parts = label_parts(counts, labels, self.border)
        # The quantile of absent labels is infinite.
        least = CLEAR * background_deviation(counts)
        is_clear = parts * maxima(counts, labels) > least
        drawn = redrawn(counts, labels, self.border)
        is_clear &= np.bincount(drawn.ravel(), minlength=len(is_clear)) > 0
        is_clear[0] = False
        drawn[~is_clear[drawn]] = 0
        kept = ~is_clear[labels] & (labels > 0)
        drawn[kept] = labels[kept]
        return drawn
