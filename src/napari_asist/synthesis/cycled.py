"""What went to the other side and back, as CycleGAN's cycle losses compare it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class CycledPairs:
    """Images and annotations, and what came of them there and back.

    Parameters
    ----------
    images, cycled_images : ndarray of float32, shape (N, Y, X)
        Real frames x and B(A(x)), -1 to 1.
    annotations, cycled_annotations : ndarray of float32, shape (N, Y, X)
        Annotation frames y and A(B(y)), -1 to 1.
    """

    images: NDArray[np.float32]
    cycled_images: NDArray[np.float32]
    annotations: NDArray[np.float32]
    cycled_annotations: NDArray[np.float32]

    @property
    def images_lost(self) -> float:
        """Mean absolute difference of the images."""
        return float(np.abs(self.images - self.cycled_images).mean())

    @property
    def annotations_lost(self) -> float:
        """Mean absolute difference of the annotations."""
        return float(np.abs(self.annotations - self.cycled_annotations).mean())
