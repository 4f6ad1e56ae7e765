"""Training videos on disk: synthetic TIFF frames next to a ground truth folder."""

import shutil
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.mapped import each_frame

HIGHEST = 65535
DARKEST, BRIGHTEST = -1.0, 3.0
"""Scaled intensities that map to 0 and `HIGHEST`; few pixels are above 1."""


def write_training_images(images: NDArray[np.float32], folder: Path) -> None:
    """Write synthetic frames as ``t000.tif``, ….

    Parameters
    ----------
    images : ndarray of float32, shape (T, Y, X)
        On the networks' scale, -1 to about 1.
    folder : Path
        Replaced if it exists.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    digits = max(3, len(str(len(images) - 1)))
    for time, image in enumerate(each_frame(images)):
        inside = np.clip(image, DARKEST, BRIGHTEST)
        counts = (inside - DARKEST) * (HIGHEST / (BRIGHTEST - DARKEST))
        tifffile.imwrite(
            folder / f"t{time:0{digits}d}.tif",
            counts.round().astype(np.uint16),
            compression="zlib",
        )


def read_training_video(truth: Path) -> tuple[NDArray[np.float32], LabelVideo]:
    """Read a training video.

    Parameters
    ----------
    truth : Path
        ``01_GT``; its frames are in ``01`` next to it.

    Returns
    -------
    images, labels : ndarray of float32, shape (T, Y, X), LabelVideo
        Images on the networks' scale.
    """
    from napari_asist.ctc import read_ctc

    folder = truth.with_name(truth.name.removesuffix("_GT"))
    labels = read_ctc(truth)
    paths = sorted(folder.glob("t*.tif"))
    if len(paths) != len(labels):
        raise AsistError(
            f"{folder} has {len(paths)} frames but {truth} has {len(labels)}; delete "
            f"{truth.parent} and run again."
        )
    images = np.empty(labels.labels.shape, np.float32)
    for time, path in enumerate(paths):
        counts = tifffile.imread(path).astype(np.float32)
        images[time] = counts * ((BRIGHTEST - DARKEST) / HIGHEST) + DARKEST
    return images, labels
