"""Brightness of each track: a property of the object, the same in all its frames."""

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import TrackTable
from napari_asist.simulation.settings import BrightnessSettings

INHERITED_SPREAD = 0.1
"""Standard deviation of the logarithm of the daughter-to-mother brightness ratio."""


def track_brightness(
    tracks: TrackTable, settings: BrightnessSettings, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw a brightness for every track.

    Tracks without a parent draw from the distribution given by the quantiles, linear
    between successive quantiles. Daughters are similar to their mother.

    Parameters
    ----------
    tracks : structured ndarray of `TRACK_DTYPE`
    settings : BrightnessSettings
    rng : Generator

    Returns
    -------
    ndarray of float32, shape (number of tracks,)
        Mean intensity over the background, in counts, in the order of the table.
    """
    levels = np.linspace(0, 1, len(settings.quantiles))
    drawn = np.interp(rng.random(len(tracks)), levels, settings.quantiles)
    inherited = np.exp(rng.normal(0, INHERITED_SPREAD, len(tracks)))
    row_of = {int(label): row for row, label in enumerate(tracks["label"])}
    # A mother begins before her daughters, so her brightness is already known.
    for row in np.argsort(tracks["begin"], kind="stable").tolist():
        mother = row_of.get(int(tracks["parent"][row]))
        if mother is not None:
            drawn[row] = drawn[mother] * inherited[row]
    low, high = settings.quantiles[0], settings.quantiles[-1]
    return np.clip(drawn, low, high).astype(np.float32)
