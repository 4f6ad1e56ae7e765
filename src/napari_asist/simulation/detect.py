"""Finding bright objects in one frame without labels, to measure them."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.scaling import (
    ScalingSettings,
    background_deviation,
    subtract_background,
)
from napari_asist.simulation.borders import LEVEL

DETECTION_DTYPE = np.dtype(
    [
        ("y", "f8"),
        ("x", "f8"),
        ("radius", "f8"),
        ("angle", "f8"),
        ("length", "f8"),
        ("width", "f8"),
        ("brightness", "f8"),
        ("whole", "?"),
    ]
)
"""Center, radius of the circle of equal area, direction of the long axis (degrees from
the x axis towards the y axis, 0 to 180), axes of the ellipse of equal area and moments
(px), mean intensity over the background (counts), and whether it clears the border."""

Detections = NDArray[np.void]
Image = NDArray[np.float32]

FAINTEST = 4.0
"""Deviations of the smoothed background above which a pixel belongs to an object."""

BLOB_SCALE = 0.5
"""Sigma of the blob filter over the inscribed radius; 0.71 suits a lone disc best, less
keeps touching ones apart."""

NUCLEUS_SADDLE, STICK_SADDLE = 0.2, 0.4
"""Depth of the saddle between two objects, as the logarithm of the blob filter's
response. Long objects undulate more; both numbers were chosen on rendered videos."""

SMALLEST = 0.2
"""Smallest area as a part of a typical one's: less is debris or a piece."""


def detect_objects(
    frame: NDArray[np.generic], radius: float, saddle: float = NUCLEUS_SADDLE
) -> Detections:
    """Find bright objects and measure each at half of its own maximum.

    Maxima of the Laplacian of Gaussian on softened intensities are the seeds of a
    watershed; in each of its regions the pixels above half of the region's 90 %
    quantile are the object, whatever the brightness of its neighbors.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
        Raw intensities.
    radius : float
        Typical inscribed radius, see `typical_radius`.
    saddle : float
        How deep the dip is that parts two objects, see `NUCLEUS_SADDLE`.

    Returns
    -------
    structured ndarray of `DETECTION_DTYPE`
    """
    from skimage.measure import regionprops

    counts = _over_background(frame)
    smooth, _ = _foreground(counts)
    objects = _at_half_maximum(smooth, _regions(counts, radius, saddle))
    rows = []
    regions = regionprops(objects, intensity_image=counts)  # type: ignore[no-untyped-call]
    for region in regions:
        top, left, bottom, right = region.bbox
        whole = min(top, left) > 0 and bottom < frame.shape[0]
        length = max(region.axis_major_length, 1.0)
        width = max(region.axis_minor_length, 1.0)
        rows.append(
            (
                *region.centroid,
                region.equivalent_diameter_area / 2,
                # scikit-image measures from the y axis.
                np.degrees(np.pi / 2 - region.orientation) % 180,
                length,
                width,
                max(float(region.intensity_mean), np.finfo(np.float32).tiny),
                whole and right < frame.shape[1],
            )
        )
    found = np.array(rows, DETECTION_DTYPE)
    if not len(found):
        return found
    typical = np.median(found["radius"][found["whole"]]) if found["whole"].any() else 0
    # What the border cuts may be small.
    large = found["radius"] >= np.sqrt(SMALLEST) * typical
    return np.asarray(found[~found["whole"] | large])


def typical_radius(frame: NDArray[np.generic]) -> float:
    """Return the typical inscribed radius of the bright objects in a frame.

    It is the median height of the peaks of the distance transform of what stands out
    of the background, weighted by their area.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
        Raw intensities.

    Returns
    -------
    float
        In pixels; 0 where there is no object.
    """
    from scipy.ndimage import distance_transform_edt
    from skimage.feature import peak_local_max

    _, mask = _foreground(_over_background(frame))
    depth = distance_transform_edt(mask)
    places = peak_local_max(depth, 2, 1.5)  # type: ignore[no-untyped-call]
    if not len(places):
        return 0.0
    peaks = np.sort(depth[tuple(places.T)])
    weight = np.cumsum(peaks**2)
    return float(peaks[np.searchsorted(weight, weight[-1] / 2)])


def noise_level(frame: NDArray[np.generic]) -> float:
    """Return the standard deviation of a frame's background, in counts."""
    return background_deviation(_over_background(frame))


def _over_background(frame: NDArray[np.generic]) -> Image:
    window = ScalingSettings().background_window
    return subtract_background(np.asarray(frame), window)


def _foreground(counts: Image) -> tuple[Image, NDArray[np.bool_]]:
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(counts, 1)
    return smooth, smooth > FAINTEST * background_deviation(smooth)


def _regions(counts: Image, radius: float, saddle: float) -> NDArray[np.int32]:
    from scipy.ndimage import gaussian_laplace, label
    from skimage.morphology import h_maxima
    from skimage.segmentation import watershed

    smooth, mask = _foreground(counts)
    faint = FAINTEST * background_deviation(smooth) + np.finfo(np.float32).tiny
    sigma = BLOB_SCALE * max(radius, 1.0)
    blobs = -(sigma**2) * gaussian_laplace(np.arcsinh(smooth / faint), sigma)
    response = np.log(np.maximum(blobs, 0.05))
    peaks = h_maxima(response, saddle) > 0  # type: ignore[no-untyped-call]
    seeds, _ = label(peaks & (blobs > 0.15) & mask, np.ones((3, 3)))
    flooded = watershed(-blobs, seeds, mask=mask)  # type: ignore[no-untyped-call]
    return np.asarray(flooded, np.int32)


def _at_half_maximum(smooth: Image, regions: NDArray[np.int32]) -> NDArray[np.int32]:
    from scipy.ndimage import binary_fill_holes, find_objects, label

    objects = np.zeros_like(regions)
    for number, box in enumerate(find_objects(regions), 1):
        values = smooth[box]
        mine = regions[box] == number
        core = mine & (values >= np.quantile(values[mine], LEVEL) / 2)
        parts, _ = label(core)
        largest = np.bincount(parts[core]).argmax()
        objects[box][binary_fill_holes(parts == largest) & mine] = number
    return objects
