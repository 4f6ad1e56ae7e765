"""Synthetic videos that engines draw from annotation videos."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray, LabelVideo, split_gaps
from napari_asist.mapped import blank_video, release


@dataclass(frozen=True, eq=False)
class SyntheticVideo:
    """A synthetic video that an engine drew from an annotation video.

    Parameters
    ----------
    images : ndarray of float32, shape (T, Y, X)
        Synthetic frames from -1 to 1.
    masks : ndarray of bool, shape (T, Y, X)
        Where they show objects: masks of generator A*, or the labels.
    labels : ndarray of unsigned int, shape (T, Y, X), optional
        The annotation's labels redrawn where the engine put the borders, if known;
        refinement uses them instead of the annotation's.
    """

    images: NDArray[np.float32]
    masks: NDArray[np.bool_]
    labels: LabelArray | None = None

    def annotation(self, simulated: LabelVideo) -> LabelVideo:
        """Return the labels that fit the frames best.

        Parameters
        ----------
        simulated : LabelVideo
            The annotation that the frames were drawn from.

        Returns
        -------
        LabelVideo
            Valid: where an object shows no light, its track is cut. The simulated one
            if the engine draws no labels.
        """
        if self.labels is None:
            return simulated
        return split_gaps(
            LabelVideo(self.labels, simulated.tracks, simulated.first_frame)
        )

    def release(self) -> None:
        """Release the memory of frames that are on disk."""
        release(self.images)
        release(self.masks)
        if self.labels is not None:
            release(self.labels)


def empty_synthetic(
    annotation: LabelVideo, scratch: Path | None = None, with_labels: bool = False
) -> SyntheticVideo:
    """Create an empty synthetic video to fill frame by frame.

    Parameters
    ----------
    annotation : LabelVideo
        Determines its shape.
    scratch : Path, optional
        Folder for its frames and masks, which are then files; in memory by default.
    with_labels : bool
        Whether it has labels too.
    """
    shape, dtype = annotation.labels.shape, annotation.labels.dtype
    return SyntheticVideo(
        blank_video(shape, np.float32, scratch and scratch / "synthetic.raw"),
        blank_video(shape, np.bool_, scratch and scratch / "masks.raw"),
        blank_video(shape, dtype, scratch and scratch / "drawn.raw")
        if with_labels
        else None,
    )
