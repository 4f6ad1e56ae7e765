"""Training videos on disk: synthetic frames as TIFF files beside a truth folder."""

import shutil
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.mapped import each_frame

HIGHEST = 65535


def write_training_images(images: NDArray[np.float32], folder: Path) -> None:
    """Write synthetic frames as ``t000.tif``, ….

    Parameters
    ----------
    images : ndarray of float32, shape (T, Y, X)
        From -1 to 1, which become 0 and 65535.
    folder : Path
        Made anew if it is there.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    digits = max(3, len(str(len(images) - 1)))
    for time, image in enumerate(each_frame(images)):
        counts = (np.clip(image, -1, 1) + 1) * (HIGHEST / 2)
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
        ``01_GT``; its frames are in ``01`` beside it.

    Returns
    -------
    images, labels : ndarray of float32, shape (T, Y, X), LabelVideo
        Images from -1 to 1.
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
        images[time] = tifffile.imread(path).astype(np.float32) * (2 / HIGHEST) - 1
    return images, labels
