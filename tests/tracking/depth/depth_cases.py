"""Maps of a good network, made from true labels."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import center_of_mass, distance_transform_edt, gaussian_filter

from napari_asist.depth.maps import Maps
from napari_asist.labels import LabelVideo
from napari_asist.tracking.depth.objects import Segmented, describe
from napari_asist.tracking.repair.tracks import boxes_of

LINK_SHAPE = (100, 140)
Labels = NDArray[np.unsignedinteger]


def disc(
    frame: NDArray[np.integer], label: int, y: float, x: float, radius: float = 13
) -> None:
    """Draw a disc around a position."""
    rows, columns = np.ogrid[: frame.shape[0], : frame.shape[1]]
    frame[(rows - y) ** 2 + (columns - x) ** 2 <= radius**2] = label


def objects(*places: tuple[float, float, float]) -> Segmented:
    """Discs at positions (y, x) with a radius."""
    labels = np.zeros(LINK_SHAPE, np.int32)
    for label, (y, x, radius) in enumerate(places, 1):
        disc(labels, label, y, x, radius)
    areas, centers = describe(labels, len(places))
    peaks = np.array([place[:2] for place in places], np.int64).reshape(-1, 2)
    return Segmented(labels, peaks, np.ones(len(places)), areas, centers)


def maps_of(
    labels: Labels,
    earlier: dict[int, tuple[float, float]] | None = None,
    *,
    blur: float = 0.7,
    noise: float = 0.0,
    level: float = 15.0,
    rng: np.random.Generator | None = None,
) -> Maps:
    """Draw the maps of one frame.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    earlier : dict of int to (float, float), optional
        Each object's center (y, x) in the previous frame; by default its own position.
    blur : float
        Sigma of the Gaussian that blurs logits and depth.
    noise : float
        Standard deviation of the depth's noise; logits have 5 times as much.
    level : float
        Signal of the objects, in standard deviations of the noise.
    """
    rng = rng or np.random.default_rng(0)
    height, width = labels.shape
    depth = np.zeros(labels.shape)
    signed = np.full(labels.shape, -6.0)
    offset = np.zeros((2, height + height % 2, width + width % 2), np.float32)
    for label, (rows, columns) in boxes_of(labels).items():
        rows = slice(max(rows.start - 6, 0), rows.stop + 6)
        columns = slice(max(columns.start - 6, 0), columns.stop + 6)
        mask = labels[rows, columns] == label
        # A pixel beyond the border is half a pixel from it.
        inner = distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1]
        depth[rows, columns][mask] = (inner / inner.max())[mask]
        out = distance_transform_edt(~mask)
        reach = np.where(mask, inner - 0.5, 0.5 - out)
        signed[rows, columns] = np.maximum(signed[rows, columns], reach)
        place = np.add(center_of_mass(mask), (rows.start, columns.start))
        to_y, to_x = (earlier or {}).get(label, tuple(place))
        y, x = np.nonzero(mask)
        y, x = y + rows.start, x + columns.start
        offset[:, y, x] = to_y - y, to_x - x
    foreground = 2 * gaussian_filter(signed, blur)
    depth = gaussian_filter(depth, blur)
    foreground += 5 * noise * rng.normal(size=labels.shape)
    signal = level * (labels > 0) + rng.normal(size=labels.shape)
    half = np.pad(depth, ((0, height % 2), (0, width % 2)), mode="edge")
    half = half.reshape(half.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3))
    half += noise * rng.normal(size=half.shape)
    return Maps(
        np.clip(foreground, -8, 8).astype(np.float32),
        half.astype(np.float32),
        offset[:, ::2, ::2].copy(),
        signal.astype(np.float32),
    )


def maps_of_video(video: LabelVideo, noise: float = 0.02) -> Iterator[Maps]:
    """Draw the maps of a video, with the offsets of its tracks and divisions."""
    rng = np.random.default_rng(0)
    parent = dict(zip(video.tracks["label"], video.tracks["parent"], strict=True))
    begin = dict(zip(video.tracks["label"], video.tracks["begin"], strict=True))
    before: dict[int, tuple[float, float]] = {}
    for time, frame in enumerate(video.labels):
        names = sorted(boxes_of(frame))
        places = center_of_mass(frame > 0, frame, names)
        earlier = {}
        for name in names:
            own = int(parent[name]) if begin[name] == time else name
            if own in before:
                earlier[name] = before[own]
        yield maps_of(frame, earlier, noise=noise, rng=rng)
        before = dict(zip(names, places, strict=True))
