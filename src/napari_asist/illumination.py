"""A smooth surface fitted to the background of an uneven field."""

import numpy as np
from numpy.polynomial.polynomial import polygrid2d
from numpy.typing import NDArray

FITS = 10
"""Number of fits, each without the values that turned out to be objects."""

BRIGHT = 2.0
"""Standard deviations of the background above which a value belongs to an object."""


def background_surface(
    values: NDArray[np.floating], degree: int, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Fit a polynomial to the background, which objects are brighter than.

    Parameters
    ----------
    values : ndarray, shape (Y, X)
        Intensities of a coarse image of the field; NaN where it is unknown.
    degree : int
        Highest total degree of the polynomial.
    shape : (int, int)
        Height and width at which the surface over the same field is returned.

    Returns
    -------
    ndarray of float32, of that shape
    """
    known = np.isfinite(values).ravel()
    terms = _monomials(values.shape, degree)[known]
    levels = values.ravel()[known].astype(np.float64)
    used = levels <= np.median(levels)
    factors = np.zeros(terms.shape[1])
    for _ in range(FITS):
        if np.count_nonzero(used) < terms.shape[1]:
            break  # nothing but objects, or light without noise, is left
        factors = np.linalg.lstsq(terms[used], levels[used], rcond=None)[0]
        residual = levels - terms @ factors
        below = -residual[residual < 0]
        deviation = float(np.median(below)) / 0.6745 if below.size else 0.0
        used = residual <= BRIGHT * deviation
    coefficients = np.zeros((degree + 1, degree + 1))
    for powers, factor in zip(_powers(degree), factors, strict=True):
        coefficients[powers] = factor
    rows, columns = _coordinates(shape)
    return np.asarray(polygrid2d(rows, columns, coefficients), np.float32)


def _monomials(shape: tuple[int, ...], degree: int) -> NDArray[np.float64]:
    """Return the monomials of both coordinates at each pixel."""
    grids = np.meshgrid(*_coordinates(shape), indexing="ij")
    y, x = (grid.ravel() for grid in grids)
    return np.stack([y**down * x**across for down, across in _powers(degree)], axis=1)


def _coordinates(shape: tuple[int, ...]) -> list[NDArray[np.float64]]:
    """Return the rows and columns of pixels, from -1 to 1."""
    return [(np.arange(side) + 0.5) / side * 2 - 1 for side in shape]


def _powers(degree: int) -> list[tuple[int, int]]:
    """Return the powers of both coordinates in each monomial."""
    return [
        (down, total - down) for total in range(degree + 1) for down in range(total + 1)
    ]
