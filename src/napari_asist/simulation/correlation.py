"""How much pixels have in common with their neighbors."""

import numpy as np
from numpy.typing import NDArray


def correlation(
    image: NDArray[np.floating], used: NDArray[np.bool_], lag: int, axis: int
) -> float:
    """Return the correlation of pixels some steps apart along an axis.

    Parameters
    ----------
    image : ndarray, shape (Y, X)
    used : ndarray of bool, shape (Y, X)
        Pixels that count; both of a pair have to.
    lag : int
        Steps between the two of a pair.
    axis : int

    Returns
    -------
    float
        -1 to 1; 0 where there is no pair.
    """
    one = [slice(None)] * 2
    other = [slice(None)] * 2
    one[axis], other[axis] = slice(None, -lag), slice(lag, None)
    both = used[tuple(one)] & used[tuple(other)]
    if not both.any():
        return 0.0
    values = image[used]
    centered = image - values.mean()
    product = (centered[tuple(one)] * centered[tuple(other)])[both]
    return float(product.mean() / max(float(values.var()), 1e-12))
