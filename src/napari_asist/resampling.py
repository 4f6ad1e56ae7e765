"""Resampling of frames and labels to a standard scale of objects.

A typical object has a radius of `STANDARD_RADIUS` pixels in the networks' input,
whatever the magnification of its video. Pixel centers are aligned by the whole field of
view: pixel i of n is at (i + 1/2) / n of the side, at each resolution.
"""

from functools import lru_cache
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from napari_asist.settings import Field, Settings

Number = TypeVar("Number", bound=np.generic)

STANDARD_RADIUS = 13.0
"""Radius, in px, of a typical object in the networks' input: that of HeLa nuclei at
0.645 µm/px, for which the sizes of networks and windows were chosen."""

STANDARD_PX = "standard px"
"""Unit of lengths in settings that refer to that scale."""

TOLERANCE = 0.03
"""Deviation from the standard radius within which frames are not resampled.

Objects in one video differ far more in radius, and networks are trained on such sizes.
Resampling would only blur the frames slightly."""

SOFTENING = 1.0
"""Sigma of the Gaussian that smooths the outlines of labels, in their own pixels: the
smallest that turns pixel steps into a smooth outline. It removes less than a hundredth
of the area of an object of the standard radius."""

COARSE_SOFTENING = 0.5
"""The same sigma in pixels of a coarser result, which has its own pixel steps."""

REACH = 3
"""Number of sigmas at which that Gaussian is cut off."""


MOST_COUNTED = 2**20
"""Labels up to this are found by counting, which takes memory for each label."""


class ScaleSettings(Settings):
    """What is analyzed: the objects' size, bright or dark, and which pixels.

    Networks see frames resampled so that a typical object has a radius of 13 px: the
    standard px in which the lengths of the other sections are given.
    """

    object_radius: float | None = Field(
        None,
        ge=1,
        le=1000,
        description="Radius of a typical object in the video: that of a disc of equal "
        "area. If null, it is estimated. Frames are resampled so that it becomes 13 "
        "px.",
        unit="px",
    )
    objects: Literal["bright", "dark"] | None = Field(
        None,
        description="Whether objects are brighter or darker than their surroundings. "
        "If null, this is detected from the video. Videos of dark objects are inverted "
        "before anything else.",
    )
    find_unmeasured: bool = Field(
        True,
        description="Whether to search for pixels and frames that are no measurement "
        "(padding, masked corners, hot pixels, frames without light) and to ignore "
        "them.",
    )


def scale_factor(radius: float, standard: float = STANDARD_RADIUS) -> float:
    """Return the factor by which a video is resampled.

    Parameters
    ----------
    radius : float
        Radius of a typical object in the video, in its px.
    standard : float
        Radius after resampling, in px.

    Returns
    -------
    float
        Exactly 1 within `TOLERANCE`.
    """
    factor = standard / radius
    return 1.0 if abs(factor - 1) <= TOLERANCE else factor


def standard_shape(shape: tuple[int, ...], factor: float) -> tuple[int, int]:
    """Return the height and width of a frame after resampling.

    Parameters
    ----------
    shape : tuple of int
        Its last two values are height and width.
    factor : float
        See `scale_factor`.
    """
    height, width = (max(1, round(side * factor)) for side in shape[-2:])
    return height, width


