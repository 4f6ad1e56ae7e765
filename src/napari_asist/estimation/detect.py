"""Find bright objects in one frame without labels, and measure them."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.borders import LEVEL
from napari_asist.estimation.drawn_borders import MEAN_TO_LEVEL, DrawnBorder
from napari_asist.estimation.irregularity import irregularity, outline_waves
from napari_asist.events import raise_if_stopped
from napari_asist.labels import LabelArray
from napari_asist.scaling import (
    ScalingSettings,
    background_deviation,
    subtract_background,
)
from napari_asist.simulation.video_settings import NUCLEUS_SADDLE

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
        ("irregularity", "f8"),
    ]
)
"""Center, radius of the circle of equal area, direction of the long axis (degrees from
the x axis toward the y axis, 0 to 180), axes of the ellipse of equal area and moments
(px), mean intensity over the background (counts), whether it is away from the border,
and how far its outline deviates from an ellipse: nan unless it is away from the border
and touches no other object."""

Detections = NDArray[np.void]
Image = NDArray[np.float32]

FAINTEST = 4.0
"""Standard deviations of the smoothed background above which a pixel belongs to an
object."""

NOISELESS = 0.05
"""Fraction of the brightest intensity that counts as background if there is no
noise."""

BLOB_SCALE = 0.5
"""Sigma of the blob filter, relative to the inscribed radius: 0.71 is best for a
single disc; lower values separate touching ones."""

SMALLEST = 0.2
"""Smallest area as a fraction of the typical one: less is debris or a fragment."""

VISIBLE_BORDER = 0.27
"""Fraction of an object's own brightness at which its outline appears. Objects are
measured and rendered with this outline, so that they are comparable at any brightness.

There, the square root of a blurred edge is steepest: the edge falls off like the normal
distribution, and the derivative of its root is largest 0.61 standard deviations outside
half maximum. On a square root scale, photon noise is uniform (Anscombe, Biometrika 35,
1948), and screens and eyes roughly follow such a scale."""

HALF_MAXIMUM = 0.5
"""Fraction at which a blurred edge itself is steepest, and at which the virtual
microscope draws the borders of its labels."""

CLEAR = 10.0
"""Standard deviations of the background above which an outline is not noise."""

ROUNDS = 2
"""Iterations after the first: the fraction and the mean inside depend on each other."""

MARGIN = 2
"""Pixels by which an outline may extend beyond what is clearly above the noise."""


def detect_objects(
    frame: NDArray[np.generic],
    radius: float,
    saddle: float = NUCLEUS_SADDLE,
    border: float | DrawnBorder = VISIBLE_BORDER,
) -> Detections:
    """Find bright objects and measure each at its own border.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
        Raw intensities.
    radius : float
        Typical inscribed radius, see `typical_radius`.
    saddle : float
        Depth of the dip that separates two objects, see `NUCLEUS_SADDLE`.
    border : float or DrawnBorder
        Fraction of an object's own brightness at which its outline is drawn.

    Returns
    -------
    structured ndarray of `DETECTION_DTYPE`
    """
    return outlined_objects(frame, radius, saddle, border)[0]


def outlined_objects(
    frame: NDArray[np.generic],
    radius: float,
    saddle: float = NUCLEUS_SADDLE,
    border: float | DrawnBorder = VISIBLE_BORDER,
) -> tuple[Detections, NDArray[np.int32]]:
    """Find bright objects as `detect_objects` does, and return their outlines too.

    Maxima of the Laplacian of Gaussian on softened intensities are the seeds of a
    watershed; in each of its regions, the pixels above a fraction of the region's 90 %
    quantile are the object, whatever the brightness of its neighbors. A border by
    brightness takes quantile and mean from the object itself, as `redrawn` does.

    Parameters
    ----------
    frame, radius, saddle, border
        See `detect_objects`.

    Returns
    -------
    detections : structured ndarray of `DETECTION_DTYPE`
    objects : ndarray of int32, shape (Y, X)
        The number of each detection, from 1 in their order; 0 elsewhere.
    """
    raise_if_stopped()
    counts = over_background(frame)
    smooth, _ = _foreground(counts)
    regions = _regions(counts, radius, saddle)
    objects = _cut_at(border, smooth, regions)
    found = _measured(counts, objects, _waves(border, smooth, regions, objects))
    if not len(found):
        return found, objects
    typical = np.median(found["radius"][found["whole"]]) if found["whole"].any() else 0
    # Objects cut off by the border may be small.
    kept = ~found["whole"] | (found["radius"] >= np.sqrt(SMALLEST) * typical)
    numbers = np.zeros(int(objects.max()) + 1, np.int32)
    numbers[np.unique(objects[objects > 0])[kept]] = np.arange(1, kept.sum() + 1)
    return found[kept], numbers[objects]


def typical_radius(frame: NDArray[np.generic]) -> float:
    """Return the typical inscribed radius of the bright objects in a frame.

    It is the median height of the peaks of the distance transform of the foreground,
    weighted by their area.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
        Raw intensities.

    Returns
    -------
    float
        In pixels; 0 if there is no object.
    """
    from scipy.ndimage import distance_transform_edt
    from skimage.feature import peak_local_max

    depth = distance_transform_edt(foreground_of(frame))
    places = peak_local_max(depth, 2, 1.5)  # type: ignore[no-untyped-call]
    if not len(places):
        return 0.0
    peaks = np.sort(depth[tuple(places.T)])
    weight = np.cumsum(peaks**2)
    return float(peaks[np.searchsorted(weight, weight[-1] / 2)])


def noise_level(frame: NDArray[np.generic]) -> float:
    """Return the standard deviation of a frame's background, in counts."""
    return background_deviation(over_background(frame))


