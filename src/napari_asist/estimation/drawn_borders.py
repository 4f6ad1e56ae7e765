"""Borders where people draw them: at a brightness-dependent fraction of the light."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image
from napari_asist.estimation.borders import REACH, nearest_label
from napari_asist.estimation.object_areas import mean_inside, visible_within
from napari_asist.estimation.whole import made_whole
from napari_asist.labels import LabelArray
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.video_settings import BORDER_EXPONENT, VideoSettings

MEAN_TO_LEVEL = 1.1
"""An object's level, which determines its border, over its mean."""


@dataclass(frozen=True)
class DrawnBorder:
    """Fraction of an object's own light at which people draw its border.

    They view a display that shows dim light as well as bright light, so they draw
    bright objects larger: the border is at a fixed fraction of the object's level on
    the scale asinh(counts / softness), which is also the scale of the networks' input.
    In counts that is f(q) = s sinh(κ asinh(q / s)) / q for an object of level q.

    Parameters
    ----------
    part : float or None
        The same fraction for all objects; None makes it depend on their brightness.
    softness : float
        s, in counts: the softness of the intensity scaling.
    exponent : float
        κ. 0.57 was chosen on outlines of HeLa nuclei of very different brightness; it
        is a drawing convention.
    lowest, highest : float
        Bounds of the fraction.
    """

    part: float | None
    softness: float
    exponent: float = BORDER_EXPONENT
    lowest: float = 0.10
    highest: float = 0.55

    def parts(self, levels: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the fraction for each object.

        Parameters
        ----------
        levels : ndarray of float, shape (n,)
            In counts over the background.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        if self.part is not None:
            return np.full(len(levels), self.part)
        relative = np.maximum(np.asarray(levels, np.float64) / self.softness, 1e-6)
        drawn = np.sinh(self.exponent * np.arcsinh(relative)) / relative
        return np.asarray(np.clip(drawn, self.lowest, self.highest))


def drawn_border(simulator: VideoSettings, scaling: IntensityScaling) -> DrawnBorder:
    """Return where a simulator's objects are outlined in a video's frames.

    Parameters
    ----------
    simulator : VideoSettings
        Determines the exponent and the fraction, which may depend on the brightness.
    scaling : IntensityScaling
        Scaling of the video; its softness is that of the display.
    """
    return DrawnBorder(simulator.border, scaling.softness, simulator.border_exponent)


def label_parts(
    signal: NDArray[np.floating], labels: LabelArray, border: DrawnBorder
) -> NDArray[np.float64]:
    """Return, for each label, the fraction of its light at which its border is.

    Parameters
    ----------
    signal : ndarray, shape (Y, X)
        Light over the background, in counts.
    labels : ndarray of unsigned int, shape (Y, X)
    border : DrawnBorder

    Returns
    -------
    ndarray of float64, shape (highest label + 1,)
    """
    return border.parts(MEAN_TO_LEVEL * mean_inside(signal, labels))


def redrawn(
    signal: Image,
    labels: LabelArray,
    border: DrawnBorder,
    reach: int = REACH,
    nearest: LabelArray | None = None,
) -> LabelArray:
    """Redraw labels where people would draw the objects' borders.

    A pixel belongs to the nearest label if its signal is at least the border's fraction
    of the 90 % quantile inside that label. The largest part of each object is kept, and
    its holes are filled. No object takes a pixel of another.

    Parameters
    ----------
    signal : ndarray of float32, shape (Y, X)
        Light of the objects without background and noise, in counts.
    labels : ndarray of unsigned int, shape (Y, X)
    border : DrawnBorder
    reach : int
        Pixels up to which an object may grow; half a typical radius is enough.
    nearest : ndarray of unsigned int, shape (Y, X), optional
        The nearest label of each pixel within that reach, if known.

    Returns
    -------
    ndarray of unsigned int, shape (Y, X)
        Objects without light disappear.
    """
    parts = label_parts(signal, labels, border)
    if nearest is None:
        nearest, _ = nearest_label(labels, reach)
    return made_whole(visible_within(signal, labels, nearest, parts))