def resampled(
    frame: NDArray[np.generic], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Resample one frame without shifting it.

    The kernel is the Lanczos kernel, as wide as a pixel of the coarser grid; pixels
    beyond the border are ignored.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
    shape : tuple of int
        Height and width of the result.

    Returns
    -------
    ndarray of float32, shape (height, width)
        A frame that already has that shape is returned unchanged.
    """
    from napari_asist.interpolation import LANCZOS, interpolated

    step = (frame.shape[0] / shape[0], frame.shape[1] / shape[1])
    return interpolated(np.asarray(frame, np.float32), shape, step, LANCZOS)


class ResampledFrames:
    """The frames of a video at another resolution, each resampled on demand.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Numpy, dask or lazy frames; sizes may differ if the sequence has no shape.
    factor : float
        See `scale_factor`; with 1 frames are only read.
    """

    def __init__(self, frames: Any, factor: float) -> None:
        self._frames, self._factor = frames, factor
        full = getattr(frames, "shape", None) or np.shape(frames[0])
        self.shape = (len(frames), *standard_shape(full, factor))
        """Number of frames, height and width."""
        self.ndim = 3
        self.dtype = np.dtype(np.float32)

    @property
    def size(self) -> int:
        """Number of pixels in all frames."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.shape[0]

    def __getitem__(self, index: int | slice) -> NDArray[np.float32]:
        """Return one frame, shape (Y, X), or those of a slice, shape (T, Y, X)."""
        if isinstance(index, slice):
            times = range(*index.indices(len(self)))
            if not times:
                return np.zeros((0, *self.shape[1:]), np.float32)
            return np.stack([self[time] for time in times])
        frame = np.asarray(self._frames[range(len(self))[index]])
        return resampled(frame, (self.shape[1], self.shape[2]))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all frames in memory."""
        return self[:].astype(dtype or np.float32, copy=False)


def enlarged_labels(labels: NDArray[Number], shape: tuple[int, int]) -> NDArray[Number]:
    """Resample the labels of one frame, with smooth outlines.

    Each object's mask is smoothed by a Gaussian and sampled at the pixels of the
    result; each pixel goes to the object, or background, with the largest value. An
    object that would disappear keeps the pixel where its value is largest, so that a
    track table stays valid. The time is proportional to the number of pixels in the
    objects' boxes.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background.
    shape : tuple of int
        Height and width of the result; larger or smaller.

    Returns
    -------
    ndarray of the same dtype, shape (height, width)
        Labels that already have that shape are returned unchanged.
    """
    from napari_asist.smooth_labels import paint_smoothly

    if labels.shape == shape:
        return labels
    numbers, compact = _numbered(labels)
    boxes = np.array(
        [
            (rows.start, rows.stop, columns.start, columns.stop)
            for rows, columns in (box for box in find_objects(compact) if box)
        ],
        np.int64,
    ).reshape(-1, 4)
    owners = paint_smoothly(
        compact,
        boxes,
        *_soft_weights(labels.shape[0], shape[0]),
        *_soft_weights(labels.shape[1], shape[1]),
    )
    return np.asarray(numbers[owners], labels.dtype)


def _numbered(
    labels: NDArray[Number],
) -> tuple[NDArray[Number], NDArray[np.int32]]:
    """Return the labels in ascending order, 0 first, and each pixel's index in them."""
    highest = int(labels.max(initial=0))
    if highest > MOST_COUNTED:
        numbers = np.unique(np.append(labels.ravel(), 0))
        return numbers.astype(labels.dtype), np.searchsorted(numbers, labels).astype(
            np.int32
        )
    counts = np.bincount(labels.ravel(), minlength=1)  # several times faster
    counts[0] = 1
    numbers = np.flatnonzero(counts)
    places = np.zeros(highest + 1, np.int32)
    places[numbers] = np.arange(len(numbers))
    return numbers.astype(labels.dtype), places[labels]


@lru_cache(maxsize=64)
def _soft_weights(
    size: int, wanted: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the first pixel and the weights for each pixel of a smoothed line."""
    step = size / wanted
    sigma = max(SOFTENING, COARSE_SOFTENING * step)
    middles = (np.arange(wanted) + 0.5) * step - 0.5
    reach = int(np.ceil(REACH * sigma))
    first = np.round(middles).astype(np.int64) - reach
    places = first[:, None] + np.arange(2 * reach + 1)
    weights = np.exp(-(((places - middles[:, None]) / sigma) ** 2) / 2)
    # The frame's border crops objects; they do not end there.
    weights[(places < 0) | (places >= size)] = 0
    weights /= weights.sum(1, keepdims=True)
    return first, weights.astype(np.float32)
