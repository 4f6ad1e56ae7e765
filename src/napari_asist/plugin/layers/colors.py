"""Colors that always distinguish neighboring tracks."""

from collections import defaultdict
from functools import cache
from itertools import combinations
from typing import TypeAlias

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from napari_asist.labels import LabelArray, LabelVideo, labels_in

PREFERRED_COLORS = 40

CLEAR_DIFFERENCE = 40.0
"""Distance in CIELAB at which two adjacent colors are distinguished at a glance."""

TrackColors: TypeAlias = tuple[dict[int, int], NDArray[np.float32]]
"""The index of each label's color in a palette, and the palette."""

NEAR = (1, 4, 12)
"""Distances in pixels, along axes and diagonals, at which labels are neighbors."""

GRAY = (128, 128, 128)


@cache
def palette(count: int) -> NDArray[np.float32]:
    """Return vivid colors, each as far as possible from those before it.

    Parameters
    ----------
    count : int
        At most the number of candidates, 576.

    Returns
    -------
    ndarray of float32, shape (count, 3)
        RGB between 0 and 1, legible on a dark and on a light canvas.
    """
    from skimage.color import hsv2rgb

    hues, saturations, values = np.meshgrid(
        np.arange(36) / 36, (0.5, 0.7, 0.85, 1.0), (0.7, 0.8, 0.9, 1.0)
    )
    candidates = hsv2rgb(np.stack([hues, saturations, values], axis=-1).reshape(-1, 3))
    distances = color_distances(candidates)
    chosen = [0]
    while len(chosen) < count:
        chosen.append(int(distances[:, chosen].min(axis=1).argmax()))
    return np.asarray(candidates[chosen], np.float32)


def color_distances(colors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the distances in CIELAB between all pairs of RGB colors."""
    from skimage.color import rgb2lab

    lab = rgb2lab(colors)
    return np.asarray(np.linalg.norm(lab[:, None] - lab[None], axis=-1))


def color_tracks(video: LabelVideo) -> TrackColors:
    """Assign one of a few colors to every track, never that of a neighbor.

    Neighbors are tracks that come near each other in any frame, a parent and its
    children, and the children of one parent. Greedy coloring in the order of the
    tracks' first frames needs at most one color more than a track has neighbors.

    Parameters
    ----------
    video : LabelVideo

    Returns
    -------
    colors : dict of int to int
        Index into the palette, by label.
    palette : ndarray of float32, shape (number of colors, 3)
    """
    neighbors = neighboring_tracks(video)
    most = max((len(others) for others in neighbors.values()), default=0)
    colors = palette(max(PREFERRED_COLORS, most + 1))
    distances = color_distances(colors)
    uses = np.zeros(len(colors), int)
    color_of: dict[int, int] = {}
    for label in np.sort(video.tracks, order=("begin", "label"))["label"].tolist():
        taken = [color_of[other] for other in neighbors[label] if other in color_of]
        color_of[label] = clear_color(distances, taken, uses)
        uses[color_of[label]] += 1
    return color_of, colors


def clear_color(
    distances: NDArray[np.float64], taken: list[int], uses: NDArray[np.int64]
) -> int:
    """Return the least used color that stands out from the neighbors' colors.

    Parameters
    ----------
    distances : ndarray of float64, shape (number of colors, number of colors)
    taken : list of int
        The neighbors' colors.
    uses : ndarray of int64, shape (number of colors,)
        How many tracks have each color.
    """
    nearest = distances[:, taken or [-1]].min(axis=1)
    # If no color stands out from all neighbors, take the most distant one.
    allowed = nearest >= min(CLEAR_DIFFERENCE, nearest.max())
    return int(np.where(allowed, uses, uses.max() + 1).argmin())


def neighboring_tracks(video: LabelVideo) -> defaultdict[int, set[int]]:
    """Return, by label, the labels that a track has to be distinguished from."""
    neighbors: defaultdict[int, set[int]] = defaultdict(set)
    families: defaultdict[int, list[int]] = defaultdict(list)
    for label, _, _, parent in video.tracks.tolist():
        if parent:
            families[parent].append(label)
    pairs = [tuple(pair) for pair in near_pairs(video.labels).tolist()]
    for parent, children in families.items():
        pairs.extend(combinations([parent, *children], 2))
    for first, second in pairs:
        neighbors[first].add(second)
        neighbors[second].add(first)
    return neighbors


def near_labels(video: LabelVideo, label: int) -> set[int]:
    """Return the labels that one track has to be distinguished from.

    Parameters
    ----------
    video : LabelVideo
    label : int
        One of its tracks.
    """
    row = video.tracks[video.tracks["label"] == label][0]
    parent = int(row["parent"])
    family = {parent, *video.children(label).tolist()}
    if parent:
        family |= set(video.children(parent).tolist())
    near = {
        int(other)
        for frame in video.labels[row["begin"] : row["end"] + 1]
        for other in labels_in(_around(frame, label))
    }
    return (near | family) - {0, label}


def _around(frame: LabelArray, label: int) -> LabelArray:
    """Return the labels at all distances in `NEAR` from the pixels of one label."""
    height, width = frame.shape
    rows, columns = np.divmod(np.flatnonzero(frame == label), width)
    steps = np.array([(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x])
    steps = np.concatenate([steps * near for near in NEAR])
    there = rows + steps[:, :1], columns + steps[:, 1:]
    is_inside = (there[0] >= 0) & (there[0] < height)
    is_inside &= (there[1] >= 0) & (there[1] < width)
    around: LabelArray = frame[there[0][is_inside], there[1][is_inside]]
    return around


def near_pairs(labels: LabelArray) -> NDArray[np.int64]:
    """Return the pairs of labels that touch or nearly touch in some frame.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)

    Returns
    -------
    ndarray of int64, shape (number of pairs, 2)
    """
    pairs = [_near_pairs_in(frame) for frame in labels]
    return np.unique(np.concatenate([np.empty((0, 2), np.int64), *pairs]), axis=0)


def _near_pairs_in(frame: LabelArray) -> NDArray[np.int64]:
    """Return the distinct pairs of one frame, the lower label first.

    Only object pixels are checked; a background margin avoids border cases.
    """
    margin = max(NEAR)
    padded = np.pad(frame, ((0, margin), (margin, margin)))
    width, flat = padded.shape[1], padded.ravel()
    inside = np.flatnonzero(flat)
    here = flat[inside]
    found = [np.empty((0, 2), np.int64)]
    for near in NEAR:
        for rows, columns in ((0, 1), (1, 0), (1, 1), (1, -1)):
            there = flat[inside + near * (rows * width + columns)]
            differ = (there != here) & (there > 0)
            found.append(np.stack([here[differ], there[differ]], axis=1))
    pairs = np.sort(np.concatenate(found), axis=1)
    # As one number each, because numpy finds distinct numbers faster.
    high, low = np.divmod(np.unique(pairs[:, 0] << 32 | pairs[:, 1]), 1 << 32)
    return np.stack([high, low], axis=1)


def shown_colors(
    layer: Labels | None, labels: NDArray[np.integer]
) -> NDArray[np.uint8]:
    """Return the colors in which a layer shows some labels.

    Parameters
    ----------
    layer : Labels or None
        If None, all are gray.
    labels : ndarray of int, shape (number of labels,)

    Returns
    -------
    ndarray of uint8, shape (number of labels, 3)
        RGB.
    """
    if layer is None or not len(labels):
        return np.tile(np.array(GRAY, np.uint8), (len(labels), 1))
    shades = np.asarray(layer.colormap.map(np.asarray(labels)))[:, :3]
    return np.asarray((shades * 255).round(), np.uint8)
