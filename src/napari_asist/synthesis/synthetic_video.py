"""What an engine of synthesis makes of an annotation video."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelVideo
from napari_asist.mapped import blank_video, release


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

    def release(self) -> None:
        """Let go of the memory of frames that lie on the disk."""
        release(self.images)
        release(self.masks)


def empty_synthetic(
    annotation: LabelVideo, scratch: Path | None = None
) -> SyntheticVideo:
    """Make a synthetic video to be filled frame by frame.

    Parameters
    ----------
    annotation : LabelVideo
        Tells its shape.
    scratch : Path, optional
        Folder for its frames and masks, which are files then; in memory by default.
    """
    shape = annotation.labels.shape
    return SyntheticVideo(
        blank_video(shape, np.float32, scratch and scratch / "synthetic.raw"),
        blank_video(shape, np.bool_, scratch and scratch / "masks.raw"),
    )
