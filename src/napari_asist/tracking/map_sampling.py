"""Images at another scale: pixel centers aligned, in compiled loops."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled

Image = NDArray[np.float32]


def resampled(
    image: Image,
    shape: tuple[int, int],
    step: tuple[float, float],
    cubic: bool = False,
) -> Image:
    """Interpolate an image on a grid that is as fine as its own, or finer.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X)
    shape : (int, int)
        Of the new grid.
    step : (float, float)
        Height and width of a new pixel in pixels of the image; the outer corners of
        the first pixels agree. The image's last values go on beyond it.
    cubic : bool
        Use the Catmull-Rom spline (Keys, IEEE Transactions on Acoustics, Speech, and
        Signal Processing 29, 1981), whose level lines have no corners at the pixels;
        else straight lines, which do not overshoot.

    Returns
    -------
    ndarray of float32, shape `shape`
    """
    image = np.ascontiguousarray(image, np.float32)
    if shape == image.shape and step == (1.0, 1.0):
        return image
    rows, row_weights = _taps(shape[0], image.shape[0], step[0], cubic)
    columns, column_weights = _taps(shape[1], image.shape[1], step[1], cubic)
    out = np.empty(shape, np.float32)
    _interpolate(image, rows, row_weights, columns, column_weights, out)
    return out


def nearest(n_new: int, n_old: int) -> NDArray[np.intp]:
    """Return the pixel of an axis that holds the center of each pixel of another.

    Parameters
    ----------
    n_new, n_old : int
        Pixels of both axes, which span the same length.
    """
    centers = (np.arange(n_new) + 0.5) * (n_old / n_new)
    return np.minimum(centers.astype(np.intp), n_old - 1)


def _taps(
    n_new: int, n_old: int, step: float, cubic: bool
) -> tuple[NDArray[np.intp], Image]:
    """Return the old pixels that make each new one, and their weights."""
    place = (np.arange(n_new) + 0.5) * step - 0.5
    first = np.floor(place)
    part = place - first
    if cubic:
        offsets = np.arange(-1, 3)
        weights = [
            ((2 - part) * part - 1) * part / 2,
            ((3 * part - 5) * part**2 + 2) / 2,
            ((4 - 3 * part) * part + 1) * part / 2,
            (part - 1) * part**2 / 2,
        ]
    else:
        offsets = np.arange(2)
        weights = [1 - part, part]
    taps = np.clip(first[:, None] + offsets, 0, n_old - 1).astype(np.intp)
    return taps, np.stack(weights, axis=1).astype(np.float32)


@compiled
def _interpolate(
    image: Image,
    rows: NDArray[np.intp],
    row_weights: Image,
    columns: NDArray[np.intp],
    column_weights: Image,
    out: Image,
) -> None:
    width = image.shape[1]
    line = np.empty(width, np.float32)
    for y in range(len(rows)):
        line[:] = 0
        for tap in range(rows.shape[1]):
            weight, source = row_weights[y, tap], rows[y, tap]
            for x in range(width):
                line[x] += weight * image[source, x]
        for x in range(len(columns)):
            value = np.float32(0)
            for tap in range(columns.shape[1]):
                value += column_weights[x, tap] * line[columns[x, tap]]
            out[y, x] = value