def over_background(frame: NDArray[np.generic]) -> Image:
    """Return a frame in counts over its local background, for object detection."""
    window = ScalingSettings().background_window
    return subtract_background(np.asarray(frame), window)


def foreground_of(frame: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return which pixels of a frame are brighter than its background.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
        Raw intensities.
    """
    return _foreground(over_background(frame))[1]


def _foreground(counts: Image) -> tuple[Image, NDArray[np.bool_]]:
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(counts, 1)
    return smooth, smooth > _faintest(smooth)


def _faintest(smooth: Image) -> float:
    """Return the smoothed intensity above which a pixel belongs to an object."""
    if deviation := background_deviation(smooth):
        return FAINTEST * deviation
    # Synthetic frames may have no noise at all.
    return NOISELESS * float(smooth.max(initial=0)) or float(np.finfo(np.float32).tiny)


def _regions(counts: Image, radius: float, saddle: float) -> NDArray[np.int32]:
    from scipy.ndimage import gaussian_laplace, label
    from skimage.morphology import h_maxima
    from skimage.segmentation import watershed

    smooth, mask = _foreground(counts)
    faint = _faintest(smooth)
    sigma = BLOB_SCALE * max(radius, 1.0)
    blobs = -(sigma**2) * gaussian_laplace(np.arcsinh(smooth / faint), sigma)
    response = np.log(np.maximum(blobs, 0.05))
    peaks = h_maxima(response, saddle) > 0  # type: ignore[no-untyped-call]
    seeds, _ = label(peaks & (blobs > 0.15) & mask, np.ones((3, 3)))
    flooded = watershed(-blobs, seeds, mask=mask)  # type: ignore[no-untyped-call]
    return np.asarray(flooded, np.int32)


def _cut_at(
    border: float | DrawnBorder, smooth: Image, regions: NDArray[np.int32]
) -> NDArray[np.int32]:
    from scipy.ndimage import binary_fill_holes, find_objects, label
    from skimage.segmentation import expand_labels

    objects = np.zeros_like(regions)
    wide = expand_labels(regions, MARGIN)  # type: ignore[no-untyped-call]
    for number, box in enumerate(find_objects(wide), 1):
        values, mine = smooth[box], wide[box] == number
        least = _least(border, values[regions[box] == number], values[mine])
        core = mine & (values >= least)
        parts, _ = label(core)
        largest = np.bincount(parts[core]).argmax()
        objects[box][binary_fill_holes(parts == largest) & mine] = number
    return objects


def _least(border: float | DrawnBorder, bright: Image, around: Image) -> float:
    """Return the lowest intensity at which a region's pixels belong to its object."""
    if not isinstance(border, DrawnBorder):
        border = DrawnBorder(border, softness=1)
    part = VISIBLE_BORDER if border.part is None else border.part
    least = part * float(np.quantile(bright, LEVEL))
    for _ in range(ROUNDS if border.part is None else 0):
        inside = around[around >= least]
        level = MEAN_TO_LEVEL * inside.mean(keepdims=True)
        least = float(border.parts(level)[0] * np.quantile(inside, LEVEL))
    return least


def _waves(
    border: float | DrawnBorder,
    smooth: Image,
    regions: NDArray[np.int32],
    objects: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return the waves of outlines, which texture distorts far inside an object."""
    part = border.part if isinstance(border, DrawnBorder) else border
    if part is not None and part > VISIBLE_BORDER:
        objects = _cut_at(VISIBLE_BORDER, smooth, regions)
    return outline_waves(objects)


def _measured(
    counts: Image, objects: NDArray[np.int32], waves: NDArray[np.float64]
) -> Detections:
    from skimage.measure import regionprops

    rows = []
    clear = CLEAR * background_deviation(counts)
    regions = regionprops(objects, intensity_image=counts)  # type: ignore[no-untyped-call]
    for region in regions:
        top, left, bottom, right = region.bbox
        whole = min(top, left) > 0 and bottom < counts.shape[0]
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
                whole and right < counts.shape[1],
                waves[region.label] if region.intensity_mean > clear else np.nan,
            )
        )
    found = np.array(rows, DETECTION_DTYPE)
    found["irregularity"] = irregularity(found["irregularity"], found["radius"])
    return found


def ellipses_of(found: Detections, shape: tuple[int, ...]) -> LabelArray:
    """Draw the ellipse of each detection, numbered from 1 in the order of the table.

    Smaller ellipses are drawn on top of larger ones.

    Parameters
    ----------
    found : structured ndarray of `DETECTION_DTYPE`
    shape : tuple of int
        Height and width of the frame.

    Returns
    -------
    ndarray of uint32, shape (Y, X)
    """
    from skimage.draw import ellipse

    labels = np.zeros(shape, np.uint32)
    for number in np.argsort(-found["radius"], kind="stable").tolist():
        row = found[number]
        # scikit-image rotates the other way, because its y axis points up.
        rows, columns = ellipse(  # type: ignore[no-untyped-call]
            row["y"],
            row["x"],
            row["width"] / 2,
            row["length"] / 2,
            shape,
            -np.radians(row["angle"]),
        )
        labels[rows, columns] = number + 1
    return labels
