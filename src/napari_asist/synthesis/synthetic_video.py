"""What an engine of synthesis makes of an annotation video."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SyntheticVideo:
    """What an engine makes of an annotation video.

    Parameters
    ----------
    images : ndarray of float32, shape (T, Y, X)
        Synthetic frames from -1 to 1.
    masks : ndarray of bool, shape (T, Y, X)
        Where they show objects: what generator A* sees, or the annotations.
    """

    images: NDArray[np.float32]
    masks: NDArray[np.bool_]
