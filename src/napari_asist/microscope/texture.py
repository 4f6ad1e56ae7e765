"""The texture of the objects: noise that moves with each of them."""

from napari_asist.blur import Image
from napari_asist.compiled import compiled

DARKEST = -0.7


@compiled
def grain_at(grain: Image, y: float, x: float) -> float:
    """Return the texture at a position, linear between the grain's pixels.

    Parameters
    ----------
    grain : ndarray of float32, shape (N, N)
        Periodic texture with mean 0.
    y, x : float
        The loops that wrap a position into the grain are short near it.

    Returns
    -------
    float
        Value added to a brightness of 1, at least `DARKEST`.
    """
    height, width = grain.shape
    while y < 0:
        y += height
    while y >= height:
        y -= height
    while x < 0:
        x += width
    while x >= width:
        x -= width
    top, left = int(y), int(x)
    down, across = y - top, x - left
    bottom = top + 1 if top + 1 < height else 0
    right = left + 1 if left + 1 < width else 0
    above = (1 - across) * grain[top, left] + across * grain[top, right]
    below = (1 - across) * grain[bottom, left] + across * grain[bottom, right]
    return float(max((1 - down) * above + down * below, DARKEST))
