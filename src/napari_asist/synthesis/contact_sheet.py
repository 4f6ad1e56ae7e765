"""A picture of real, synthetic and cycled frames, one above the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray

COLUMNS = 3
SIDE = 320
"""Pixels of each frame that are shown, at their own size."""

OUTLINE = np.array([1.0, 0.65, 0.1])

Frames = Sequence[NDArray[np.float32]] | NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ContactSheet:
    """Frames to be shown, all from -1 to 1; a few of each kind are enough.

    Parameters
    ----------
    real, synthetic : array or sequence of arrays of float32, shape (N, Y, X)
    labels : array or sequence of arrays of unsigned int, shape (N, Y, X)
        Annotations of the synthetic frames, drawn as outlines.
    cycled_images : array or sequence of arrays of float32, shape (N, Y, X), optional
        B(A(x)) of the real frames shown.
    cycled_annotations : array or sequence of arrays of float32, optional
        A(B(y)) of the synthetic frames shown.
    """

    real: Frames
    synthetic: Frames
    labels: Sequence[LabelArray] | LabelArray
    cycled_images: Frames | None = None
    cycled_annotations: Frames | None = None


def write_contact_sheet(path: Path, sheet: ContactSheet, title: str = "") -> None:
    """Write the picture.

    Parameters
    ----------
    path : Path
        PNG to write.
    sheet : ContactSheet
    title : str
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = list(_rows(sheet))
    columns = min(COLUMNS, max(len(images) for _, images in rows))
    size = (2.9 * columns + 0.4, 3.0 * len(rows) + 0.5)
    figure = Figure(figsize=size, dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=10)
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for axes, (name, images) in zip(grid, rows, strict=True):
        for place in axes:
            place.set_xticks([])
            place.set_yticks([])
            place.set_frame_on(False)
        axes[0].set_ylabel(name, fontsize=9)
        for place, image in zip(axes, images, strict=False):
            place.imshow(image, interpolation="nearest")
    figure.savefig(path, metadata={"Software": "napari-asist"})


def _rows(sheet: ContactSheet) -> Iterator[tuple[str, list[NDArray[np.float32]]]]:
    yield "real", [_grey(image) for image in _some(sheet.real)]
    if sheet.cycled_images is not None:
        yield "real, cycled", [_grey(image) for image in _some(sheet.cycled_images)]
    synthetic, labels = _some(sheet.synthetic), _some(sheet.labels)
    yield "synthetic", [_grey(image) for image in synthetic]
    yield (
        "synthetic, annotations",
        [_outlined(*pair) for pair in zip(synthetic, labels, strict=True)],
    )
    if sheet.cycled_annotations is not None:
        cycled = _some(sheet.cycled_annotations)
        yield "annotations, cycled", [_grey(image) for image in cycled]


def _some(
    frames: Sequence[NDArray[np.generic]] | NDArray[np.generic],
) -> list[NDArray[np.generic]]:
    """Return the middle of a few frames, spread over all."""
    count = min(COLUMNS, len(frames))
    times = np.linspace(0, len(frames) - 1, count).round().astype(int)
    return [_middle(np.asarray(frames[int(time)])) for time in times]


def _middle(image: NDArray[np.generic]) -> NDArray[np.generic]:
    top, left = (max(0, (side - SIDE) // 2) for side in image.shape)
    return image[top : top + SIDE, left : left + SIDE]


def _grey(image: NDArray[np.generic]) -> NDArray[np.float32]:
    light = np.clip((image.astype(np.float32) + 1) / 2, 0, 1)
    return np.repeat(light[..., None], 3, axis=2)


def _outlined(
    image: NDArray[np.generic], labels: NDArray[np.generic]
) -> NDArray[np.float32]:
    from skimage.segmentation import find_boundaries

    colored = _grey(image)
    colored[find_boundaries(labels, mode="inner")] = OUTLINE  # type: ignore[no-untyped-call]
    return colored
