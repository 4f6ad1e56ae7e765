"""Dying nuclei: clusters of small bright fragments, each cluster one object."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import TrackTable, dividing_labels
from napari_asist.microscope.settings import ApoptosisSettings

FEWEST, MOST = 3, 9
"""Number of fragments of a nucleus; two would look like the daughters of a division."""

GAP = (0.9, 1.7)
"""Distance between adjacent fragments, in sums of their radii."""

SPREAD = (0.8, 1.6)
"""Radius of a cluster, relative to the typical one: a nucleus may shrink before it
breaks, or its fragments may drift apart."""

NEVER = np.iinfo(np.int64).max


class Fragments(NamedTuple):
    """When nuclei die, and their fragments.

    Parameters
    ----------
    since : ndarray of int64, shape (highest label + 1,)
        The first frame in which a nucleus is fragmented; `NEVER` for most.
    spots : ndarray of float32, shape (highest label + 1, `MOST`, 4)
        Position along y and x relative to the center and radius, in radii of the
        nucleus, and brightness relative to the nucleus: 0 where there is none. If no
        nucleus dies, the second length is 0.
    """

    since: NDArray[np.int64]
    spots: NDArray[np.float32]


def drawn_fragments(
    settings: ApoptosisSettings,
    tracks: TrackTable,
    highest: int,
    rng: np.random.Generator,
) -> Fragments:
    """Draw which nuclei die, when, and their fragments.

    Parameters
    ----------
    settings : ApoptosisSettings
    tracks : structured ndarray of `TRACK_DTYPE`
    highest : int
        Label.
    rng : Generator
    """
    since = np.full(highest + 1, NEVER)
    if not settings.share:
        return Fragments(since, np.zeros((highest + 1, 0, 4), np.float32))
    dividing = dividing_labels(tracks)
    single = ~np.isin(tracks["label"], dividing) & ~np.isin(tracks["parent"], dividing)
    is_dying = single & (rng.random(len(tracks)) < settings.share)
    begin, end = tracks["begin"], tracks["end"]
    later = rng.integers(begin, end + 1)
    first = np.where(rng.random(len(tracks)) < 0.5, begin, later)
    since[tracks["label"][is_dying]] = first[is_dying]
    return Fragments(since, _clusters(settings, highest + 1, rng))


def _clusters(
    settings: ApoptosisSettings, count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw clusters in which each fragment is next to an earlier, larger one."""
    number = rng.integers(FEWEST, MOST + 1, count)
    there = np.arange(MOST) < number[:, None]
    size = np.exp(rng.normal(0, 0.3, (count, MOST))) / (1 + np.arange(MOST)) ** 0.25
    place = np.zeros((count, MOST, 2))
    every = np.arange(count)
    for fragment in range(1, MOST):
        beside = rng.integers(0, fragment, count)
        angle = rng.uniform(0, 2 * np.pi, count)
        gap = rng.uniform(*GAP, count) * (size[:, fragment] + size[every, beside])
        step = gap[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        place[:, fragment] = place[every, beside] + step
    weight = (size**2 * there)[..., None]
    place -= (weight * place).sum(axis=1, keepdims=True) / weight.sum(
        axis=1, keepdims=True
    )
    reach = np.where(there, np.hypot(*np.moveaxis(place, -1, 0)) + size, 0)
    extent = settings.extent * rng.uniform(*SPREAD, (count, 1))
    scale = extent / reach.max(axis=1, keepdims=True)
    light = settings.brightness * rng.uniform(0.5, 1, (count, MOST)) * there
    spots = [place[..., 0] * scale, place[..., 1] * scale, size * scale, light]
    return np.stack(spots, axis=-1).astype(np.float32)
